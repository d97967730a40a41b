"""However training ends, the run folder says how."""

import errno
import signal

import pytest

from fer_core import files
from fer_core.errors import RunError, TrainingError
from fer_core.runs.store import State
from fer_core.training import recording
from fer_core.training.recording import Heartbeat, alone, recorded, report
from tests.builders import SignalAtItsEnd, make_run


@pytest.fixture
def run(tmp_path):
    run = make_run(tmp_path, "mine")
    report(run, epoch=2)
    return run


def test_a_full_disk_says_what_to_do(run):
    with pytest.raises(TrainingError, match=r"disk is full.*--resume mine"), recorded(run):
        raise OSError(errno.ENOSPC, "No space left on device")

    assert run.status().state is State.FAILED
    assert run.status().epoch == 2
    assert "disk is full" in run.status().message


def test_a_heartbeat_that_cannot_be_written_ends_no_training(run, monkeypatch):
    def refuse(source, target):
        raise PermissionError(errno.EACCES, "The file is in use")

    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0.0)
    with monkeypatch.context() as reading, recorded(run):
        reading.setattr(files.os, "replace", refuse)  # Windows, while a page reads status.json
        report(run, epoch=2, step=3, steps=9)
    report(run, epoch=3)

    assert (run.status().state, run.status().epoch) == (State.RUNNING, 3)


def test_ctrl_c_leaves_a_stopped_run(run):
    with pytest.raises(KeyboardInterrupt), recorded(run):
        raise KeyboardInterrupt

    assert run.status().state is State.STOPPED


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_that_python_dropped_is_heeded_at_the_next_check(run, dropped, signum):
    def work():
        with recorded(run) as check_interrupt:
            check_interrupt()
            SignalAtItsEnd(signum)
            assert dropped == [KeyboardInterrupt]
            check_interrupt()

    with pytest.raises(KeyboardInterrupt):
        work()

    assert run.status().state is State.STOPPED


def test_the_handlers_of_before_are_back_when_training_ends(run):
    before = [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)]
    with recorded(run):
        pass

    assert [signal.getsignal(signum) for signum in (signal.SIGINT, signal.SIGTERM)] == before


def test_any_other_error_is_recorded_and_passed_on(run):
    with pytest.raises(ZeroDivisionError), recorded(run):
        _ = 1 / 0

    assert run.status().state is State.FAILED


def test_two_processes_do_not_train_one_run(run):
    with alone(run), pytest.raises(RunError, match="Another process"), alone(run):
        pass


def test_a_stop_that_is_written_to_the_status_is_heeded_at_the_next_heartbeat(run, monkeypatch):
    monkeypatch.setattr(recording, "HEARTBEAT_SECONDS", 0)

    def work():
        with recorded(run):
            heartbeat = Heartbeat(run)
            heartbeat.beat(2, step=1, steps=9)
            run.write_status(run.status().model_copy(update={"state": State.STOPPING}))
            heartbeat.beat(2, step=2, steps=9)

    with pytest.raises(KeyboardInterrupt):
        work()

    assert (run.status().state, run.status().epoch) == (State.STOPPED, 2)
