"""A run's folder is complete once it has its configuration."""

import numpy as np
import pytest
from filelock import FileLock
from typer.testing import CliRunner

from fer_core.cli import app
from fer_core.config import TrainConfig
from fer_core.data.exclusion import ExcludeList
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import reduced
from fer_core.errors import ConfigError, DataError, RunError
from fer_core.models.registry import get_preset
from fer_core.runs.store import Run, list_runs
from fer_core.training import create
from fer_core.training.create import create_run
from tests.builders import make_dataset, make_run, noise_faces, with_config

CONFIG = get_preset("hog-svm").config
LISTED = ExcludeList(("train/sad/im0.png", "train/sad/im1.png"))


class _Killed(BaseException):
    """As a SIGKILL: nothing catches it."""


def _dataset(each: int = 20) -> Dataset:
    faces = noise_faces("train", each)
    return Dataset(faces, faces.take(np.arange(7) * each), "x", False, ())


def test_a_kill_before_the_configuration_leaves_no_run_and_the_name_free(tmp_path, monkeypatch):
    def kill(run: Run) -> None:
        raise _Killed

    dataset = _dataset()
    with monkeypatch.context() as patch:
        patch.setattr(Run, "write_config", kill)
        with pytest.raises(_Killed):
            create_run(CONFIG, dataset, "run", tmp_path, excluded=LISTED)
    assert list_runs(tmp_path) == []
    assert [path.name for path in (tmp_path / "run").glob("[!.]*")] == ["excluded.csv"]

    run = create_run(CONFIG, dataset, "run", tmp_path, excluded=LISTED)

    assert run.config.counts["excluded"] == len(LISTED)
    left = reduced(dataset, run.config.train, run.folder)
    assert len(left.train) == len(dataset.train) - len(LISTED)
    with pytest.raises(RunError, match=r"There is a run 'run' already. Choose another name"):
        create_run(CONFIG, dataset, "run", tmp_path)


@pytest.mark.parametrize("moment", ["made", "being made"])
def test_of_two_that_make_a_run_at_once_one_is_refused(tmp_path, monkeypatch, moment):
    """Both have found the name free, and the other one is quicker."""

    def meanwhile(config, folder, fingerprint):
        folder.mkdir(exist_ok=True)
        if moment == "made":
            make_run(tmp_path, "run", epochs=7)
        else:
            lock = FileLock(str(folder / ".lock"))
            lock.acquire()
            locks.append(lock)
        return facts(config, folder, fingerprint)

    facts, locks = create._facts, []
    monkeypatch.setattr(create, "_facts", meanwhile)
    with pytest.raises(RunError, match=r"already"):
        create_run(CONFIG, _dataset(), "run", tmp_path)
    for lock in locks:
        lock.release()
    assert [run.config.train.epochs for run in list_runs(tmp_path)] == [7] * (moment == "made")


def test_a_list_that_is_named_but_not_given_is_refused(tmp_path):
    config = TrainConfig.parse(CONFIG.model_dump() | {"exclude_list": "a" * 64})
    with pytest.raises(ConfigError, match="--exclude-list FILE"):
        create_run(config, _dataset(), "run", tmp_path)


def test_images_too_few_to_validate_on_are_refused(tmp_path):
    with pytest.raises(DataError, match="Use ten images of a class"):
        create_run(CONFIG, _dataset(each=5), "run", tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", [["train", "--resume", "mine"], ["export", "mine"]])
@pytest.mark.parametrize("model", ["compact", "temporal"])
def test_a_run_that_cannot_go_on_is_not_begun_again(tmp_path, monkeypatch, command, model):
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setenv("FER_DATA_DIR", str(make_dataset(tmp_path / "data")))
    done = make_run(tmp_path / "runs", "mine")
    run = with_config(done, train=get_preset(model).config)
    (run.folder / "status.json").unlink()

    told = CliRunner().invoke(app, command)
    assert "'mine' is done; there is nothing to resume" in str(told.exception)

    with_config(run, finished=None)  # stopped elsewhere, packed and unpacked here
    told = CliRunner().invoke(app, command)
    assert "checkpoint of run 'mine' is not in its folder" in str(told.exception)
    assert len(run.history()) == 3
