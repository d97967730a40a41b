"""Where to go next: four tiles, each a link with a picture drawn of what is behind it."""

import base64
from collections.abc import Iterable
from html import escape

import numpy as np
import pandas as pd
import streamlit as st

from fer_core.classes import CLASS_COLORS
from fer_core.plots.theme import ACCENT, NEUTRAL_COLOR
from fer_core.reference import student_report
from fer_core.runs.store import Run
from pages.parts.shared import cached, examples, navigation

_WIDTH, _HEIGHT = 120, 64


def show(run: Run | None) -> None:
    """The tiles; pictures of the run where there is one, of the report otherwise."""
    with st.container(key="tiles"):
        _tile("mistakes", "See its mistakes", navigation.EVALUATION, _confusion(run))
        labels = {"tab": "Label quality"}
        _tile("labels", "Wrong labels in the data", navigation.DATASET, _labelled(), labels)
        _tile("live", "Try the live camera", navigation.LIVE, _camera())
        _tile("train", "Train on drawn faces, a minute", navigation.TRAIN, _curve(run))


def _tile(
    name: str, label: str, page: str, picture: str, query: dict[str, str] | None = None
) -> None:
    with st.container(key=f"tile-{name}", gap="small"):
        st.html(picture)
        st.page_link(page, label=label, query_params=query)


def _drawing(marks: Iterable[str]) -> str:
    """Marks of SVG as a picture that says nothing the link does not say."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f"{''.join(marks)}</svg>"
    )
    url = base64.b64encode(svg.encode()).decode()
    return f'<img class="fer-drawing" alt="" src="data:image/svg+xml;base64,{url}">'


def _confusion(run: Run | None) -> str:
    """The confusion matrix: right answers in the accent's colour, mistakes in the classes'."""
    if run is None:
        return _drawing([])
    shares = cached.report(run).confusion.astype(float)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    side, left = _HEIGHT / len(shares), (_WIDTH - _HEIGHT) / 2
    colors = list(CLASS_COLORS.values())
    return _drawing(
        f'<rect x="{left + side * column:.1f}" y="{side * row:.1f}" width="{side - 1:.1f}" '
        f'height="{side - 1:.1f}" fill="{ACCENT if row == column else colors[row]}" '
        f'opacity="{min(1.0, 0.12 + share):.2f}"/>'
        for (row, column), share in np.ndenumerate(shares)
    )


def _labelled() -> str:
    """A drawn face that looks happy, with a label that says something else."""
    return (
        f'<div class="fer-scene">{_face("drawn-happy")}'
        "<span><s>sad</s><br><b>happy</b></span></div>"
    )


def _camera() -> str:
    """A drawn face in a box, as in live video."""
    color = CLASS_COLORS["surprised"]
    return (
        f'<div class="fer-scene"><div class="boxed" style="border-color:{color}">'
        f"{_face('drawn-surprised')}</div><span>surprised</span></div>"
    )


def _face(slug: str) -> str:
    return f'<img alt="" src="{escape(examples.thumbnail(examples.BY_SLUG[slug]))}">'


def _curve(run: Run | None) -> str:
    """Validation accuracy by epoch: the run's, and the report's in gray."""
    histories = [(student_report.history(), NEUTRAL_COLOR)]
    if run is not None and len(own := cached.history(run)) > 1:
        histories.append((own, ACCENT))
    return _drawing(
        f'<polyline fill="none" stroke="{color}" stroke-width="2.5" points="{_points(history)}"/>'
        for history, color in histories
    )


def _points(history: pd.DataFrame) -> str:
    values = history["val_accuracy"].dropna().to_numpy()
    x = np.linspace(2, _WIDTH - 2, len(values))
    y = _HEIGHT * (1 - np.clip((values - 0.1) / 0.65, 0.03, 0.97))
    return " ".join(f"{left:.1f},{top:.1f}" for left, top in zip(x, y, strict=True))
