"""Accuracy and loss of a training in progress, small enough to stand beside its progress."""

import pandas as pd
import streamlit as st

from fer_core.evaluation.history import with_new_losses
from fer_core.plots.history import Metric, in_words, run_figure
from fer_core.plots.run_styles import styles
from pages.parts.shared import cached, charts


def show(run_id: str, history: pd.DataFrame, epochs: int) -> None:
    """Draws both metrics side by side; axes alone before the first epoch has ended, so that
    nothing below them moves when it does.

    Args:
        run_id: whose they are.
        history: the finished epochs, with the columns of a run's history.
        epochs: of the whole training; the axis shows all of them.
    """
    runs = {run.run_id: run for run in reversed(cached.runs())}
    style = styles(runs).get(run_id)
    if run_id in runs:
        history = with_new_losses(history, runs[run_id].config.train)
    metrics = (Metric.ACCURACY, Metric.LOSS)
    for column, metric in zip(st.columns(2, gap="medium"), metrics, strict=True):
        with column:
            charts.show(
                run_figure(history, metric, height=280, style=style, epochs=epochs),
                f"{run_id}: {in_words(history, metric)}.",
                key=f"job-{metric.value}-{run_id}",
            )
