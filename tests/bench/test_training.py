"""The training benchmark compares like with like."""

import numpy as np
import pytest

from fer_core.bench import training
from fer_core.bench.training import Timing, measure_inputs, measure_ways, waiting_share
from fer_core.data import fer2013
from fer_core.errors import JobError
from fer_core.jobs.devices import Probe
from tests.builders import make_dataset, tiny_config

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports


def _timing(*seconds: float) -> Timing:
    return Timing("row", seconds, batch_size=100)


def test_the_median_step_counts():
    timing = _timing(0.2, 0.2, 9.0)

    assert timing.step == pytest.approx(0.2)


def test_waiting_is_what_the_same_step_takes_longer_with_the_input_path():
    assert waiting_share(_timing(0.4), _timing(0.3)) == pytest.approx(0.25)
    assert waiting_share(_timing(0.3), _timing(0.31)) == 0


@pytest.mark.long
def test_every_row_is_timed_for_as_many_steps(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FER_DATA_DIR", str(make_dataset(tmp_path / "data")))
    config = tiny_config(batch_size=4, augmentation="none")
    told: list[str] = []

    timings = measure_inputs(config, fer2013.load(), 3, told.append)

    assert [timing.name for timing in timings] == told
    assert len(timings) == 3
    for timing in timings:
        assert len(timing.seconds) == 3
        assert np.min(timing.seconds) > 0


def test_each_library_is_timed_in_each_precision_and_the_missing_are_named(monkeypatch):
    monkeypatch.setattr(training, "installed_backends", lambda: ["tensorflow", "torch"])
    monkeypatch.setattr(training, "_threads", lambda: [2, 1])
    told: list[str] = []

    def measure(config, backend, threads):
        if backend == "torch":
            raise JobError("Training could not be tried on this machine.")
        return Probe(threads / 10 if config.precision == "float32" else 1.0, 900, 64)

    rows = list(measure_ways(tiny_config(), told.append, measure))

    assert [(str(way), threads) for way, threads, _ in rows] == [
        ("TensorFlow in float32", 2),
        ("TensorFlow in float32", 1),
        ("TensorFlow in mixed_bfloat16", 2),
        ("TensorFlow in mixed_bfloat16", 1),
    ]
    assert rows[0][2].images_per_second == 320
    assert "JAX: omitted, it is not installed (pip install jax)" in told
    assert any(line.startswith("PyTorch in float32, threads: 2: omitted.") for line in told)
