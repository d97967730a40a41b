"""How well its confidence is calibrated, and how accurate it is when it may abstain."""

from functools import partial

import streamlit as st

from fer_core import formats
from fer_core.evaluation.calibration import (
    Answered,
    Calibrated,
    answered_above,
    before_and_after,
    coverage_curve,
    coverage_table,
)
from fer_core.evaluation.error_analysis import errors_above
from fer_core.plots.calibration import coverage_figure, reliability_figure
from fer_core.plots.theme import thinned
from fer_core.runs.store import Run
from pages.parts.evaluation import face_list
from pages.parts.evaluation.question import Question, of_single_pass
from pages.parts.shared import charts, tables

_START = 50
"""Percent of confidence that the slider begins with where the run has no threshold."""


def show(asked: Question) -> None:
    """The reliability diagram, accuracy over coverage at the threshold chosen, and its errors."""
    asked = of_single_pass(asked)
    run, predictions, images = asked.run, asked.predictions, asked.images
    temperature, threshold = run.config.temperature, run.config.abstain_below
    before, after = before_and_after(predictions, temperature)
    curve = coverage_curve(predictions.y_score, predictions.y_true)
    app = answered_above(predictions, threshold) if threshold else None

    chosen = answered_above(predictions, _choose_threshold(threshold) / 100)
    left, right = st.columns(2, gap="medium")
    with left:
        charts.titled(
            reliability_figure(after, None if temperature == 1 else before),
            f"Accuracy of the answers of {run.run_id} by their confidence on {images}; the table "
            "below has the values.",
            key="reliability",
        )
        st.caption(_temperature(before, after, run))
    with right:
        charts.titled(
            coverage_figure(curve, app, chosen),
            f"Accuracy of the answers of {run.run_id} that remain when it abstains below a "
            f"confidence, on {images}; the table below has the values.",
            key="coverage",
        )
        st.caption(_abstaining(threshold, app))
    found = errors_above(predictions, chosen.threshold)
    face_list.show(
        asked,
        found,
        title=f"wrong answers given with {formats.percent(chosen.threshold)} confidence or more",
        name="errors",
        key="error_images",
    )
    _show_tables(asked, before, after)


def _choose_threshold(threshold: float | None) -> int:
    """The confidence, in whole percent, below which no answer is to count."""
    return int(
        st.slider(
            "Answer only from this confidence on",
            0,
            100,
            _START if threshold is None else round(100 * threshold),
            format="%d %%",
            key="from",
            bind="query-params",
            width=420,
        )
    )


def _temperature(before: Calibrated, after: Calibrated, run: Run) -> str:
    temperature = run.config.temperature
    if temperature == 1:
        return (
            f"ECE over 15 bins; log loss {formats.decimal(after.log_loss)}. The run is exported "
            "without a temperature, so there is no before and after."
        )
    return (
        f"ECE over 15 bins; log loss {formats.decimal(after.log_loss)}. Before the temperature of "
        f"{temperature:g}, which was fitted on validation images: ECE "
        f"{formats.percent(before.error)}, log loss {formats.decimal(before.log_loss)}."
    )


def _abstaining(threshold: float | None, answered: Answered | None) -> str:
    if threshold is None:
        return (
            "This run has no threshold to abstain below: none was fitted, or none reached the "
            "target accuracy on validation images."
        )
    if answered is None:
        return "This run never abstains: it reaches the target accuracy on all validation images."
    return (
        f"The app says 'not sure' below a confidence of {formats.percent(answered.threshold)}, a "
        f"threshold from validation images: here {formats.percent(answered.coverage)} of the "
        f"images are answered, {formats.percent(answered.accuracy)} of the answers are correct."
    )


def _show_tables(asked: Question, before: Calibrated, after: Calibrated) -> None:
    box = st.expander("Bins and coverage as tables", key="confidence-tables", on_change="rerun")
    if not box.open:
        return
    curve = coverage_curve(asked.predictions.y_score, asked.predictions.y_true)
    bins = after.bins.merge(before.bins.drop(columns="high"), on="low", suffixes=("", "_before"))
    covered = coverage_table(curve).iloc[thinned(curve.coverage, 21)]
    count = partial(tables.number, format="localized")
    with box:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            tables.grid(
                bins,
                {
                    "low": tables.percent("from"),
                    "high": tables.percent("to"),
                    "n": count("images"),
                    "confidence": tables.percent("confidence"),
                    "accuracy": tables.percent("accuracy"),
                    "n_before": count("images before"),
                    "confidence_before": tables.percent("confidence before"),
                    "accuracy_before": tables.percent("accuracy before"),
                },
                key="bins_table",
                alt="Images, mean confidence and accuracy in bins of confidence",
                shares=[name for name in bins if not name.startswith("n")],
                height="content",
            )
            asked.csv_button(bins, "bins", "calibration", "bins_csv")
        with right:
            tables.grid(
                covered,
                {
                    "threshold": tables.percent("confidence from"),
                    "coverage": tables.percent("answered"),
                    "accuracy": tables.percent("correct"),
                },
                key="coverage_table",
                alt="Share of the images answered and accuracy of the answers by threshold",
                shares=("threshold", "coverage", "accuracy"),
                height="content",
            )
            asked.csv_button(coverage_table(curve), "the whole curve", "coverage", "coverage_csv")
