from pathlib import Path

import pytest

from fer_core.plots import temporal
from fer_core.runs.records import Place
from tests.builders import make_clips_table, make_temporal


def test_points_stand_at_their_lag_and_accuracy_and_are_named(tmp_path: Path) -> None:
    table = make_clips_table(make_temporal(tmp_path))
    found = temporal.beside(table, Place.VIDEO, "fake")
    assert found is not None
    smoothed, alone, recurrent = temporal.temporal_figure(found, Place.VIDEO).data
    assert list(smoothed.x) == [0.1, 0.3, 0.5, 1.0, 2.0]
    assert list(smoothed.text) == ["", "", "exponential, 0.5 s", "", ""]
    assert (alone.x[0], alone.y[0], alone.text[0]) == (0.0, 60.0, "single frames")
    assert (recurrent.x[0], recurrent.y[0]) == (0.25, pytest.approx(70.0))


def test_a_network_that_was_not_measured_has_nothing_to_show(tmp_path: Path) -> None:
    table = make_clips_table(make_temporal(tmp_path, features_of=("compact", "compact-int8")))
    assert temporal.beside(table, Place.LIVE, "compact-int8") is not None
    assert temporal.beside(table, Place.LIVE, "tiny") is None
    assert temporal.beside(table[table["split"] == "validation"], Place.LIVE, "compact") is None
