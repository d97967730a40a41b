"""The Training curves page's chart of one more metric: gap, learning rate, time an epoch."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.evaluation.history import with_gap
from pages.parts.curves.curve_charts import Metric, curve_figure
from pages.parts.curves.curve_labels import Style
from pages.parts.shared import charts

_TITLES = {
    Metric.GAP: "Overfitting gap",
    Metric.LEARNING_RATE: "Learning rate",
    Metric.SECONDS: "Seconds an epoch",
    Metric.ACCURACY: "Accuracy",
    Metric.LOSS: "Loss",
}
_QUESTIONS = {
    Metric.GAP: "How far do training and validation part?",
    Metric.LEARNING_RATE: "How large were the steps?",
    Metric.SECONDS: "How long did an epoch take?",
    Metric.ACCURACY: "Who learned most?",
    Metric.LOSS: "Whose loss fell furthest?",
}


def section(
    histories: Mapping[str, pd.DataFrame], drawn_as: Mapping[str, Style], smoothing: float
) -> None:
    """Draws the chosen metric of every history that recorded it.

    Args:
        histories: of the chosen runs by name, at least one epoch each.
        drawn_as: the style of each name.
        smoothing: weight of the past in the moving average.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        title = st.segmented_control(
            "Metric",
            list(_TITLES.values()),
            default=_TITLES[Metric.GAP],
            required=True,
            key="metric",
            bind="query-params",
            wrap=True,
        )
        log = st.toggle("Log scale", key="metric-log", bind="query-params")
    metric = next((key for key, text in _TITLES.items() if text == title), Metric.GAP)
    completed = {name: with_gap(history) for name, history in histories.items()}
    recorded = {
        name: history for name, history in completed.items() if history[metric].notna().any()
    }
    missing = [name for name in completed if name not in recorded]
    if missing:
        st.caption(f"Not recorded: {', '.join(missing)}.")
    if not recorded:
        st.info(f"None of the chosen runs recorded this ({title}). Choose another run above.")
        return
    last = {name: history[metric].dropna().iloc[-1] for name, history in recorded.items()}
    described = "; ".join(
        f"{name} ends at {metric.scale * value:{metric.digits}}" for name, value in last.items()
    )
    charts.show(
        # The gap may be negative, where no logarithm is.
        curve_figure(
            recorded,
            drawn_as,
            metric,
            smoothing,
            title=_title(metric, last),
            log=log and metric is not Metric.GAP,
        ),
        f"{title} by epoch. {described}.",
        key="metric-chart",
    )


def _title(metric: Metric, last: Mapping[str, float]) -> str:
    """A statement where one run is shown, else a question."""
    if len(last) != 1:
        return _QUESTIONS[metric]
    value = next(iter(last.values()))
    return {
        Metric.GAP: f"Training ends {100 * value:.1f} points above validation",
        Metric.LEARNING_RATE: f"The learning rate ends at {value:.3g}",
        Metric.SECONDS: f"The last epoch took {value:.0f} seconds",
        Metric.ACCURACY: f"Training accuracy ends at {formats.percent(value)}",
        Metric.LOSS: f"Training loss ends at {value:.3f}",
    }[metric]
