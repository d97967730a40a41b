"""A job's own process: what it does again after a failed start, and how it says why it failed."""

import errno
import os
import re
from types import SimpleNamespace

import pytest

from fer_core import files
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import TrainingError
from fer_core.export import finish
from fer_core.jobs import fastest, worker
from fer_core.jobs.limits import limits
from fer_core.models.imagenet import weights
from fer_core.models.registry import get_preset
from fer_core.runs.process import identity
from fer_core.runs.store import Run, State, Status
from fer_core.training import checkpoint, loop
from tests.builders import make_dataset, make_run, make_temporal, with_config


@pytest.fixture
def begun(tmp_path, monkeypatch) -> Run:
    """A run from ImageNet weights whose first epoch has not ended, and its data set."""
    dataset = fer2013.load(make_dataset(tmp_path / "data"))
    monkeypatch.setattr(worker, "_load", lambda spec, folder: dataset)
    made = make_run(tmp_path, "mine")
    run = with_config(
        made,
        train=TrainConfig(model="mobilenetv2", epochs=1),
        data_fingerprint=dataset.fingerprint,
        finished=None,
    )
    run.write_status(Status(state=State.FAILED))
    (run.folder / "history.csv").unlink()
    return run


def test_weights_that_could_not_be_fetched_are_asked_for_again(begun, monkeypatch):
    def fail(config, file):
        raise TrainingError("They could not be downloaded.")

    monkeypatch.setattr(weights, "pretrained_weights", fail)
    monkeypatch.setattr(loop, "train", lambda *args, **kwargs: pytest.fail("A random start."))

    with pytest.raises(TrainingError, match="could not be downloaded"):
        worker.train_to_end(None, begun.folder)


def test_a_checkpoint_needs_no_weights_from_elsewhere(begun, monkeypatch):
    monkeypatch.setattr(weights, "pretrained_weights", lambda *args: pytest.fail("Asked."))
    monkeypatch.setattr(checkpoint, "exists", lambda folder: True)
    given, exported = [], []
    monkeypatch.setattr(loop, "train", lambda run, dataset, pretrained: given.append(pretrained))
    monkeypatch.setattr(finish, "finish", lambda run, dataset: exported.append(run.run_id))

    worker.train_to_end(None, begun.folder)

    assert (given, exported) == ([None], ["mine"])
    assert (begun.folder / "MODEL_CARD.md").exists()


def test_a_recurrent_network_goes_on_with_the_library_that_began_it(tmp_path, monkeypatch):
    run = with_config(
        make_temporal(tmp_path), train=get_preset("temporal").config, backend="jax", finished=None
    )
    run.write_status(Status(state=State.STOPPED))
    used = []
    monkeypatch.setattr(fastest, "fixed_backend", lambda: None)
    monkeypatch.setattr(fastest, "use_backend", used.append)
    monkeypatch.setattr("fer_core.temporal.run.resume_temporal", lambda *_: (run, None))
    monkeypatch.setattr("fer_core.temporal.run.train_to_end", lambda *_: None)
    monkeypatch.setattr(worker, "_with_card", lambda _: run)

    worker.train_to_end(None, run.folder)

    assert used == ["jax"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "memory was not enough"),
        (RuntimeError("Graph execution error: OOM when allocating tensor"), "smaller batch size"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "disk is full"),
        (ZeroDivisionError("/srv/secret/path"), r"ZeroDivisionError.*log"),
    ],
)
def test_a_failure_is_a_sentence_without_paths(error, words):
    said = worker.explain(error)

    assert re.search(words, said)
    assert "/" not in said
    assert said.endswith(".")


def test_a_stage_that_cannot_be_written_ends_no_job(tmp_path, monkeypatch):
    folder = make_run(tmp_path, "mine").folder

    def train(spec, folder):
        with monkeypatch.context() as reading:
            reading.setattr(files, "PATIENCE_SECONDS", 0.0)
            reading.setattr(files.os, "replace", refuse)
            worker._set(folder, State.RUNNING, "Loading Keras")
        trained.append(folder)

    def refuse(source, target):
        raise PermissionError(errno.EACCES, "The file is in use")

    trained = []
    monkeypatch.setattr(worker, "_listen_for_stop", lambda: None)
    assert worker.work("mine", tmp_path, train) == 0
    assert trained == [folder]


def test_a_waiting_job_stops_where_its_state_asks_it_to(tmp_path, monkeypatch):
    def ask(seconds):
        asked = {"state": State.STOPPING, "pid": os.getpid(), "process": identity(os.getpid())}
        run.write_status(run.status().model_copy(update=asked))

    run = make_run(tmp_path, "second")
    with_config(run, finished=None)
    worker.queue_of(tmp_path, limits()).take("first", os.getpid())
    monkeypatch.setattr(worker, "_listen_for_stop", lambda: None)
    monkeypatch.setattr(worker, "time", SimpleNamespace(sleep=ask))

    assert worker.work("second", tmp_path, lambda *_: pytest.fail("It was trained.")) == 130
    assert run.status().state is State.STOPPED
    assert "resumed" in run.status().message


def test_the_last_word_needs_no_new_file_on_a_full_disk(tmp_path, monkeypatch):
    run = make_run(tmp_path, "mine")
    run.write_status(Status(state=State.RUNNING, epoch=1, epochs=3, stage="Training" * 50))
    with_config(run, finished=None)

    def full(folder, status):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(worker, "write_status", full)
    assert worker._end(run.folder, State.FAILED, "The disk is full.", 1) == 1

    said = run.status()
    assert (said.state, said.epoch, said.message) == (State.FAILED, 1, "The disk is full.")
    assert said.heartbeat is not None
