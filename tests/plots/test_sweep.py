"""Figures of a sweep."""

from pathlib import Path

import pytest

from fer_core.plots import sweep as plots
from fer_core.plots import theme
from fer_core.plots.sweep import Axis
from fer_core.scale.sweep_files import SweepFolder, trial_table
from tests.scale.sweeps import make_sweep

AXES = (
    Axis("learning_rate", low=0.01, high=0.3, log=True),
    Axis("dropout", low=0.0, high=0.5),
    Axis("augmentation", choices=("none", "medium", "strong")),
)


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    return make_sweep(tmp_path)


def test_each_trial_with_accuracy_is_a_line_and_the_best_stands_out(folder: SweepFolder) -> None:
    fig = plots.parallel_figure(trial_table(folder.sweep, folder.trials()), AXES, 8)

    lines = [trace for trace in fig.data if trace.name]
    assert len(lines) == 11  # the one that failed has no accuracy
    best = lines[-1]
    assert best.name == "trial 8"  # whichever is said to be: a better one may have been stopped
    assert best.line.color == theme.SECOND
    assert len({trace.line.color for trace in lines[:-1]}) == 10  # the better the stronger
    assert fig.layout.title.text.startswith("Trial 8 is best: 47.9 %")


def test_places_on_an_axis() -> None:
    rate, dropout, augmentation = AXES

    assert rate.place(0.01) == 0
    assert rate.place((0.01 * 0.3) ** 0.5) == pytest.approx(0.5)
    assert dropout.place(0.25) == 0.5
    assert augmentation.place("medium") == 0.5
    assert [words for _, words in rate.ticks()] == ["0.01", "0.0548", "0.3"]


def test_without_a_trial_the_figures_say_when_there_will_be_one(folder: SweepFolder) -> None:
    empty = trial_table(folder.sweep, [])

    assert "after their first epoch" in plots.parallel_figure(empty, AXES).layout.title.text
    assert "after the first epoch" in plots.curves_figure({}, None).layout.title.text


def test_curves_end_where_trials_were_stopped(folder: SweepFolder) -> None:
    fig = plots.curves_figure(folder.histories(), 10)

    assert fig.layout.title.text == "4 of 11 trials ended before epoch 9"
    by_name = {trace.name: trace for trace in fig.data}
    assert len(by_name["trial 3"].x) == 3
    assert by_name["trial 3"].marker.symbol == "x-thin-open"
    assert fig.data[-1].name == "trial 10"
    assert fig.data[-1].line.color == theme.SECOND


def test_a_trial_that_is_still_going_has_not_ended_early(folder: SweepFolder) -> None:
    fig = plots.curves_figure(folder.histories(), 10, going=[3])

    assert fig.layout.title.text == "3 of 11 trials ended before epoch 9"
    by_name = {trace.name: trace for trace in fig.data}
    assert by_name["trial 3"].marker.symbol == "circle"


def test_the_setting_that_mattered_most_is_named_and_on_top() -> None:
    fig = plots.importance_figure({"dropout": 0.11, "learning_rate": 0.62, "mixup": 0.27})

    assert fig.layout.title.text == "What mattered most: learning_rate, 62.0 %"
    assert fig.data[0].y[-1] == "learning_rate"
