"""The Train page's drawer: every option, refused beside the field where it is wrong."""

from pathlib import Path

import pytest

from fer_core.jobs.base import DataSource
from fer_core.jobs.form_fields import FIRST, GROUPS, form_fields
from fer_core.jobs.limits import EPOCHS_VARIABLE
from fer_core.jobs.local import LocalBackend
from fer_core.models.registry import get_preset
from pages.parts.shared import cached
from pages.parts.train import checks
from tests.pages.train.page import enter, find_button, open_drawer, open_group, open_page, text
from tests.pages.train.test_cards import make_compact


def start_is_off(page) -> bool:
    return find_button(page, "Start training").disabled


def on_drawn_faces(page) -> None:
    """So that Start waits for nothing but the options."""
    page.segmented_control(key="train-data").set_value(DataSource.SYNTHETIC).run()


def test_a_preset_fills_the_form_and_its_line_says_what_starts(unlocked: None) -> None:
    page = open_drawer("quick-look")
    on_drawn_faces(page)
    assert page.text_input(key="train-batch_size").value == "256"
    assert "Starts **report-baseline, 2 epochs, drawn faces**, on this machine" in text(page)
    assert not start_is_off(page)

    enter(page, "epochs", "3")

    assert "**report-baseline, 3 epochs, drawn faces**, 1 option changed" in text(page)


def test_each_preset_says_its_length_and_what_its_run_reaches(runs: Path, unlocked: None) -> None:
    accuracy = cached.test_accuracy(make_compact(runs))
    page = open_drawer("compact")
    shown = page.selectbox(key="train-preset").options
    assert {"compact, 98 epochs", "tiny, 160 epochs", "hog-svm, no network"} <= set(shown)
    assert f"The run 'compact' is right on {100 * accuracy:.1f} % of the test images." in text(page)


def test_epochs_that_are_too_many_stay_in_view_are_told_and_nothing_starts(
    runs: Path, unlocked: None
) -> None:
    page = open_drawer()
    on_drawn_faces(page)

    enter(page, "epochs", "100000")

    assert page.text_input(key="train-epochs").value == "100000"
    assert "Enter a whole number from 1 to 300, not '100000'." in text(page)
    assert "Before it can start, correct: Epochs." in text(page)
    button = find_button(page, "Start training")
    assert button.disabled
    button.proto.disabled = False  # as a browser can be made to click it
    button.click().run()
    assert not page.exception
    assert LocalBackend(runs).list() == []

    enter(page, "epochs", "5")
    assert not start_is_off(page)
    find_button(page, "Start training").click().run()
    (job,) = LocalBackend(runs).list()
    assert job.train is not None
    assert job.train.epochs == 5


@pytest.mark.parametrize("title", [title for title in GROUPS if title != FIRST])
def test_wrong_numbers_are_told_beside_their_fields_in_every_group(
    title: str, unlocked: None
) -> None:
    page = open_drawer("mobilenetv2" if title == "Starting from ImageNet" else "tiny")
    page.session_state["train-loss"], page.session_state["train-labels"] = "focal", "ferplus"
    page.session_state["train-schedule"] = "plateau"
    open_group(page, title)
    numbers = [field for field in form_fields()[title] if field.is_number]
    for field in numbers:
        page.text_input(key=f"train-{field.name}").set_value("-7")
    page.run()

    assert not page.exception
    told = [error.value for error in page.error if error.value.startswith("Enter a")]
    assert len(told) == len(numbers)
    assert start_is_off(page)
    for field in numbers:
        assert f"{field.label} ({title})" in text(page)


def test_epochs_follow_from_the_phases_and_cannot_be_changed_beside_them(unlocked: None) -> None:
    page = open_drawer("compact")
    config = get_preset("compact").config
    field = page.text_input(key="train-epochs")
    assert field.disabled
    assert field.value == str(config.epochs)
    assert field.help.startswith("Set by the phases")

    open_group(page, "Phases")
    page.text_area(key="train-phases").set_value('[{"epochs": 3}, {"epochs": 4}]').run()
    assert page.text_input(key="train-epochs").value == "7"

    page.text_area(key="train-phases").set_value("").run()
    assert not page.text_input(key="train-epochs").disabled


def test_options_without_use_are_disabled_and_say_why(unlocked: None) -> None:
    page = open_drawer()
    open_group(page, "Rare classes and labels")
    gamma = page.text_input(key="train-focal_gamma")
    assert gamma.disabled
    assert gamma.help.startswith("Needs the loss 'focal'.")

    page.selectbox(key="train-loss").set_value("focal").run()

    assert not page.text_input(key="train-focal_gamma").disabled


def test_a_tab_that_is_not_open_keeps_what_was_entered(unlocked: None) -> None:
    page = open_drawer()
    open_group(page, "Regularisation")
    enter(page, "dropout", "0.35")
    open_group(page, "Augmentation")
    assert "train-dropout" not in {field.key for field in page.text_input}
    assert "1 option changed" not in text(page), "Start waits for the data set here."

    open_group(page, "Regularisation")
    assert page.text_input(key="train-dropout").value == "0.35"

    page.selectbox(key="train-preset").set_value("compact").run()
    assert page.text_input(key="train-dropout").value == "0.3"


def test_a_wrong_phase_is_named_where_the_start_waits(unlocked: None) -> None:
    page = open_drawer()
    open_group(page, "Phases")
    page.text_area(key="train-phases").set_value('[{"epochs": 1, "dropout": 3}]').run()

    assert not page.exception
    assert "Phase 1 'dropout' is not valid." in text(page)
    assert "Before it can start, correct: Phases (Phases)." in text(page)
    assert start_is_off(page)


def test_a_run_that_is_not_there_is_refused_beside_the_option_that_names_it(
    runs: Path, unlocked: None
) -> None:
    page = open_drawer()
    on_drawn_faces(page)
    assert not start_is_off(page)

    open_group(page, "Learning from other runs")
    enter(page, "initial_run", "nobody")

    assert "There is no run 'nobody'" in page.error[0].value
    enter(page, "initial_run", "*a*")
    assert r"\*a\*" in page.error[0].value, "Signs of Markdown are no markup."
    assert start_is_off(page)
    assert LocalBackend(runs).list() == []


def test_why_nothing_can_start_shows_as_it_is_written(
    unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "refusal", lambda *asked: "No room on '*a*'.")
    page = open_drawer()
    on_drawn_faces(page)
    told = r"No room on '\*a\*'."
    assert told in [warning.value for warning in page.warning], "In the drawer."
    assert f":material/block: {told}" in [caption.value for caption in page.caption], "On a card."


def test_what_was_entered_outlives_closing_and_a_visit_to_another_page(unlocked: None) -> None:
    page = open_drawer()
    enter(page, "epochs", "7")
    page.switch_page("pages/about.py").run()
    page.switch_page("pages/train.py").run()

    assert not page.exception
    assert page.text_input(key="train-epochs").value == "7"


def test_the_drawer_opens_again_at_the_tab_that_was_open(unlocked: None) -> None:
    page = open_drawer()
    open_group(page, "Regularisation")
    page.switch_page("pages/about.py").run()
    page.switch_page("pages/train.py").run()

    assert not page.exception
    assert "train-dropout" in {field.key for field in page.text_input}


def test_more_epochs_than_the_server_allows_cannot_start(
    unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EPOCHS_VARIABLE, "10")
    page = open_drawer()

    assert "Enter a whole number from 1 to 10, not '50'." in text(page)
    assert start_is_off(page)


def test_a_name_that_is_none_or_taken_is_refused_beside_it(runs: Path, unlocked: None) -> None:
    (runs / "mine").mkdir()
    (runs / "mine" / "config.json").write_text("{}", encoding="utf-8")
    page = open_drawer()
    on_drawn_faces(page)
    for name, told in (
        ("../../etc", "is not a run name"),
        ("mine", "is a run 'mine' already"),
        ("*a*", r"\*a\*"),
    ):
        enter(page, "run-id", name)
        assert told in page.error[0].value
        assert start_is_off(page)


def test_the_address_opens_the_drawer_at_a_preset(unlocked: None) -> None:
    page = open_page(preset="compact")

    assert page.selectbox(key="train-preset").value == "compact"
    assert page.text_input(key="train-batch_size").value == "128"


def test_back_closes_the_drawer_and_who_comes_back_finds_it_closed(unlocked: None) -> None:
    page = open_drawer()
    assert "preset" in page.query_params

    page.query_params.clear()
    page.run()
    assert not page.exception
    assert "train-preset" not in [box.key for box in page.selectbox]
    assert "preset" not in page.query_params

    find_button(page, "Other networks and settings").click().run()
    assert page.selectbox(key="train-preset")


def test_a_preset_that_there_is_not_is_told_in_a_sentence(unlocked: None) -> None:
    page = open_page(preset="nix")

    assert "There is no preset `nix`" in page.warning[0].value
    assert not page.selectbox
