"""The training benchmark compares like with like."""

import numpy as np
import pytest

from fer_core.bench.training import Timing, measure_all, waiting_share
from fer_core.data import fer2013
from tests.builders import make_dataset, tiny_config

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports


def _timing(*seconds: float) -> Timing:
    return Timing("row", seconds, batch_size=100)


def test_the_median_step_counts():
    timing = _timing(0.2, 0.2, 9.0)

    assert timing.step == pytest.approx(0.2)
    assert timing.images_per_second == pytest.approx(500)


def test_waiting_is_what_the_same_step_takes_longer_with_the_input_path():
    assert waiting_share(_timing(0.4), _timing(0.3)) == pytest.approx(0.25)
    assert waiting_share(_timing(0.3), _timing(0.31)) == 0


def test_every_row_is_timed_for_as_many_steps(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("FER_DATA_DIR", str(make_dataset(tmp_path / "data")))
    config = tiny_config(batch_size=4, augmentation="none")
    told: list[str] = []

    timings = measure_all(config, fer2013.load(), 3, told.append)

    assert [timing.name for timing in timings] == told
    assert len(timings) == 4
    for timing in timings:
        assert len(timing.seconds) == 3
        assert np.min(timing.seconds) > 0
