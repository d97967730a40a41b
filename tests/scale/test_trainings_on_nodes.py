"""Sweeps and trainings side by side on a cluster of three nodes: killed, continued, told."""

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.runs.store import State, get_run, list_runs
from fer_core.scale.sweep_files import SweepFolder, TrialState, get_sweep
from tests.scale.nodes import NodesOfOneMachine

pytestmark = [pytest.mark.scale, pytest.mark.timeout(1500)]

SPACE = """
learning_rate = {low = 0.01, high = 0.3, log = true}
augmentation = ["none", "medium"]
"""
SMALL = ["--set", "batch_size=16", "--set", "degradation=0", "--cpus", "1"]


class Command:
    """A command that runs, and what it prints."""

    def __init__(self, line: list[str], environment: dict[str, str], folder: Path) -> None:
        self._output = Path(tempfile.mkstemp(".txt", dir=folder)[1])
        with self._output.open("w") as out:
            self._process = subprocess.Popen(
                line,
                env=environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                # A shell starts background jobs with Ctrl-C ignored, and children inherit that.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def wait_for(self, happened: Callable[[], bool]) -> None:
        """Until it has happened; fails where the command ends before."""
        until = time.monotonic() + 900
        while not happened():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.2)

    def kill(self, how: signal.Signals) -> int:
        self._process.send_signal(how)
        return self._process.wait(120)

    def end(self, code: int = 0) -> str:
        """What it said, once it has ended with `code`."""
        assert self._process.wait(900) == code, self.said()
        return self.said()


class Home:
    """Folders of drawn faces and runs, and the commands given there."""

    def __init__(self, folder: Path, cluster: NodesOfOneMachine) -> None:
        self.folder = folder
        self.cluster = cluster
        self.runs = folder / "artifacts" / "runs"
        write_synthetic(folder / "data", train_per_class=20, test_per_class=2, seed=0)
        (folder / "space.toml").write_text(SPACE, encoding="utf-8")

    def start(self, *arguments: str) -> "Command":
        environment = self.cluster.environment | {
            "FER_DATA_DIR": str(self.folder / "data"),
            "FER_CACHE_DIR": str(self.folder / "cache"),
            "FER_RUNS_DIR": str(self.runs),
        }
        return Command([sys.executable, "-m", "fer_core", *arguments], environment, self.folder)

    def sweep(self, trials: int, *more: str) -> "Command":
        space = str(self.folder / "space.toml")
        sizes = ["--trials", str(trials), "--epochs", "2", "--name", "try"]
        ray = ["--ray", self.cluster.address]
        return self.start(
            "sweep", "--preset", "tiny", "--space", space, *sizes, *ray, *SMALL, *more
        )

    def swept(self) -> SweepFolder:
        return get_sweep("try", self.runs.parent / "sweeps")

    def ended(self) -> int:
        with contextlib.suppress(Exception):  # it has not begun
            return self.swept().status().epoch
        return 0


@pytest.fixture
def home(tmp_path: Path, cluster: NodesOfOneMachine) -> Home:
    return Home(tmp_path, cluster)


def test_a_sweep_outlives_a_lost_node_and_keeps_its_best(home: Home) -> None:
    command = home.sweep(4)
    command.wait_for(lambda: home.ended() >= 1)
    home.cluster.ask("kill")

    out = command.end()

    swept = home.swept()
    trials = swept.trials()
    assert [trial.number for trial in trials] == list(range(1, 5))
    assert {trial.state for trial in trials} <= {TrialState.DONE, TrialState.STOPPED_EARLY}
    assert swept.status().state is State.DONE
    (kept,) = list_runs(home.runs)
    best = max((t for t in trials if t.state is TrialState.DONE), key=lambda t: t.val_accuracy)
    assert kept.run_id == swept.sweep.run_id(best.number)
    assert kept.status().state is State.DONE
    assert kept.has_predictions()
    assert len(kept.config.test_looks) == 1
    assert kept.config.train.learning_rate == best.values["learning_rate"]
    assert sorted(path.name for path in swept.trials_dir.glob("*/*") if path.is_dir()) == []
    assert f"Trial {best.number} is best." in out
    assert "is done" in home.sweep(4).end(code=1)


@pytest.mark.long
def test_eight_trials_with_a_node_and_then_the_driver_killed_are_eight(home: Home) -> None:
    # Votes are missing, so a trial on them fails, with the reason.
    (home.folder / "space.toml").write_text(
        SPACE + 'labels = ["fer2013", "ferplus"]\n', encoding="utf-8"
    )
    command = home.sweep(8)
    command.wait_for(lambda: home.ended() >= 2)
    home.cluster.ask("kill")
    command.wait_for(lambda: home.ended() >= 4)
    command.kill(signal.SIGKILL)
    time.sleep(10)  # its child leaves the cluster
    assert home.swept().status().state is State.STOPPED

    out = home.sweep(8).end()

    trials = home.swept().trials()
    assert [trial.number for trial in trials] == list(range(1, 9))
    failed = [trial for trial in trials if trial.state is TrialState.FAILED]
    assert {trial.number for trial in failed} == {
        trial.number for trial in trials if trial.values["labels"] == "ferplus"
    }
    assert all("FER+" in trial.reason for trial in failed)
    assert failed
    assert failed[0].reason in out
    assert len(list_runs(home.runs)) == 1


@pytest.mark.long
def test_a_stopped_sweep_continues_where_it_was(home: Home) -> None:
    command = home.sweep(4)
    command.wait_for(lambda: home.ended() >= 1)
    assert command.kill(signal.SIGINT) == 130, command.said()
    first = home.swept().trials()[0]

    home.sweep(4).end()

    trials = home.swept().trials()
    assert len(trials) == 4
    assert trials[0].values == first.values


@pytest.mark.long
def test_members_folds_and_variants_go_on_after_a_lost_node(home: Home) -> None:
    ray = ["--ray", home.cluster.address, "--set", "epochs=1", "--set", "batch_size=16"]
    tiny = ["--preset", "tiny", "--set", "phases=[]", "--set", "degradation=0", "--cpus", "1"]
    command = home.start("ensemble", "--train", "3", *tiny, *ray)
    command.wait_for(lambda: (home.runs / "ensemble-1" / "config.json").exists())
    home.cluster.ask("kill")
    command.end()
    assert get_run("ensemble", home.runs).config.members == (
        *("ensemble-1", "ensemble-2", "ensemble-3"),
    )
    seeds = [get_run(f"ensemble-{n}", home.runs).config.train.seed for n in (1, 2, 3)]
    assert seeds == [0, 1, 2]

    out = home.start("data", "label-quality", "--folds", "2", *tiny, *ray).end()
    assert "fold 1: done" in out
    assert "fold 2: done" in out
    assert len(list((home.folder / "cache" / "folds").glob("*/fold-*.npy"))) == 2

    variants = ["--only", "baseline", "--only", "mixup", "--epochs", "1", "--cpus", "1"]
    quick = ["--ray", home.cluster.address, "--set", "batch_size=16"]
    out = home.start("ablation", *variants, *quick).end()
    assert "mixup: done" in out
    assert len(list_runs(home.runs.parent / "ablation")) == 2
