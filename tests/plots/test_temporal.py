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


@pytest.mark.parametrize(
    ("lag", "flicker", "said"),
    [
        (0.297, 1.002, "follows a change as soon (0.30 against 0.30 s) and flickers as much (1.00"),
        (0.304, 1.01, "follows a change as soon (0.30 against 0.30 s) and flickers more (1.01"),
        (0.31, 0.99, "follows a change later (0.31 against 0.30 s) and flickers less (0.99"),
        (0.29, 1.0, "follows a change sooner (0.29 against 0.30 s) and flickers as much (1.00"),
        (float("nan"), 1.0, ""),
        (0.3, float("nan"), ""),
    ],
)
def test_figures_that_read_alike_are_told_as_alike(
    tmp_path: Path, lag: float, flicker: float, said: str
) -> None:
    table = make_clips_table(make_temporal(tmp_path))
    table.loc[table["method"] == "recurrent", ["lag_mean", "flicker"]] = [lag, flicker]
    found = temporal.beside(table, Place.LIVE, "fake")
    assert found is not None
    told = temporal.meaning(found)
    assert said in told if said else not told


def test_a_network_that_was_not_measured_has_nothing_to_show(tmp_path: Path) -> None:
    table = make_clips_table(make_temporal(tmp_path, features_of=("compact", "compact-int8")))
    assert temporal.beside(table, Place.LIVE, "compact-int8") is not None
    assert temporal.beside(table, Place.LIVE, "tiny") is None
    assert temporal.beside(table[table["split"] == "validation"], Place.LIVE, "compact") is None
