"""How pages name runs."""

from fer_core.runs.store import State, Status
from pages.parts.shared import frame
from tests.builders import make_run


def test_a_run_that_is_not_finished_says_of_which_epoch_its_figures_are(tmp_path):
    run = make_run(tmp_path, "mine", epochs=3)
    assert frame.run_name(run) == "mine"

    run.write_status(Status(state=State.STOPPED, epoch=2, epochs=3))
    assert frame.run_name(run) == "mine (epoch 2 of 3)"
