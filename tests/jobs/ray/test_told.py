"""The lines by which a training on a cluster tells how it goes, and hands its run over."""

import json

import pytest

from fer_core.errors import JobError
from fer_core.jobs.parcel import EPOCH_MARK
from fer_core.jobs.ray import told


@pytest.fixture
def printed(capsys):
    packed = bytes(range(256)) * 700
    print("Epoch 1: fine")
    told.tell(told.STAGE, "Training")
    told.tell(told.STEP, {"step": 3, "steps": 9, "step_seconds": 0.1})
    told.tell_result(packed)
    return packed, capsys.readouterr().out


def test_a_run_comes_whole_through_a_log(printed):
    packed, log = printed
    found = told.read(log)

    assert found.result == packed
    assert found.stage == "Training"
    assert found.step["steps"] == 9
    assert found.text == "Epoch 1: fine"


def test_other_lines_between_do_no_harm(printed):
    packed, log = printed
    mixed = "\n".join(f"{line}\nW0000 a warning of a library" for line in log.splitlines())

    assert told.read(mixed).result == packed


def test_a_log_that_is_still_written_has_no_run_yet(printed):
    _, log = printed
    for end in range(0, log.index(told.END), 5000):
        assert told.read(log[:end]).result is None


def test_a_damaged_run_is_told(printed):
    _, log = printed
    first = log.index(told.PART) + len(told.PART) + 100
    changed = "B" if log[first] == "A" else "A"
    with pytest.raises(JobError, match="damaged"):
        told.read(log[:first] + changed + log[first + 1 :])


def test_steps_are_those_of_the_epoch_in_progress(printed):
    _, log = printed
    assert told.read(f"{log}\n{EPOCH_MARK}{json.dumps({'epoch': 1})}").step == {}
