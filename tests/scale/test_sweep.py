"""A sweep from its start to its end, as the command leads it; the cluster is a stand-in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fer_core import paths
from fer_core.data import fer2013
from fer_core.errors import DataError, RunError, ScaleError
from fer_core.runs.store import Run, State, Status, get_run, list_runs
from fer_core.scale import sweep as leading
from fer_core.scale.sweep_files import Sweep, SweepFolder, Trial, TrialState, get_sweep
from fer_core.scale.trial import _Teller
from tests.builders import make_dataset, make_run
from tests.scale.sweeps import a_sweep

Stand = Callable[[SweepFolder, Callable[[dict[str, Any]], None]], None]


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> fer2013.Dataset:
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "artifacts" / "runs"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(leading, "check_ready", lambda address: None)
    return fer2013.load(make_dataset(tmp_path / "data", 10, 2))


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Callable[[Stand], None]:
    """Lets a function stand for what the cluster does to the sweep's folder."""

    def stand(does: Stand) -> None:
        def run_on(address, module, request, tell, *, gpus):
            does(get_sweep(request["name"], Path(request["root"])), tell)

        monkeypatch.setattr(leading, "run_on", run_on)

    return stand


def trained(folder: SweepFolder, tell: Callable[[dict[str, Any]], None]) -> None:
    """Three trials: the second is best, the third was stopped early though it was better."""
    made = []
    for number, accuracy in enumerate((0.5, 0.7, 0.9), 1):
        run = make_run(folder.trials_dir, folder.sweep.run_id(number))
        (run.checkpoint_path).mkdir()
        state = TrialState.STOPPED_EARLY if number == 3 else TrialState.DONE
        made.append(Trial(number=number, state=state, epoch=3, val_accuracy=accuracy))
        folder.write_trials(made)
        tell({"trial": made[-1].model_dump(mode="json")})


def run(sweep: Sweep, dataset: fer2013.Dataset) -> tuple[SweepFolder, list[Run]]:
    return leading.run_sweep(sweep, dataset, "local", lambda trial: None)


def test_the_best_that_trained_to_the_end_is_kept_and_other_weights_go(dataset, cluster) -> None:
    cluster(trained)

    folder, kept = run(a_sweep(trials=3), dataset)

    assert [run.run_id for run in kept] == ["try-2"]
    assert get_run("try-2").has_predictions()
    assert [run.run_id for run in list_runs()] == ["try-2"]
    assert not get_run("try-2").checkpoint_path.exists()
    left = {path.name for path in folder.trials_dir.glob("*/*")}
    assert left == {"config.json", "history.csv", "status.json"}
    assert sorted(folder.histories()) == [1, 2, 3]
    assert folder.status() == Status(
        state=State.DONE, epoch=3, epochs=3, heartbeat=folder.status().heartbeat
    )
    with pytest.raises(RunError, match="is done"):
        run(a_sweep(trials=3), dataset)


def test_as_many_are_kept_as_were_asked_for(dataset, cluster) -> None:
    cluster(trained)
    assert [each.run_id for each in run(a_sweep(trials=3, keep=5), dataset)[1]] == [
        "try-2",
        "try-1",
    ]

    cluster(trained)
    assert run(a_sweep(name="none", trials=3, keep=0), dataset)[1] == []


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (ScaleError("The Ray cluster vanished."), "The Ray cluster vanished."),
        (KeyboardInterrupt(), "The same command continues it."),
    ],
)
def test_one_that_stopped_says_why_and_the_same_call_continues(
    dataset, cluster, problem: BaseException, said: str
) -> None:
    def vanish(folder: SweepFolder, tell: Callable[[dict[str, Any]], None]) -> None:
        raise problem

    cluster(vanish)
    with pytest.raises(type(problem)):
        run(a_sweep(trials=3), dataset)
    stopped = get_sweep("try").status()
    assert (stopped.state, stopped.message) == (State.STOPPED, said)

    cluster(trained)
    assert len(run(a_sweep(trials=3), dataset)[1]) == 1


def test_what_was_stopped_while_the_best_was_exported_needs_no_cluster_again(
    dataset, cluster, monkeypatch
) -> None:
    cluster(trained)
    with monkeypatch.context() as full:
        full.setattr(leading, "_copy_whole", _full_disk)
        with pytest.raises(RunError, match="The disk is full"):
            run(a_sweep(trials=3), dataset)

    cluster(lambda *_: pytest.fail("The cluster was asked again."))

    assert [each.run_id for each in run(a_sweep(trials=3), dataset)[1]] == ["try-2"]


def _full_disk(*_: Path) -> None:
    raise RunError("The disk is full.")


def test_two_processes_do_not_run_one_sweep(dataset, cluster) -> None:
    def second(folder: SweepFolder, tell: Callable[[dict[str, Any]], None]) -> None:
        run(a_sweep(trials=3), dataset)

    cluster(second)
    with pytest.raises(RunError, match="Another process runs the sweep 'try'"):
        run(a_sweep(trials=3), dataset)


def test_a_name_that_a_run_has_and_too_few_images_are_told_before_anything_is_made(
    dataset, cluster, tmp_path: Path
) -> None:
    make_run(paths.runs_dir(), "try-2")
    with pytest.raises(RunError, match="There is a run 'try-2' already"):
        run(a_sweep(trials=3), dataset)
    few = fer2013.load(make_dataset(tmp_path / "few", 4, 2))
    with pytest.raises(DataError, match="validation"):
        run(a_sweep(name="other", trials=3), few)

    assert not paths.sweeps_dir().exists()


def test_a_trial_that_goes_on_elsewhere_tells_its_last_epoch_again(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    teller = _Teller(told.append)

    teller.begin(make_run(tmp_path, epochs=3))
    teller.on_epoch({"epoch": 4, "val_accuracy": 0.4, "seconds": 2.5})
    teller.end(finished=True)

    assert [each["epoch"] for each in told] == [3, 4, 4]
    assert told[0]["seconds"] == 37.5
    assert told[1]["seconds"] == 40.0
    assert told[1]["val_accuracy"] == 0.4
    assert told[2]["finished"]


def test_a_trial_that_failed_is_the_worst_there_is_to_the_search(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = []
    teller = _Teller(told.append)

    teller.on_epoch({"epoch": 1, "val_accuracy": 0.4, "seconds": 2.5})
    teller.end(failed="The loss is no longer a number.")

    assert told[-1]["val_accuracy"] == 0.0
    assert told[-1]["failed"] == "The loss is no longer a number."
