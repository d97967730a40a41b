"""Whether its confidence can be believed, and what remains when it may abstain."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from fer_core import formats
from fer_core.evaluation.calibration import Coverage, coverage_curve
from fer_core.evaluation.confidence import (
    Answered,
    Calibrated,
    answered_above,
    before_and_after,
    coverage_table,
    thinned,
)
from fer_core.reporting.words import validation_images
from fer_core.runs.store import Predictions, Run
from pages.parts.shared import charts, downloads

_HEIGHT = 400
_COLOR, _MARK_COLOR = charts.RUN_COLORS[0], charts.RUN_COLORS[1]


def section(run: Run, predictions: Predictions, images: str, file_name: str) -> None:
    """Draws the reliability diagram and accuracy over coverage.

    Args:
        run: its config has the temperature and the confidence to abstain below.
        predictions: of the images shown, at least one.
        images: these in words, with their count.
        file_name: start of the names of downloads.
    """
    temperature = run.config.temperature
    before, after = before_and_after(predictions, temperature)
    curve = coverage_curve(predictions.y_score, predictions.y_true)
    threshold = run.config.abstain_below
    answered = None if threshold is None else answered_above(predictions, threshold)

    st.subheader("Can its confidence be believed?", anchor=False)
    st.markdown(_summary(before, after, run, images))
    left, right = st.columns(2, gap="medium")
    with left:
        charts.show(
            reliability_figure(before, after, temperature),
            f"Accuracy of the answers of {run.run_id} by their confidence on {images}. Expected "
            f"calibration error {after.error:.3f}. The values stand in the table below.",
            key="reliability",
        )
    with right:
        charts.show(
            coverage_figure(thinned(curve), answered),
            f"Accuracy of the answers of {run.run_id} that remain when it abstains below a "
            f"confidence, on {images}. {_abstaining(answered)}",
            key="coverage",
        )
    st.caption(_abstaining(answered))
    _tables(before, after, curve, file_name)


def _summary(before: Calibrated, after: Calibrated, run: Run, images: str) -> str:
    temperature = run.config.temperature
    gap = after.confidence - after.accuracy
    word = "surer than it is right" if gap > 0 else "less sure than it is right"
    text = (
        f"On {images}, expected calibration error (ECE, 15 bins) **{after.error:.3f}**, log loss "
        f"{after.log_loss:.3f}. On average it is {100 * abs(gap):.1f} points {word}."
    )
    if temperature == 1:
        return f"{text} The run is exported without a temperature, so there is no before and after."
    return (
        f"{text} Before the temperature of {temperature:g}, which was fitted on "
        f"{validation_images(run.config.train)}: ECE {before.error:.3f}, "
        f"log loss {before.log_loss:.3f}."
    )


def _abstaining(answered: Answered | None) -> str:
    if answered is None:
        return (
            "This run stores no confidence to abstain below: none was fitted, or none reached "
            "the accuracy wanted on validation images."
        )
    if not answered.threshold:
        return "This run never abstains: its validation accuracy needs no threshold."
    return (
        f"The app says 'not sure' below a confidence of {100 * answered.threshold:.1f} %, a "
        f"threshold from validation images: here {formats.percent(answered.coverage)} of the "
        f"images are answered, {formats.percent(answered.accuracy)} of the answers are right."
    )


def reliability_figure(before: Calibrated, after: Calibrated, temperature: float) -> go.Figure:
    """Accuracy over confidence: bars as exported, open marks before the temperature; dotted
    where both are equal.
    """
    fig = charts.figure(
        f"Confidence against accuracy: ECE {after.error:.3f}",
        height=_HEIGHT,
        margin=charts.MARGIN_WITH_LEGEND,
        xaxis_title="confidence (probability of the answer)",
        yaxis_title="accuracy of the answers",
        showlegend=True,
    )
    bins = _filled(after)
    fig.add_bar(
        x=(bins["low"] + bins["high"]) / 2,
        y=bins["accuracy"],
        width=bins["high"] - bins["low"],
        name="as exported",
        marker={
            "color": charts.faded(_COLOR, 0.45),
            "line": {"color": _COLOR, "width": 1.5},
        },
        customdata=np.stack([bins["n"], bins["confidence"]], axis=1),
        hovertemplate="confidence %{customdata[1]:.3f}<br>accuracy %{y:.3f}"
        "<br>%{customdata[0]:,} images<extra>as exported</extra>",
    )
    fig.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": charts.NEUTRAL_COLOR, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
    if temperature != 1:
        raw = _filled(before)
        fig.add_scatter(
            x=raw["confidence"],
            y=raw["accuracy"],
            mode="markers",
            name="before temperature",
            marker={
                "symbol": "diamond-open",
                "size": 9,
                "color": _MARK_COLOR,
                "line": {"width": 2, "color": _MARK_COLOR},
            },
            customdata=raw["n"],
            hovertemplate="confidence %{x:.3f}<br>accuracy %{y:.3f}<br>%{customdata:,} images"
            "<extra>before the temperature</extra>",
        )
    fig.update_xaxes(range=[0, 1.005])
    fig.update_yaxes(range=[0, 1.03])
    return fig


def coverage_figure(curve: Coverage, answered: Answered | None) -> go.Figure:
    """Accuracy over the share that is answered, the run's own threshold marked.

    Args:
        curve: falling coverage.
        answered: at the threshold that the app uses; None where the run stores none.
    """
    fig = charts.figure(
        f"Answering only the surer half: {_at_half(curve)} right",
        height=_HEIGHT,
        xaxis_title="images answered (%)",
        yaxis_title="accuracy of the answers (%)",
    )
    fig.add_scatter(
        x=100 * curve.coverage,
        y=100 * curve.accuracy,
        mode="lines",
        line={"color": _COLOR, "width": 2},
        customdata=curve.threshold,
        hovertemplate="confidence from %{customdata:.3f} on<br>%{x:.1f} % answered"
        "<br>%{y:.1f} % right<extra></extra>",
    )
    if answered is not None and answered.images:
        fig.add_scatter(
            x=[100 * answered.coverage],
            y=[100 * answered.accuracy],
            mode="markers+text",
            marker={
                "symbol": "diamond",
                "size": 12,
                "color": _MARK_COLOR,
                "line": {"width": 1, "color": charts.OUTLINE},
            },
            text=[f"the app's threshold, {answered.threshold:.2f}"],
            textposition="top right" if answered.coverage < 0.6 else "bottom left",
            hovertemplate="confidence from the app's threshold on<br>%{x:.1f} % answered"
            "<br>%{y:.1f} % right<extra></extra>",
        )
    fig.update_layout(showlegend=False)
    fig.update_xaxes(range=[0, 101])
    return fig


def _at_half(curve: Coverage) -> str:
    nearest = int(np.argmin(np.abs(curve.coverage - 0.5)))
    return f"{100 * curve.accuracy[nearest]:.0f} %"


def _filled(calibrated: Calibrated) -> pd.DataFrame:
    """Bins that hold an image."""
    return calibrated.bins[calibrated.bins["n"] > 0]


def _tables(before: Calibrated, after: Calibrated, curve: Coverage, file_name: str) -> None:
    box = st.expander("Bins and coverage as tables", key="confidence-tables", on_change="rerun")
    if not box.open:
        return
    bins = after.bins.merge(before.bins.drop(columns="high"), on="low", suffixes=("", "_before"))
    covered = coverage_table(thinned(curve, 21))
    covered[["coverage", "accuracy"]] *= 100
    number = st.column_config.NumberColumn
    with box:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            st.dataframe(
                bins,
                hide_index=True,
                key="bins_table",
                alt="Images, mean confidence and accuracy in bins of confidence",
                height="content",
                placeholder="–",
                column_config={
                    "low": number("from", format="%.3f"),
                    "high": number("to", format="%.3f"),
                    "n": number("images", format="localized"),
                    "confidence": number("confidence", format="%.3f"),
                    "accuracy": number("accuracy", format="%.3f"),
                    "n_before": number("images before", format="localized"),
                    "confidence_before": number("confidence before", format="%.3f"),
                    "accuracy_before": number("accuracy before", format="%.3f"),
                },
            )
            downloads.csv_button(
                bins, "Download bins (CSV)", f"{file_name}-calibration.csv", "bins_csv"
            )
        with right:
            st.dataframe(
                covered,
                hide_index=True,
                key="coverage_table",
                alt="Share of the images answered and accuracy of the answers by threshold",
                height="content",
                column_config={
                    "threshold": number("confidence from", format="%.3f"),
                    "coverage": number("answered", format="%.1f %%"),
                    "accuracy": number("right", format="%.1f %%"),
                },
            )
            downloads.csv_button(
                coverage_table(curve),
                "Download the whole curve (CSV)",
                f"{file_name}-coverage.csv",
                "coverage_csv",
            )
