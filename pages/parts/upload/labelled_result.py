"""How well models read a visitor's labelled pictures: figures, errors, files."""

import json
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.evaluation import labelled, metrics
from fer_core.evaluation.error_analysis import most_confident_first, score_table
from fer_core.evaluation.labelled import LabelledFaces
from fer_core.evaluation.metrics import Report
from fer_core.plots.confusion import confusion_figure
from fer_core.runs.store import Predictions
from fer_core.tables import to_csv
from pages.parts.evaluation import class_scores
from pages.parts.shared import charts, choices, faces, tables
from pages.parts.shared.tables import Cell

_PAGE = 12


def tell_missing(read: LabelledFaces) -> None:
    """Which pictures have no answer, and why; they are no part of any figure."""
    missing = dict.fromkeys(read.without_face, "No face was found.") | read.unreadable
    if not missing:
        return
    told = (
        (len(read.without_face), "without a face that was found"),
        (len(read.unreadable), "that cannot be read"),
    )
    words = " and ".join(f"{formats.counted(n, 'picture')} {what}" for n, what in told if n)
    with st.expander(f"Left out: {words}"):
        table = pd.DataFrame({"path": list(missing), "why": list(missing.values())})
        tables.grid(
            table,
            {"path": "picture", "why": "why"},
            key="labelled-missing",
            alt="Pictures without an answer",
        )


def show(read: LabelledFaces, answers: Mapping[str, Predictions], name: str) -> None:
    """Draws what the models reach, then one of them in detail; files are called after `name`."""
    reports = {model: labelled.evaluate(read, found) for model, found in answers.items()}
    if not reports:
        return
    _show_models(reports)
    shown = next(iter(reports))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(reports) > 1:
            shown = choices.one_of("Shown below", list(reports), "labelled-shown", bind=None)
        _downloads(read, answers, reports, name)
    _show_one(shown, reports[shown])
    _show_errors(read, answers[shown], shown)


def _show_models(reports: Mapping[str, Report]) -> None:
    head = [Cell(text) for text in ("model", "accuracy", "macro F1", "faces")]
    rows = [
        [
            Cell(model),
            Cell(formats.percent(report.accuracy), formats.bounds(report.accuracy_interval)),
            Cell(formats.percent(report.macro_f1), formats.bounds(report.macro_f1_interval)),
            Cell(formats.count(report.n)),
        ]
        for model, report in reports.items()
    ]
    tables.show("Accuracy of each model on your pictures", head, rows, key="labelled-models-table")
    report = next(iter(reports.values()))
    st.caption(f"{metrics.describe_intervals(report)} {metrics.describe_absent(report)}")


def _show_one(model: str, report: Report) -> None:
    left, right = st.columns([11, 10], gap="medium")
    with left, st.container(key="confusion"):
        charts.show(
            confusion_figure(report),
            f"Confusion matrix of {model} on your {report.n:,} pictures. Rows are true classes, "
            "columns predictions; the table beside it has the scores.",
            key=f"labelled-confusion-{model}",
        )
    with right:
        caption = f"Precision, recall and F1 of {model} on your pictures, with 95 % intervals"
        class_scores.show_table(report.with_intervals(), caption, "labelled-classes")


def _show_errors(read: LabelledFaces, answers: Predictions, model: str) -> None:
    wrong = most_confident_first(answers.where(answers.y_pred != answers.y_true))
    if not len(wrong):
        st.caption(f"{model} reads every one of these faces as its folder says.")
        return
    rows = {path: row for row, path in enumerate(read.path)}
    with choices.part_of(len(wrong), _PAGE, key=f"labelled-errors-{model}", in_address=False) as of:
        errors = formats.counted(len(wrong), "error")
        st.markdown(f"**{errors} of {model}**, the most confident first; {of.words}.")
        table = score_table(wrong).iloc[of.rows]
        words = [
            f"{row.true} taken for\n{row.predicted} {formats.percent(row.confidence)}\n"
            f"{row.path.rpartition('/')[2][:24]}"
            for row in table.itertuples()
        ]
        alts = [f"{row.path}, read as {row.predicted}" for row in table.itertuples()]
        faces.sample_grid(read.faces[[rows[path] for path in table["path"]]], words, alts)


def _downloads(
    read: LabelledFaces,
    answers: Mapping[str, Predictions],
    reports: Mapping[str, Report],
    name: str,
) -> None:
    """Every answer as CSV and every figure as JSON; the models stand in the files' names."""
    stem = f"{name}-{'-'.join(reports)}"[:100]
    with st.popover("Download", icon=":material/download:"):
        for label, ending, kind, make in (
            (
                "Answers (CSV)",
                "csv",
                "text/csv",
                lambda: to_csv(labelled.to_frame(read, answers)),
            ),
            (
                "Figures (JSON)",
                "json",
                "application/json",
                lambda: json.dumps(labelled.to_dict(read, reports), indent=1, ensure_ascii=False),
            ),
        ):
            file = f"{stem}.{ending}"
            st.download_button(label, make, file, kind, on_click="ignore", width="stretch")
