"""The Train page: start, watch, stop, resume, choose."""

from pathlib import Path
from typing import NoReturn

import psutil
import pytest

from fer_core.config import TrainConfig
from fer_core.errors import JobError
from fer_core.jobs.base import JobSpec, Place, write_spec
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.records import TemporalFacts
from fer_core.runs.store import Run, State, Status, default_run, get_run, write_status
from pages.parts.shared import cached
from pages.parts.train import running
from tests.builders import make_run, with_config
from tests.pages.train.page import SECONDS, choose_row, find_button, open_page, text, wait


def test_a_running_job_is_shown_and_can_be_stopped_and_resumed(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    jobs.submit(TrainConfig(epochs=3), "next")
    wait(lambda: (runs / "mine" / "begun").exists())
    page = open_page()
    assert "**mine**" in text(page)
    assert "next: 1 job before it" in text(page)
    assert "too little memory" not in text(page), "What comes next waits until it is free."
    assert not page.dataframe, "What waits or runs is shown once, at the top."

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

    find_button(page, "Stop following it").click().run()

    assert not page.exception
    assert LocalBackend(runs).status("far").status.state is State.STOPPED
    page.run()
    assert "Nothing is running" in text(page)


@pytest.mark.parametrize("label", ["Ask Kaggle", "Stop following it"])
def test_why_another_machine_cannot_be_asked_is_told_on_top(
    runs: Path, unlocked: None, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    def away(*_: object) -> NoReturn:
        raise JobError("Kaggle cannot be reached.")

    monkeypatch.setattr(running, "backend_of", away)
    (runs / "far").mkdir()
    spec = JobSpec(run_id="far", train=TrainConfig(), place=Place.KAGGLE, remote="somebody/fer-far")
    write_spec(runs / "far", spec)
    write_status(runs / "far", Status(state=State.RUNNING, epochs=50, host="Kaggle"))
    page = open_page()

    find_button(page, label).click().run()

    (error,) = page.error
    assert error.value == "Kaggle cannot be reached."
    # What runs is drawn again every two seconds, and an error there would go with it.
    drawn = [getattr(each, "value", None) for each in page.main]
    assert drawn.index(error.value) < drawn.index("**far**: running on Kaggle")
    write_status(runs / "far", Status(state=State.STOPPED))  # nothing to end after the test


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


def test_a_run_on_drawn_faces_is_not_offered_as_the_apps_default(
    runs: Path, unlocked: None
) -> None:
    drawn = make_run(runs, "drawn")
    with_config(drawn, synthetic=True)
    page = open_page()

    choose_row(page, "drawn")

    labels = [button.label for button in page.button]
    assert "Delete it" in labels
    assert "Make it the app's default" not in labels


def test_a_failed_job_says_why_and_has_its_log_at_hand(runs: Path, unlocked: None) -> None:
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(seed=13), "unlucky")
    wait(lambda: jobs.status("unlucky").status.state is State.FAILED)
    page = open_page()
    assert "'unlucky' failed. The seed is unlucky" in page.error[0].value

    page.session_state["log-ended-unlucky"] = True
    page.run()

    assert any("begun unlucky" in block.value for block in page.code)


def stopped(runs: Path, name: str = "mine") -> LocalBackend:
    """The jobs, one of which was stopped while it ran."""
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), name)
    wait(lambda: (runs / name / "begun").exists())
    jobs.stop(name)
    wait(lambda: jobs.status(name).status.state is State.STOPPED)
    return jobs


def test_a_resumed_job_is_in_one_state_only_and_shown_at_the_top(
    runs: Path, unlocked: None
) -> None:
    stopped(runs)
    page = open_page()
    assert "'mine' is stopped. Stopped on request; it can be resumed." in text(page)
    choose_row(page, "mine")

    find_button(page, "Resume").click().run()

    assert not page.exception
    told = [line for line in text(page).splitlines() if "mine" in line]
    assert len(told) == 1, told
    assert told[0].startswith("**mine**: ")
    assert not page.dataframe
    assert any("scrollTo" in str(block.value) for block in page.get("html")), "It goes to the top."


def test_a_finished_job_says_what_it_is_right_on(runs: Path, unlocked: None) -> None:
    run = make_run(runs, "mine")
    write_spec(run.folder, JobSpec(run_id="mine", train=run.config.train))
    run.write_status(Status(state=State.DONE, epoch=5, epochs=5))
    right = f"{100 * cached.test_accuracy(run):.1f} %"
    assert f"'mine' is done: right on {right} of its test images." in text(open_page())
    with_config(run, synthetic=True)
    assert f"right on {right} of its drawn test faces" in text(open_page())


def test_a_stopped_job_says_how_far_it_came(runs: Path, unlocked: None) -> None:
    run = make_run(runs, "mine")
    write_spec(run.folder, JobSpec(run_id="mine", train=run.config.train))
    status = Status(state=State.STOPPED, epoch=2, epochs=5, message="It can be resumed.")
    run.write_status(status)
    assert "'mine' is stopped after epoch 2 of 5. It can be resumed." in text(open_page())
    run.write_status(status.model_copy(update={"state": State.FAILED}))
    assert "'mine' failed after epoch 2 of 5. It can be resumed." in text(open_page())


def test_a_job_that_ended_links_to_its_result(runs: Path, unlocked: None) -> None:
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    wait(lambda: jobs.status("mine").status.state is State.DONE)
    page = open_page()

    assert "'mine' is done" in text(page)
    links = [(link.proto.label, link.proto.query_string) for link in page.get("page_link")]
    assert ("Its curves", "runs=mine") in links
    assert ("Its evaluation", "run=mine") in links
    assert ("Try it on a picture", "model=mine") in links
    run = get_run("mine", runs)
    temporal = run.config.model_copy(update={"temporal": TemporalFacts(features_of=("compact",))})
    Run(run.folder, temporal).write_config()
    links = [(link.proto.label, link.proto.query_string) for link in open_page().get("page_link")]
    assert ("Its figures over time", "run=compact&section=Over+time") in links
    assert "Its curves" not in dict(links)


def test_a_process_that_died_is_told_with_what_to_do(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    wait(lambda: (runs / "mine" / "begun").exists())
    psutil.Process(jobs.status("mine").status.pid).kill()
    wait(lambda: not jobs.status("mine").is_active)
    page = open_page()

    assert "'mine' is stopped. Its process ended without a word" in text(page)
    assert not find_button(page, "Resume").disabled


def test_a_window_that_shows_an_old_state_shows_the_new_one_after_a_click(
    runs: Path, unlocked: None
) -> None:
    jobs = stopped(runs)
    page = open_page()
    choose_row(page, "mine")
    jobs.resume("mine")  # in another window

    find_button(page, "Resume").click().run()

    assert not page.exception
    assert "**mine**: " in text(page)
    assert "is stopped" not in text(page)


def test_a_deleted_run_is_gone(runs: Path, unlocked: None) -> None:
    stopped(runs)
    page = open_page()
    choose_row(page, "mine")

    find_button(page, "Delete it").click().run()

    assert not page.exception
    assert "'mine' is deleted" in text(page)
    assert "is stopped" not in text(page)
    assert not (runs / "mine").exists()
