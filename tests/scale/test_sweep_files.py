"""A sweep's folder: read, continued, told apart."""

import os
from pathlib import Path

import pytest

from fer_core.errors import RunError
from fer_core.runs.process import identity
from fer_core.runs.store import State, Status, write_status
from fer_core.scale.space import Setting
from fer_core.scale.sweep_files import (
    Trial,
    TrialState,
    best_trials,
    create_sweep,
    get_sweep,
    list_sweeps,
    trial_table,
)
from fer_core.scale.trial_log import TrialLog
from tests.scale.sweeps import SPACE, a_sweep, make_sweep


def test_what_was_written_is_read(tmp_path: Path) -> None:
    made = make_sweep(tmp_path)

    found = get_sweep("try", tmp_path)

    assert found.sweep == made.sweep
    assert [trial.number for trial in found.trials()] == list(range(1, 13))
    assert found.importance()["learning_rate"] == 0.62
    assert sorted(found.histories()) == [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]


def test_the_best_is_the_best_on_validation_of_those_trained_to_the_end(tmp_path: Path) -> None:
    trials = make_sweep(tmp_path).trials()
    early = next(trial for trial in trials if trial.state is TrialState.STOPPED_EARLY)
    trials[trials.index(early)] = early.model_copy(update={"val_accuracy": 0.99})

    assert best_trials(trials)[0].number == 10
    assert trial_table(a_sweep(), trials)["trial"].iloc[0] == early.number


def test_the_same_command_continues_and_another_one_is_told_the_difference(tmp_path: Path) -> None:
    make_sweep(tmp_path)

    assert create_sweep(a_sweep(), tmp_path).sweep == get_sweep("try", tmp_path).sweep
    with pytest.raises(RunError, match=r"with trials = 12\. .*--name"):
        create_sweep(a_sweep(trials=30), tmp_path)
    with pytest.raises(RunError, match="other images"):
        create_sweep(a_sweep(data_fingerprint="1" * 64), tmp_path)
    with pytest.raises(RunError, match="another space"):
        create_sweep(a_sweep(space=SPACE[:2]), tmp_path)


@pytest.mark.parametrize("name", ["../up", "Upper case", "con", ""])
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunError, match="is not a run name"):
        create_sweep(a_sweep(name=name), tmp_path)


def test_damaged_sweeps_are_left_out_and_damaged_trials_are_none(tmp_path: Path) -> None:
    made = make_sweep(tmp_path)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sweep.json").write_text('{"name": "broken"', encoding="utf-8")
    (tmp_path / "Not a name").mkdir()

    assert [each.name for each in list_sweeps(tmp_path)] == ["try"]
    for text in ("[{]", '[{"number": 1, "state": "asleep"}]', ""):
        (made.folder / "trials.json").write_text(text, encoding="utf-8")
        assert made.trials() == []
        assert trial_table(made.sweep, []).empty
    (made.folder / "importance.json").write_bytes(b"\xff\x00")
    assert made.importance() == {}


def test_trials_wait_where_nobody_leads_the_sweep(tmp_path: Path) -> None:
    made = make_sweep(tmp_path, State.STOPPED)
    made.write_trials([Trial(number=1), Trial(number=2, state=TrialState.DONE)])

    assert [trial.state for trial in made.trials()] == [TrialState.WAITING, TrialState.DONE]

    pid = os.getpid()
    write_status(made.folder, Status(state=State.RUNNING, pid=pid, process=identity(pid)))
    assert made.trials()[0].state is TrialState.RUNNING


def test_the_log_keeps_how_each_trial_went(tmp_path: Path) -> None:
    folder = create_sweep(a_sweep(), tmp_path)
    pid = os.getpid()
    write_status(folder.folder, Status(state=State.RUNNING, pid=pid, process=identity(pid)))
    told: list[Trial] = []
    log = TrialLog(folder, told.append)
    log.look_at_settings = lambda **_: None  # type: ignore[method-assign]  # asks Optuna
    values = {"learning_rate": 0.0646642271741456, "dropout": 0.2, "augmentation": "none"}
    for number in range(1, 6):
        log.begin(number, values)
        log.step(number, {"epoch": 3, "val_accuracy": 0.5, "seconds": 9.0, "host": "a"})

    log.end(1, {"finished": True})
    log.end(2, {})
    log.end(3, {"failed": "The loss is no longer a number."})
    log.lose(4)
    log.lose(5, "Lost three times.")

    states = [trial.state.value for trial in folder.trials()]
    assert states == ["done", "stopped early", "failed", "waiting", "failed"]
    assert [trial.reason for trial in folder.trials()][2:] == [
        "The loss is no longer a number.",
        "",
        "Lost three times.",
    ]
    assert folder.trials()[2].val_accuracy is None  # what it is told as to the search
    assert folder.trials()[0].values["learning_rate"] == 0.0646642
    assert len(told) == 15

    again = TrialLog(folder, told.append)
    again.begin(4, values)
    assert folder.trials()[3].epoch == 3  # it goes on
    again.begin(4, values | {"dropout": 0.4})
    assert folder.trials()[3].epoch == 0  # another one


def test_names_of_trials_sort_as_their_numbers() -> None:
    assert a_sweep(trials=100).run_id(7) == "try-007"
    assert a_sweep(trials=9, space=(Setting(name="dropout", choices=(0.1, 0.2)),)).run_id(7) == (
        "try-7"
    )
