"""A chart of one more metric: gap, learning rate, time an epoch."""

import streamlit as st

from fer_core.evaluation.history import with_gap
from fer_core.plots.history import Metric, curves_figure
from pages.parts.curves.selection import Selection
from pages.parts.shared import charts

_TITLES = {
    Metric.GAP: "Overfitting gap",
    Metric.LEARNING_RATE: "Learning rate",
    Metric.SECONDS: "Seconds an epoch",
    Metric.ACCURACY: "Accuracy",
    Metric.LOSS: "Loss",
}


def show(selected: Selection) -> None:
    """The chosen metric of every history that recorded it."""
    histories = selected.histories()
    if not histories:
        st.caption("Choose a run above to see more of its curves.")
        return
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
        # The gap may be negative, which has no logarithm.
        charts.kept(curves_figure)(
            recorded,
            selected.drawn_as,
            metric,
            weight=selected.smoothing,
            log=log and metric is not Metric.GAP,
        ),
        f"{title} by epoch. {described}.",
        key="metric-chart",
    )
