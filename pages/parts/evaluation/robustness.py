"""The Evaluation page's section on spoiled pictures: what `robustness.csv` says, drawn."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.errors import RunError
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS
from fer_core.plots.robustness import STRONGEST_RATIO, accuracy_figure, share_figure
from fer_core.runs.store import Run
from fer_core.tables import to_csv
from pages.parts.shared import cached, charts, frame


def section(run: Run) -> None:
    """Draws the table of `run` beside the baseline's, or says how to measure it."""
    st.subheader("Robustness: what if the picture is worse?", anchor=False)
    with frame.error_box():
        table = measure.read(run)
        if table is None and not run.onnx_path.exists():
            st.caption(
                f"{run.run_id} left no model file, so nothing can predict spoiled pictures anew."
            )
            return
        if table is None:
            frame.empty_state(
                f"{run.run_id} has not been measured on spoiled pictures yet",
                "It takes minutes and the data set: every test image is predicted again, "
                "blurred, dark, noisy, turned and more.",
                "Measure it, then reload this page:",
                command=measure.command(run),
            )
            return
        baseline, note = _baseline(run, table)
        _draw(run, table, baseline, note)


def _baseline(run: Run, table: pd.DataFrame) -> tuple[pd.DataFrame | None, str]:
    """The baseline's table where it compares, or a sentence on why there is none."""
    if run.run_id == measure.BASELINE:
        return None, "The other runs are set against this one."
    baseline = next((r for r in cached.runs() if r.run_id == measure.BASELINE), None)
    if baseline is None:
        return None, f"There is no run {measure.BASELINE} here to set it against."
    try:
        theirs = measure.read(baseline)
        if theirs is None:
            how = measure.command(baseline)
            return None, f"To set it against {measure.BASELINE}, measure that too: `{how}`."
        measure.compare(table, theirs)
    except RunError as exc:
        return None, f"Not set against {measure.BASELINE}. {exc}"
    return theirs, ""


def _draw(run: Run, table: pd.DataFrame, baseline: pd.DataFrame | None, note: str) -> None:
    count = formats.count(table["n"].iloc[0])
    st.caption(
        f"{run.run_id} on all {count} test images with their FER2013 labels, whatever is chosen "
        f"above; each spoiled in one way, at one strength. {note}"
    )
    if not _is_current(run, table):
        st.warning(
            "The model has been exported anew since this was measured. Measure it again: "
            f"`{measure.command(run)}`",
            icon=":material/history:",
        )
    st.markdown(_summary(table, baseline))
    left, right = st.columns([11, 10], gap="medium")
    with left:
        charts.show(
            accuracy_figure(run.run_id, table, baseline),
            f"Accuracy of {run.run_id} on the test images as they are and under each of "
            f"{len(table) - 1} corruptions; the values stand in the table below.",
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
    st.download_button(
        "Download robustness (CSV)",
        to_csv(table),
        file_name=f"{run.run_id}-{measure.FILE_NAME}",
        mime="text/csv",
        on_click="ignore",
        key="robustness_csv",
    )


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
    judged = measure.verdicts(table, baseline)
    met = judged.groupby("target")["met"].agg(["sum", "size"])
    wanted = {
        "margin": f"at least {measure.WANTED_MARGIN:g} points above {measure.BASELINE}",
        "share": f"no class that holds over {100 * measure.COMMON_SHARE:.0f} % of the images "
        f"predicted more than {measure.LARGEST_RATIO:g} times as often as it is there",
    }
    results = [
        f"{words}: met under {met.loc[target, 'sum']} of {met.loc[target, 'size']} corruptions"
        for target, words in wanted.items()
        if target in met.index
    ]
    text += f"\n\nTargets: {'; '.join(results)}."
    return text


def _show_table(table: pd.DataFrame, baseline: pd.DataFrame | None) -> None:
    """The figures behind the charts, and what each corruption is."""
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    meanings = {kind.name: kind.meaning for kind in CORRUPTIONS}
    shown = pd.DataFrame(
        {
            "images": table["title"],
            "accuracy": 100 * table["accuracy"],
            "interval": [
                f"{100 * low:.1f}–{100 * high:.1f}"
                for low, high in zip(table["accuracy_low"], table["accuracy_high"], strict=True)
            ],
        }
    )
    if baseline is not None:
        beside = measure.compare(table, baseline)
        shown["baseline"] = 100 * beside["baseline"]
        shown["points"] = beside["points"]
    shown["macro_f1"] = table["macro_f1"]
    shown["worst_class"] = table["worst_class"]
    shown["worst_ratio"] = table["worst_ratio"]
    shown["strength"] = table["strength"]
    shown["meaning"] = table["corruption"].map(meanings).fillna("")
    st.dataframe(
        shown,
        hide_index=True,
        key="robustness_table",
        alt="Accuracy, macro F1 and most repeated class under each corruption",
        height="content",
        column_config={
            "images": words("images", pinned=True, width=150),
            "accuracy": number("accuracy", format="%.1f %%", width=80),
            "interval": words("95 %", width=84),
            "baseline": number(measure.BASELINE, format="%.1f %%", width=116),
            "points": number("points ahead", format="%+.1f", width=100),
            "macro_f1": number("macro F1", format="%.3f", width=80),
            "worst_class": words("most repeated", width=110),
            "worst_ratio": number(
                "times its share",
                format="%.1f",
                width=110,
                help="Its share of the predictions over its share of the labels; classes with "
                f"over {100 * measure.COMMON_SHARE:.0f} % of the images only.",
            ),
            "strength": words("strength"),
            "meaning": words("what causes it"),
        },
    )


def _is_current(run: Run, table: pd.DataFrame) -> bool:
    """Whether the model is still the one that was measured; true where there is none."""
    try:
        modified = run.onnx_path.stat().st_mtime_ns
    except OSError:
        return True
    return str(table["model"].iloc[0]) == _model_stamp(str(run.folder), modified, run)


@st.cache_data(show_spinner=False, max_entries=64)
def _model_stamp(folder: str, modified: int, _run: Run) -> str:
    return measure.model_stamp(_run)
