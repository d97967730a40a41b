"""The Train page's sweeps: read from their files alone, and the best one trained in full."""

import os
from pathlib import Path

import pytest

from fer_core import paths
from fer_core.jobs.base import DataSource, read_spec
from fer_core.runs.process import identity
from fer_core.runs.store import State, Status, write_status
from fer_core.scale.sweep_files import Trial, TrialState
from pages.parts.shared import cached
from tests.builders import make_run
from tests.pages.offered import Offered
from tests.pages.train.page import find_button, open_page, text
from tests.scale.sweeps import make_sweep

FULL = "Start the best one in full"


@pytest.fixture
def teacher(runs: Path) -> None:
    """The run that the whole training of `tiny` learns from."""
    run = make_run(runs, "compact")
    run.keras_path.write_bytes(b"weights")
    settings = run.config.model_dump(mode="json")
    settings["train"]["validation"] = "grouped"
    type(run)(run.folder, type(run.config).model_validate(settings)).write_config()


def test_without_a_sweep_the_command_that_makes_one_is_named(runs: Path) -> None:
    page = open_page()

    assert "fer_core sweep --preset" in text(page)
    assert FULL not in [button.label for button in page.button]


def test_a_finished_sweep_shows_its_best_its_trials_and_what_failed(
    runs: Path, unlocked: None, offered: dict[str, Offered]
) -> None:
    sweep = make_sweep(paths.sweeps_dir())

    page = open_page()

    said = text(page)
    assert "Best: **trial 10**, right on 59.9 % of validation images" in said
    assert "Trial 4 failed. The loss is no longer a number" in said
    assert "What mattered most: learning_rate, 62.0 %" in said
    table = next(each.value for each in page.dataframe if "trial" in each.value)
    assert table["trial"].tolist()[:2] == [10, 11]
    assert table["state"].value_counts()["stopped early"] == 4
    assert len(table) == 12
    (saved,) = (item.table for key, item in offered.items() if key.startswith("trials-csv"))
    rates = dict(zip(saved["trial"], saved["learning_rate"]))
    assert rates == pytest.approx({t.number: t.values["learning_rate"] for t in sweep.trials()})


def test_the_best_one_is_started_in_full_as_a_job_of_its_own(
    runs: Path, unlocked: None, teacher: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached, "has_data", lambda: True)
    best = make_sweep(paths.sweeps_dir()).trials()[9]

    find_button(open_page(), FULL).click().run()

    spec = read_spec(runs / "try-full")
    assert spec is not None
    assert spec.train.learning_rate == best.values["learning_rate"]
    assert (spec.train.epochs, len(spec.train.phases)) == (160, 3)
    assert spec.data is DataSource.FER2013


def test_without_its_teacher_the_whole_training_waits_and_says_why(
    runs: Path, unlocked: None
) -> None:
    make_sweep(paths.sweeps_dir(), synthetic=True)

    page = open_page()

    assert find_button(page, FULL).disabled
    assert "There is no run 'compact'" in text(page)
    assert "On drawn faces: its figures say nothing about people." in text(page)


def test_visitors_see_a_sweep_and_start_nothing(runs: Path, teacher: None) -> None:
    make_sweep(paths.sweeps_dir(), synthetic=True)

    assert find_button(open_page(), FULL).disabled


def test_a_running_sweep_says_how_far_it_is_and_offers_no_whole_training_yet(
    runs: Path, unlocked: None
) -> None:
    made = make_sweep(paths.sweeps_dir())
    trials = made.trials()
    made.write_trials([*trials[:7], Trial(number=8, state=TrialState.RUNNING)])
    pid = os.getpid()
    running = Status(
        state=State.RUNNING, epoch=7, epochs=12, stage="Training", pid=pid, process=identity(pid)
    )
    write_status(made.folder, running)

    make_sweep(paths.sweeps_dir(), name="ended-since")
    page = open_page()

    assert "The sweep 'try' runs: see Sweeps below." in text(page)
    assert "Nothing is running." not in text(page)
    (progress,) = page.get("progress")
    assert "Training: 7 of 12 trials ended." in progress.proto.text
    assert FULL not in [button.label for button in page.button]

    write_status(made.folder, running.model_copy(update={"pid": 2**22 + 1, "process": "gone"}))
    page = open_page(sweep="try")
    assert "Nothing is running." in text(page)
    assert "Stopped, 7 of 12 trials ended." in text(page)
    assert "Run the same command to continue it." in text(page)


def test_one_of_several_sweeps_is_chosen_by_the_address(runs: Path) -> None:
    make_sweep(paths.sweeps_dir())
    make_sweep(paths.sweeps_dir(), name="other", preset="compact")

    assert "**try**: tiny" in text(open_page(sweep="try"))
    assert "**other**: compact" in text(open_page(sweep="other"))
    assert "There is no sweep `gone` here" in text(open_page(sweep="gone"))


@pytest.mark.parametrize("sweeps", [(), ("try",)])
def test_a_sweep_that_is_gone_is_told_however_many_there_are(
    runs: Path, sweeps: tuple[str, ...]
) -> None:
    for name in sweeps:
        make_sweep(paths.sweeps_dir(), name=name)

    assert "There is no sweep `gone` here" in text(open_page(sweep="gone"))


def test_a_damaged_sweep_leaves_the_page_whole(runs: Path) -> None:
    made = make_sweep(paths.sweeps_dir())
    (made.folder / "trials.json").write_text("[{", encoding="utf-8")
    (made.folder / "status.json").write_bytes(b"\xff")

    assert "No trial has begun yet." in text(open_page())
