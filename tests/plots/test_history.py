"""Training curves of one run: every epoch, the phases, losses that do not compare."""

import numpy as np
import pandas as pd

from fer_core.config import TrainConfig
from fer_core.evaluation.history import with_new_losses
from fer_core.plots.history import Metric, in_words, run_figure
from fer_core.plots.run_styles import Style

STYLE = Style("#123456", "square")


def make_history(epochs=6, phases=(6,)):
    epoch = np.arange(1, epochs + 1)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "accuracy": 0.3 + 0.05 * epoch,
            "loss": 2 / epoch,
            "val_accuracy": 0.3 + 0.02 * epoch,
            "val_loss": 1 + 1 / epoch,
            "learning_rate": 0.001,
            "seconds": 9.0,
            "phase": np.repeat(np.arange(1, len(phases) + 1), phases),
        }
    )


def with_teacher():
    """Two phases of three epochs, the second with a teacher; the loss starts anew with it."""
    config = TrainConfig(phases=({"epochs": 3}, {"epochs": 3, "teachers": ("other",)}))
    history = make_history(phases=(3, 3))
    history.loc[3:, ["loss", "val_loss"]] = [[9, 8], [7, 6], [5, 7]]
    return with_new_losses(history, config)


def names(figure):
    return [trace.name for trace in figure.data]


def test_a_run_names_its_best_epoch_and_leaves_room_for_the_epochs_to_come():
    figure = run_figure(make_history(), Metric.ACCURACY, style=STYLE, epochs=10)

    assert figure.layout.title.text == "Validation peaks at 42.0 % in epoch 6"
    assert figure.layout.xaxis.range == (0, 10)
    assert figure.layout.xaxis.dtick is None
    assert names(figure) == ["training", "validation", "best accuracy"]
    assert {line.line.color for line in figure.data[:2]} == {STYLE.color}
    assert figure.data[2].x == (6,)


def test_before_the_first_epoch_there_are_axes_alone():
    none = make_history().iloc[:0]

    accuracy, loss = (
        run_figure(none, metric, epochs=3) for metric in (Metric.ACCURACY, Metric.LOSS)
    )

    assert loss.layout.title.text == "Loss: after the first epoch"
    assert loss.layout.xaxis.range == (0, 3)
    assert loss.layout.xaxis.dtick == 1, "There is no epoch 1.5."
    assert accuracy.layout.yaxis.range == (0, 100)
    assert not accuracy.data
    assert "before the end of the first epoch" in in_words(none, Metric.LOSS)


def test_a_run_without_validation_images_has_its_training_line():
    history = make_history().assign(val_accuracy=np.nan, val_loss=np.nan)

    figure = run_figure(history, Metric.ACCURACY)

    assert figure.layout.title.text == "Training accuracy ends at 60.0 %"
    assert names(figure) == ["training"]
    assert in_words(history, Metric.ACCURACY) == "Accuracy after 6 epochs: training 0.600"


def test_a_run_in_phases_shows_every_epoch_and_where_each_phase_begins():
    figure = run_figure(with_teacher(), Metric.ACCURACY)

    assert figure.data[0].x.tolist() == [1, 2, 3, 4, 5, 6]
    (line,) = figure.layout.shapes
    assert (line.x0, line.line.dash) == (3.5, "solid")
    assert [note.text for note in figure.layout.annotations] == ["phase 2"]


def test_a_loss_that_changes_its_meaning_is_cut_and_marked():
    history = with_teacher()

    figure = run_figure(history, Metric.LOSS)

    assert names(figure) == ["training", "validation"] * 2 + ["best accuracy"]
    assert [trace.x.tolist() for trace in figure.data[:4]] == 2 * [[1, 2, 3]] + 2 * [[4, 5, 6]]
    assert [trace.showlegend for trace in figure.data[:4]] == [True, True, False, False]
    assert figure.layout.shapes[0].line.dash == "dash"
    assert figure.layout.annotations[0].text == "phase 2, new loss"
    # The lowest of those that compare: in epoch 3 it was lower, but of another loss.
    assert figure.layout.title.text == "Validation loss is lowest in epoch 5 of 6"


def test_phases_of_the_same_loss_are_not_cut():
    config = TrainConfig(phases=({"epochs": 3}, {"epochs": 3, "learning_rate": 0.01}))
    history = with_new_losses(make_history(phases=(3, 3)), config)

    figure = run_figure(history, Metric.LOSS)

    assert not history["new_loss"].any()
    assert names(figure) == ["training", "validation", "best accuracy"]
    assert [note.text for note in figure.layout.annotations] == ["phase 2"]


def test_another_kind_of_loss_has_an_axis_of_its_own():
    figure = run_figure(with_teacher(), Metric.LOSS)

    axes = [trace.yaxis for trace in figure.data]
    assert axes == ["y", "y", "y2", "y2", "y2"]
    assert figure.layout.yaxis2.side == "right"
    assert figure.layout.yaxis2.title.text == "new loss (nats)"
    assert {trace.yaxis for trace in run_figure(with_teacher(), Metric.ACCURACY).data} == {"y"}
