"""Accuracy and loss of a training that goes on, small enough to stand beside its progress."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fer_core import formats
from fer_core.evaluation.history import best_epoch
from pages.parts.curves.curve_charts import Metric
from pages.parts.curves.curve_labels import styles
from pages.parts.shared import cached, charts

_HEIGHT = 280
_EACH_EPOCH = 5
"""Epochs up to which each has a tick of its own; Plotly would put others between them."""
_LINES = (("training", "dash"), ("validation", "solid"))


def show(run_id: str, history: pd.DataFrame, epochs: int) -> None:
    """Draws both metrics side by side; axes alone before the first epoch has ended, so that
    nothing below them moves when it does.

    Args:
        run_id: whose they are.
        history: the finished epochs, with the columns of a run's history.
        epochs: of the whole training; the axis shows all of them.
    """
    drawn_as = styles(run.run_id for run in reversed(cached.runs()))
    color = drawn_as[run_id].color if run_id in drawn_as else charts.RUN_COLORS[0]
    metrics = (Metric.ACCURACY, Metric.LOSS)
    for column, metric in zip(st.columns(2, gap="medium"), metrics, strict=True):
        with column:
            charts.show(
                progress_figure(history, metric, epochs, color),
                f"{metric.value.capitalize()} of {run_id} {_in_words(history, metric)}.",
                key=f"job-{metric.value}-{run_id}",
            )


def progress_figure(history: pd.DataFrame, metric: Metric, epochs: int, color: str) -> go.Figure:
    """One metric by epoch: training dashed, validation solid.

    Args:
        history: as for `show`.
        metric: ACCURACY or LOSS.
        epochs: right end of the axis.
        color: `#RRGGBB`, the run's on every page.
    """
    fig = charts.figure(
        _title(history, metric),
        height=_HEIGHT,
        xaxis_title="epoch",
        yaxis_title=metric.axis_title,
        margin=charts.MARGIN_WITH_LEGEND,
        hovermode="x unified",
        uirevision=metric,  # zoom and hidden lines stay while it goes on
    )
    for (word, dash), name in zip(_LINES, metric.columns, strict=True):
        if history[name].notna().any():  # some runs keep no validation images
            fig.add_scatter(
                x=history["epoch"],
                y=metric.scale * history[name],
                mode="lines+markers" if len(history) == 1 else "lines",
                name=word,
                line={"color": color, "dash": dash, "width": 2},
                hovertemplate=f"{word}: %{{y:{metric.digits}}}<extra></extra>",
            )
    end = max(epochs, len(history))
    fig.update_xaxes(range=[0, end], dtick=1 if end <= _EACH_EPOCH else None)
    if history.empty and metric is Metric.ACCURACY:
        fig.update_yaxes(range=[0, 100])
    if metric is Metric.LOSS:
        fig.update_yaxes(rangemode="tozero")
    return fig


def best_so_far(history: pd.DataFrame) -> tuple[int, float] | None:
    """Epoch and validation accuracy, 0-1, of the best one; None without validation images."""
    epoch = best_epoch(history)
    if epoch is None:
        return None
    return epoch, float(history["val_accuracy"].max())


def _in_words(history: pd.DataFrame, metric: Metric) -> str:
    """What the figure shows, for those who do not see it."""
    if history.empty:
        return "before the end of its first epoch"
    last = history.iloc[-1]
    values = ", ".join(
        f"{word} {last[name]:.3f}"
        for (word, _), name in zip(_LINES, metric.columns, strict=True)
        if last[name] == last[name]
    )
    return f"after {len(history)} epochs: {values}"


def _title(history: pd.DataFrame, metric: Metric) -> str:
    if history.empty:
        return f"{metric.value.capitalize()}: after the first epoch"
    best = best_so_far(history) if metric is Metric.ACCURACY else None
    if best is None:
        return f"{metric.value.capitalize()} so far"
    return f"Best validation {formats.percent(best[1])}, epoch {best[0]}"
