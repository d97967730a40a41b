"""One further metric of the chosen runs: gap, learning rate, seconds an epoch."""

import streamlit as st

from fer_core.evaluation.history import with_gap
from fer_core.plots.history import Metric
from pages.parts.curves import curves
from pages.parts.curves.selection import Selection
from pages.parts.shared import choices

_TITLES = {
    "Overfitting gap": Metric.GAP,
    "Learning rate": Metric.LEARNING_RATE,
    "Seconds an epoch": Metric.SECONDS,
}


def show(selected: Selection) -> None:
    """The chosen metric of every history that recorded it."""
    histories = selected.histories()
    if not histories:
        st.caption("Show a run by its eye in the list to see more of its curves.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        hidden = {"label_visibility": "collapsed", "wrap": True}
        title = choices.one_of("Metric", list(_TITLES), "metric", **hidden)
        weight = curves.smoothing("metric-average")
        log = st.toggle("Log scale", key="metric-log", bind="query-params")
    metric = _TITLES.get(title, Metric.GAP)
    recorded = {name: with_gap(history) for name, history in histories.items()}
    missing = [name for name, history in recorded.items() if history[metric].isna().all()]
    recorded = {name: recorded[name] for name in recorded if name not in missing}
    if missing:
        st.caption(f"Not recorded: {', '.join(missing)}.")
    if not recorded:
        st.info(f"None of the chosen runs recorded this ({title}). Show another run.")
        return
    last = {name: history[metric].dropna().iloc[-1] for name, history in recorded.items()}
    described = "; ".join(
        f"{name} ends at {metric.scale * value:{metric.digits}}" for name, value in last.items()
    )
    # The gap may be negative, which has no logarithm.
    curves.draw(
        recorded,
        selected,
        metric,
        f"{title} by epoch. {described}.",
        "metric-chart",
        weight=weight,
        log=log and metric is not Metric.GAP,
    )
