"""How well its confidence is calibrated, and how accurate it is when it may abstain."""

from functools import partial

import streamlit as st

from fer_core import formats
from fer_core.evaluation.calibration import (
    Answered,
    Calibrated,
    Coverage,
    answered_above,
    before_and_after,
    coverage_curve,
    coverage_table,
)
from fer_core.plots.calibration import coverage_figure, reliability_figure
from fer_core.plots.theme import thinned
from fer_core.runs.store import Run
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, tables


def show(asked: Question) -> None:
    """The reliability diagram, and accuracy over coverage."""
    run, predictions, images = asked.run, asked.predictions, asked.images
    temperature, threshold = run.config.temperature, run.config.abstain_below
    before, after = before_and_after(predictions, temperature)
    curve = coverage_curve(predictions.y_score, predictions.y_true)
    answered = None if threshold is None else answered_above(predictions, threshold)

    st.subheader("Can its confidence be believed?", anchor=False)
    st.markdown(_summary(before, after, run, images))
    left, right = st.columns(2, gap="medium")
    with left:
        charts.show(
            reliability_figure(after, None if temperature == 1 else before),
            f"Accuracy of the answers of {run.run_id} by their confidence on {images}. Expected "
            f"calibration error {formats.percent(after.error)}. The table below has the values.",
            key="reliability",
        )
    with right:
        charts.show(
            coverage_figure(curve, answered),
            f"Accuracy of the answers of {run.run_id} that remain when it abstains below a "
            f"confidence, on {images}. {_abstaining(answered)}",
            key="coverage",
        )
    st.caption(_abstaining(answered))
    _show_tables(before, after, curve, asked.file_name)


def _summary(before: Calibrated, after: Calibrated, run: Run, images: str) -> str:
    temperature = run.config.temperature
    gap = after.confidence - after.accuracy
    word = "too high" if gap > 0 else "too low"
    text = (
        f"On {images}, expected calibration error (ECE, 15 bins) "
        f"**{formats.percent(after.error)}**, log loss {after.log_loss:.3f}. Its mean confidence "
        f"is {100 * abs(gap):.1f} points {word}."
    )
    if temperature == 1:
        return f"{text} The run is exported without a temperature, so there is no before and after."
    return (
        f"{text} Before the temperature of {temperature:g}, which was fitted on validation "
        f"images: ECE {formats.percent(before.error)}, log loss {before.log_loss:.3f}."
    )


def _abstaining(answered: Answered | None) -> str:
    if answered is None:
        return (
            "This run has no threshold to abstain below: none was fitted, or none reached the "
            "target accuracy on validation images."
        )
    if not answered.threshold:
        return "This run never abstains: it reaches the target accuracy on all validation images."
    return (
        f"The app says 'not sure' below a confidence of {100 * answered.threshold:.1f} %, a "
        f"threshold from validation images: here {formats.percent(answered.coverage)} of the "
        f"images are answered, {formats.percent(answered.accuracy)} of the answers are correct."
    )


def _show_tables(before: Calibrated, after: Calibrated, curve: Coverage, file_name: str) -> None:
    box = st.expander("Bins and coverage as tables", key="confidence-tables", on_change="rerun")
    if not box.open:
        return
    bins = after.bins.merge(before.bins.drop(columns="high"), on="low", suffixes=("", "_before"))
    covered = coverage_table(curve).iloc[thinned(curve.coverage, 21)]
    places = partial(tables.number, format="%.3f")
    count = partial(tables.number, format="localized")
    with box:
        left, right = st.columns([3, 2], gap="medium")
        with left:
            tables.grid(
                bins,
                {
                    "low": places("from"),
                    "high": places("to"),
                    "n": count("images"),
                    "confidence": tables.percent("confidence"),
                    "accuracy": tables.percent("accuracy"),
                    "n_before": count("images before"),
                    "confidence_before": tables.percent("confidence before"),
                    "accuracy_before": tables.percent("accuracy before"),
                },
                key="bins_table",
                alt="Images, mean confidence and accuracy in bins of confidence",
                shares=[name for name in bins if name.startswith(("confidence", "accuracy"))],
                height="content",
                placeholder="–",
            )
            tables.csv_button(bins, "bins", f"{file_name}-calibration", "bins_csv")
        with right:
            tables.grid(
                covered,
                {
                    "threshold": places("confidence from"),
                    "coverage": tables.percent("answered"),
                    "accuracy": tables.percent("correct"),
                },
                key="coverage_table",
                alt="Share of the images answered and accuracy of the answers by threshold",
                shares=("coverage", "accuracy"),
                height="content",
            )
            tables.csv_button(
                coverage_table(curve), "the whole curve", f"{file_name}-coverage", "coverage_csv"
            )
