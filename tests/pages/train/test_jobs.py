"""The Train page: start, watch, stop, resume, choose."""

from pathlib import Path

from fer_core.config import TrainConfig
from fer_core.jobs.base import JobSpec, Place, write_spec
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import State, Status, default_run, write_status
from tests.builders import make_run
from tests.pages.train.page import SECONDS, choose_row, find_button, open_page, text, wait


def test_one_click_trains_on_drawn_faces(runs: Path, unlocked: None) -> None:
    page = open_page()
    assert "Nothing is running" in text(page)

    find_button(page, "Try it on drawn faces").click().run()

    assert not page.exception
    assert "'tiny-synthetic' is in the queue" in text(page)
    jobs = LocalBackend(runs)
    wait(lambda: jobs.status("tiny-synthetic").status.state is State.DONE)
    page.run()
    assert page.dataframe[0].value["state"].tolist() == ["done"]


def test_a_running_job_is_shown_and_can_be_stopped_and_resumed(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    jobs.submit(TrainConfig(epochs=3), "next")
    wait(lambda: (runs / "mine" / "begun").exists())
    page = open_page()
    assert "**mine**" in text(page)
    assert "next: 1 job before it" in text(page)
    table = page.dataframe[0].value.set_index("name")
    assert table["state"].to_dict() == {"mine": "running", "next": "queued"}
    assert table.loc["mine", "remark"] == "See above."
    assert table.loc["mine", "epochs"] == "of 3", "It is not drawn anew with each epoch."

    find_button(page, "Cancel").click().run()
    wait(lambda: jobs.status("next").status.state is State.STOPPED)
    find_button(page, "Stop").click().run()
    wait(lambda: jobs.status("mine").status.state is State.STOPPED)
    page.run()
    assert not page.exception
    assert set(page.dataframe[0].value["state"]) == {"stopped"}


def test_a_job_on_kaggle_can_be_given_up(runs: Path, unlocked: None) -> None:
    (runs / "far").mkdir()
    spec = JobSpec(run_id="far", train=TrainConfig(), place=Place.KAGGLE, remote="somebody/fer-far")
    write_spec(runs / "far", spec)
    write_status(runs / "far", Status(state=State.RUNNING, epochs=50, host="Kaggle"))
    page = open_page()
    assert "**far**: running on Kaggle" in text(page)

    find_button(page, "Give up here").click().run()

    assert not page.exception
    assert LocalBackend(runs).status("far").status.state is State.STOPPED
    page.run()
    assert "Nothing is running" in text(page)


def test_the_owner_chooses_the_run_that_the_app_serves(runs: Path, unlocked: None) -> None:
    make_run(runs, "best", accuracy=0.9)
    make_run(runs, "other", accuracy=0.4)
    page = open_page()
    choose_row(page, "other")

    find_button(page, "Make it the app's default").click().run()

    assert not page.exception
    served = default_run(runs)
    assert served is not None
    assert served.run_id == "other"


def test_a_failed_job_says_why_and_has_its_log_at_hand(runs: Path, unlocked: None) -> None:
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(seed=13), "unlucky")
    wait(lambda: jobs.status("unlucky").status.state is State.FAILED)
    page = open_page()
    assert "'unlucky' failed. The seed is unlucky" in page.error[0].value

    page.session_state["log-failed-unlucky"] = True
    page.run()

    assert any("begun unlucky" in block.value for block in page.code)


def test_a_stopped_job_goes_on_and_a_deleted_one_is_gone(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    wait(lambda: (runs / "mine" / "begun").exists())
    jobs.stop("mine")
    wait(lambda: jobs.status("mine").status.state is State.STOPPED)
    page = open_page()

    SECONDS["now"] = 0.1
    choose_row(page, "mine")
    find_button(page, "Resume").click().run()
    assert not page.exception
    wait(lambda: jobs.status("mine").status.state is State.DONE)

    page.run()
    choose_row(page, "mine")
    find_button(page, "Delete it").click().run()
    assert not page.exception
    assert "'mine' is deleted" in text(page)
    assert not (runs / "mine").exists()
