"""A face's time: measured once, kept with its machine, and forgotten with its model."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from fer_core.errors import RunError
from fer_core.evaluation import timing
from tests.builders import make_onnx, make_run

STEP = 0.015625


def test_a_time_is_kept_with_its_machine_until_the_model_changes(tmp_path):
    run = make_run(tmp_path)
    assert timing.read(run) is None

    measured = timing.measure(run, rounds=5)
    timing.write(run, measured)

    assert timing.read(run) == measured
    assert 0 < measured.ms_per_face < 100
    assert measured.machine.startswith("one thread of ")
    run.onnx_path.unlink()  # the time outlives a network that is no longer kept
    assert timing.read(run) == measured
    make_onnx(run.onnx_path, seed=1)
    assert timing.read(run) is None


@pytest.mark.parametrize(("each", "expected"), [(0.002, 2.0), (0.00001, 0.01)])
def test_a_clock_that_steps_by_more_than_a_call_takes_times_it(
    tmp_path, monkeypatch, each, expected
):
    run, calls = make_run(tmp_path), []
    monkeypatch.setattr(
        timing, "Classifier", lambda run, threads: SimpleNamespace(predict=calls.append)
    )
    # As the clock of a thread on Windows.
    monkeypatch.setattr(timing.time, "thread_time", lambda: len(calls) * each // STEP * STEP)

    timing.write(run, timing.measure(run))

    assert timing.read(run).ms_per_face == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("content", ["", "[]", '{"ms_per_face": 1}', "\x00"])
def test_a_damaged_file_is_told_with_the_command_that_mends_it(tmp_path, content):
    run = make_run(tmp_path, "mine")
    (run.folder / timing.FILE_NAME).write_text(content, encoding="utf-8")

    with pytest.raises(RunError, match="evaluate mine --time"):
        timing.read(run)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0, -1])
def test_a_time_that_is_none_is_damage(tmp_path, value):
    run = make_run(tmp_path)
    timing.write(run, replace(timing.measure(run, rounds=1), ms_per_face=value))

    with pytest.raises(RunError, match="damaged"):
        timing.read(run)
