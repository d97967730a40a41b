"""Accuracy on corrupted images: what `robustness.csv` says, drawn."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.errors import RunError
from fer_core.evaluation.robustness import measure
from fer_core.plots.robustness import STRONGEST_RATIO, accuracy_figure, share_figure
from fer_core.runs.store import Run
from pages.parts.evaluation.question import Question
from pages.parts.shared import cached, charts, frame, tables


def show(asked: Question) -> None:
    """The table of the run beside the baseline's, or how to measure it."""
    run = asked.run
    st.subheader("Robustness: what if the picture is worse?", anchor=False)
    table = measure.read(run)
    if table is None and not run.onnx_path.exists():
        st.caption(
            f"{run.run_id} left no model file, so it cannot be measured on corrupted images."
        )
        return
    if table is None:
        frame.empty_state(
            f"{run.run_id} has not been measured on corrupted images yet",
            "It takes minutes and the data set: every test image is predicted again, "
            "blurred, dark, noisy, rotated and more.",
            "Measure it, then reload this page:",
            command=measure.command(run),
        )
        return
    baseline, note = _baseline(run, table)
    _draw(run, table, baseline, note)


def _baseline(run: Run, table: pd.DataFrame) -> tuple[pd.DataFrame | None, str]:
    """The baseline's table where it compares, or a sentence on why there is none."""
    if run.run_id == measure.BASELINE:
        return None, "The other runs are compared with this one."
    baseline = next((r for r in cached.runs() if r.run_id == measure.BASELINE), None)
    if baseline is None:
        return None, f"There is no run {measure.BASELINE} here to compare it with."
    try:
        theirs = measure.read(baseline)
        if theirs is None:
            how = measure.command(baseline)
            return None, f"To compare it with {measure.BASELINE}, measure that too: `{how}`."
        measure.compare(table, theirs)
    except RunError as exc:
        return None, f"Not compared with {measure.BASELINE}. {exc}"
    return theirs, ""


def _draw(run: Run, table: pd.DataFrame, baseline: pd.DataFrame | None, note: str) -> None:
    count = formats.count(table["n"].iloc[0])
    st.caption(
        f"{run.run_id} on all {count} test images with their FER2013 labels, whatever is chosen "
        f"above; each corrupted in one way, at one strength. {note}"
    )
    measured = str(table["model"].iloc[0])
    if run.onnx_path.exists() and measured != cached.kept(measure.model_stamp, run):
        st.warning(
            "The model has been re-exported since this was measured. Measure it again: "
            f"`{measure.command(run)}`",
            icon=":material/history:",
        )
    st.markdown(_summary(table, baseline))
    left, right = st.columns([11, 10], gap="medium")
    with left:
        charts.show(
            accuracy_figure(run.run_id, table, baseline),
            f"Accuracy of {run.run_id} on the test images as they are and under each of "
            f"{len(table) - 1} corruptions; the table below has the values.",
            key="robustness_accuracy",
        )
    with right:
        charts.show(
            share_figure(table),
            "Share of the predictions that each class gets, under each corruption, shaded by "
            "how that compares with the class's true share; the CSV has the values.",
            key="robustness_shares",
        )
        st.caption(
            "Cells are percent of all predictions. The stronger the shade, the more often a class "
            f"is predicted than it is there; strongest from {STRONGEST_RATIO:g} times on."
        )
    _show_table(table, baseline)
    tables.csv_button(table, "robustness", f"{run.run_id}-robustness", "robustness_csv")


def _summary(table: pd.DataFrame, baseline: pd.DataFrame | None) -> str:
    """The worst case and how far the product's targets are met, in sentences."""
    worst = measure.hardest(table)
    interval = (worst["accuracy_low"], worst["accuracy_high"])
    text = (
        f"Hardest: **{worst['title']}, {formats.percent(worst['accuracy'], interval)}**, instead "
        f"of {formats.percent(table['accuracy'].iloc[0])} on the images as they are."
    )
    repeated = measure.most_repeated(table)
    if repeated is not None:
        text += (
            f" Most repeated answer: **{repeated['worst_class']}**, given "
            f"{repeated['worst_ratio']:.1f} times as often as it is true ({repeated['title']})."
        )
    met = measure.targets_met(table, baseline)
    wanted = {
        "margin": f"at least {measure.WANTED_MARGIN:g} points above {measure.BASELINE}",
        "share": f"no class that holds over {100 * measure.COMMON_SHARE:.0f} % of the images "
        f"predicted more than {measure.LARGEST_RATIO:g} times as often as it is there",
    }
    results = [
        f"{words}: met under {met[target][0]} of {met[target][1]} corruptions"
        for target, words in wanted.items()
        if target in met
    ]
    text += f"\n\nTargets: {'; '.join(results)}."
    return text


def _show_table(table: pd.DataFrame, baseline: pd.DataFrame | None) -> None:
    """The figures behind the charts, and what each corruption is."""
    words = st.column_config.TextColumn
    shown = measure.table_to_read(table, baseline)
    tables.grid(
        shown,
        {
            "images": words("images", pinned=True, width=150),
            "accuracy": tables.percent("accuracy", width=80),
            "interval": words("95 %", width=84),
            "baseline": tables.percent(measure.BASELINE, width=116),
            "points": tables.number("points ahead", format="%+.1f", width=100),
            "macro_f1": tables.percent("macro F1", width=80),
            "worst_class": words("most repeated", width=110),
            "worst_ratio": tables.number(
                "times its share",
                format="%.1f",
                width=110,
                help="Its share of the predictions over its share of the labels; classes with "
                f"over {100 * measure.COMMON_SHARE:.0f} % of the images only.",
            ),
            "strength": "strength",
            "meaning": "what causes it",
        },
        key="robustness_table",
        alt="Accuracy, macro F1 and most repeated class under each corruption",
        shares=[name for name in ("accuracy", "baseline", "macro_f1") if name in shown],
        height="content",
    )
