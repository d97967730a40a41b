"""Runs beside each other: colours, names, axes that nothing stretches, one hover."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from fer_core.config import TrainConfig
from fer_core.evaluation.history import loss_kinds, losses_of_kind, with_new_losses
from fer_core.plots.curves import curves_figure, most_named
from fer_core.plots.end_labels import LINE_HEIGHT
from fer_core.plots.history import Metric
from fer_core.plots.run_styles import styles

EPOCHS = 40


def make_history(epochs=EPOCHS, *, best=0.7, phases=None):
    epoch = np.arange(1, epochs + 1)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "accuracy": best + 0.1 - 0.5 / epoch,
            "loss": 1 / epoch,
            "val_accuracy": best - 0.5 / epoch,
            "val_loss": 0.8 + 0.9 / epoch,
            "learning_rate": 0.001,
            "seconds": 9.0,
            "phase": np.repeat(np.arange(1, len(phases or [1]) + 1), phases or [epochs]),
        }
    )


def drawn(histories, metric, **look):
    return curves_figure(histories, styles(histories), metric, **look)


def lines(figure):
    """The lines of runs, by name."""
    return {trace.name: trace for trace in figure.data if trace.hovertemplate}


def written(figure, names):
    """The notes beside the plot by the names they hold, without their marks."""
    told = {note.text.split()[-1]: note for note in figure.layout.annotations}
    return {name: note for name, note in told.items() if name in names}


def test_a_run_is_one_colour_with_its_name_in_it_beside_the_plot():
    runs = {f"run-{number}": make_history() for number in range(9)}
    figure = drawn(runs, Metric.ACCURACY)

    colors = {name: line.line.color for name, line in lines(figure).items()}
    assert list(colors) == list(runs)
    assert len(set(colors.values())) == len(runs)
    notes = written(figure, runs)
    assert {name: note.font.color for name, note in notes.items()} == colors


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("count", [1, 9, 60])
def test_no_name_is_printed_over_another_or_beyond_the_plot(count, log):
    runs = {f"run-{number}": make_history(best=0.7 + 1e-4 * number) for number in range(count)}
    figure = drawn(runs, Metric.LOSS, log=log)

    notes = written(figure, runs)
    assert len(notes) == most_named(count) == min(count, 22)
    low, high = figure.layout.yaxis.range
    margin = figure.layout.margin
    plot = figure.layout.height - margin.t - 56
    heights = sorted(plot * (note.y - low) / (high - low) for note in notes.values())
    assert all(up - down >= LINE_HEIGHT - 1e-6 for down, up in pairwise(heights))
    assert heights[0] >= 0
    assert heights[-1] <= plot + 1e-6
    assert {note.xref for note in notes.values()} == {"paper"}


def test_a_long_name_keeps_what_tells_it_from_others_of_its_sweep():
    name = "compact-with-strong-augmentation-seed-012"
    (note,) = written(drawn({name: make_history()}, Metric.ACCURACY), {"compact-w…seed-012"})

    assert note == "compact-w…seed-012"


def test_training_lines_are_drawn_when_asked_for():
    runs = {"mine": make_history()}

    assert list(lines(drawn(runs, Metric.ACCURACY))) == ["mine"]
    both = lines(drawn(runs, Metric.ACCURACY, training=True))
    assert list(both) == ["mine, training", "mine"]
    assert both["mine, training"].line.dash == "dot"


def test_without_validation_images_the_training_line_is_drawn():
    history = make_history().assign(val_accuracy=np.nan, val_loss=np.nan)

    assert list(lines(drawn({"mine": history}, Metric.LOSS))) == ["mine, training"]


def test_the_first_epochs_do_not_stretch_the_axis_of_losses():
    spiked = make_history()
    spiked.loc[0, "val_loss"] = 4.9
    figure = drawn({"mine": spiked}, Metric.LOSS)

    assert figure.layout.yaxis.range[1] < 1.3
    assert max(lines(figure)["mine"].y) == pytest.approx(4.9), "It is cut off, not left out."
    assert any("up to 4.900 at the start" in note.text for note in figure.layout.annotations)


@pytest.mark.parametrize(("phases", "log"), [((1, 19), False), ((2, 38), True)])
def test_a_loss_that_ends_with_a_short_first_phase_is_drawn(phases, log):
    config = TrainConfig(
        phases=({"epochs": phases[0]}, {"epochs": phases[1], "class_weights": True})
    )
    history = with_new_losses(make_history(sum(phases), phases=phases), config)
    runs = {"mine": history, "other": with_new_losses(make_history(), TrainConfig())}
    first, *_ = loss_kinds(runs)

    alone = drawn(losses_of_kind({"mine": history}, first), Metric.LOSS, log=log)
    beside = drawn(losses_of_kind(runs, first), Metric.LOSS, log=log)

    for figure in (alone, beside):
        low, high = figure.layout.yaxis.range
        last = lines(figure)["mine"].y[phases[0] - 1]
        assert low < (np.log10(last) if log else last) < high
        assert "mine" in written(figure, runs)


def test_a_run_of_few_epochs_shows_all_of_them():
    figure = drawn({"mine": make_history(3)}, Metric.LOSS)

    assert figure.layout.yaxis.range[1] >= 1.7


def test_one_hover_tells_the_epoch_and_all_runs():
    runs = {f"run-{number}": make_history() for number in range(9)}
    figure = drawn(runs, Metric.ACCURACY)

    assert figure.layout.hovermode == "x unified"
    assert figure.layout.xaxis.unifiedhovertitle.text == "epoch %{x}"
    assert lines(figure)["run-3"].hovertemplate.startswith("run-3: %{y:.1f} %")


def test_a_stroke_marks_each_phase_on_the_line_itself():
    config = TrainConfig(phases=({"epochs": 10}, {"epochs": 30, "learning_rate": 0.01}))
    history = with_new_losses(make_history(phases=(10, 30)), config)
    figure = drawn({"mine": history}, Metric.ACCURACY)

    (strokes,) = (trace for trace in figure.data if trace.marker.symbol == "line-ns-open")
    assert list(strokes.x) == [11]
    assert list(strokes.y) == [lines(figure)["mine"].y[10]]
    assert not figure.layout.shapes


def test_titles_say_what_is_best_and_what_overfits():
    turning = make_history().assign(val_loss=np.r_[np.linspace(2, 1, 10), np.linspace(1, 2, 30)])
    runs = {"fine": make_history(best=0.8), "turning": turning}

    assert drawn(runs, Metric.ACCURACY).layout.title.text == (
        "Best on validation: fine, 78.8 % in epoch 40"
    )
    assert drawn(runs, Metric.LOSS).layout.title.text == ("Only turning overfits, from epoch 10")
    assert drawn({"turning": turning}, Metric.LOSS).layout.title.text == (
        "Overfits: turning, loss rises from epoch 10"
    )
    unknown = make_history().assign(val_loss=np.nan)
    assert "Only" not in drawn({"turning": turning, "none": unknown}, Metric.LOSS).layout.title.text
    assert drawn(runs | {"again": turning}, Metric.LOSS).layout.title.text == (
        "Overfit: turning from epoch 10, and 1 more"
    )
    fine = drawn({"fine": make_history()}, Metric.LOSS)
    assert fine.layout.title.text == "Lowest validation loss: fine, 0.823"


@pytest.mark.parametrize("metric", list(Metric))
@pytest.mark.parametrize("log", [False, True])
def test_every_metric_of_a_run_and_of_one_that_diverged_is_drawn(metric, log):
    fine = make_history().assign(gap=0.1)
    diverged = fine.assign(**dict.fromkeys(metric.columns, np.nan))

    figure = drawn({"mine": fine, "diverged": diverged}, metric, weight=0.5, log=log)

    assert list(lines(figure)) == ["mine"]
    assert figure.layout.yaxis.type == ("log" if log else None)
    # Without a format Plotly writes 0.5 on a log axis as a small 5.
    assert figure.layout.yaxis.tickformat == (".3~g" if log else None)


def test_a_published_curve_has_no_phases():
    figure = drawn({"theirs": make_history().drop(columns="phase")}, Metric.ACCURACY)

    assert not [trace for trace in figure.data if trace.marker.symbol == "line-ns-open"]
