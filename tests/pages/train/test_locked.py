"""The Train page: locked for strangers."""

from pathlib import Path

from fer_core.runs.store import State, Status
from tests.builders import make_run
from tests.pages.train.page import choose_row, contents, find_button, open_page, text


def test_a_stranger_sees_everything_and_can_change_nothing(runs: Path) -> None:
    make_run(runs, "done")
    page = open_page()

    assert "for the owner of this server" in text(page)
    # The drawer opens to be read; what starts anything in it is disabled.
    usable = {button.label for button in page.button if not button.disabled}
    assert usable == {"Other networks and settings"}
    find_button(page, "Other networks and settings").click().run()
    assert find_button(page, "Start training").disabled


def test_a_stranger_who_presses_every_locked_button_changes_nothing(runs: Path) -> None:
    """A browser can be made to send a click on a button that it shows as locked."""
    make_run(runs, "done")
    make_run(runs, "stopped").write_status(Status(state=State.STOPPED, epoch=1, epochs=3))
    before = contents(runs)
    page = open_page()
    pressed = set()
    for name in ("done", "stopped"):
        choose_row(page, name)
        for label in [button.label for button in page.button]:
            button = find_button(page, label)
            assert button.disabled or label == "Other networks and settings"
            button.proto.disabled = False
            button.click().run()
            assert not page.exception
            pressed.add(label)

    assert {"Start training", "Train on drawn faces", "Train tiny", "Train compact"} <= pressed
    assert {"Resume", "Delete it"} <= pressed
    assert "Make it the app's default" in pressed
    assert contents(runs) == before
