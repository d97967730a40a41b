"""The Training curves page's chart of one more metric: gap, learning rate, time an epoch."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from fer_core.evaluation.history import with_gap
from fer_core.plots.history import Metric, curves_figure
from fer_core.plots.run_styles import Style
from pages.parts.shared import charts

_TITLES = {
    Metric.GAP: "Overfitting gap",
    Metric.LEARNING_RATE: "Learning rate",
    Metric.SECONDS: "Seconds an epoch",
    Metric.ACCURACY: "Accuracy",
    Metric.LOSS: "Loss",
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
        charts.kept(curves_figure)(
            recorded, drawn_as, metric, weight=smoothing, log=log and metric is not Metric.GAP
        ),
        f"{title} by epoch. {described}.",
        key="metric-chart",
    )
