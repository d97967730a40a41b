"""Two runs on the same images, and the run against the student report."""

from dataclasses import replace

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.comparison import Comparison, compare, f1_by_class, won
from fer_core.evaluation.metrics import confusion_table
from fer_core.evaluation.robustness import measure
from fer_core.plots.confusion import difference_figure
from fer_core.runs.store import Run
from pages.parts.evaluation import class_scores, face_list, question
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, choices, frame, tables
from pages.parts.shared.tables import Cell


def show(asked: Question) -> None:
    """The run against another one that the visitor chooses, and against the report."""
    other = _choose(asked)
    if other is None and asked.by_ten_crops:
        st.caption(f"No other run was measured by ten crops on the images of {asked.run.run_id}.")
    elif other is None:
        st.caption(
            f"No other run was evaluated on the images of {asked.run.run_id}. Train a second one "
            "to compare both here."
        )
    else:
        with frame.error_box():
            _show_two(asked, replace(asked, run=other))
    class_scores.compare_with_report(asked)


def _choose(asked: Question) -> Run | None:
    """The run to compare with, of those measured with the same images in the same way."""
    run = asked.run
    same = [
        other
        for other in question.evaluated_runs(by_ten_crops=asked.by_ten_crops)
        if other.run_id != run.run_id
        and other.config.data_fingerprint == run.config.data_fingerprint
    ]
    if not same:
        return None
    return choices.one_run(
        "Compare with",
        same,
        "other",
        lacks="cannot be compared with this one",
        first=measure.BASELINE,
        what="other run",
        width=260,
    )


def _show_two(asked: Question, theirs: Question) -> None:
    """Which of the two is better, in which classes, and on which faces."""
    frame.tell_drawn(theirs.run)
    result = compare(asked.predictions, theirs.predictions, asked.view.groups)
    st.markdown(_summary(asked, theirs, result))
    left, right = st.columns([11, 10], gap="medium")
    with left, charts.tappable("difference"):
        charts.titled(
            difference_figure(result.confusion_difference, asked.run.run_id, theirs.run.run_id),
            f"Confusion matrix of {asked.run.run_id} minus that of {theirs.run.run_id} on "
            f"{asked.images}; the CSV has the values.",
            key="confusion_difference",
            height="stretch",
        )
    with left:
        st.caption(
            f"Cells are images: + (blue) where {asked.run.run_id} has more, \N{MINUS SIGN} "
            "(orange) where it has fewer. More is better on the diagonal, fewer elsewhere."
        )
    with right:
        _show_classes(asked, theirs)
    with st.container(horizontal=True):
        against = f"minus-{theirs.run.run_id}"
        asked.csv_button(
            confusion_table(result.confusion_difference).assign(minus=theirs.run.run_id),
            "difference",
            against,
            "difference_csv",
        )
        asked.csv_button(
            f1_by_class(asked.predictions, theirs.predictions)
            .rename(columns={"a": "f1", "b": "f1_other"})
            .assign(other=theirs.run.run_id),
            "F1 of both",
            f"f1-{against}",
            "f1_csv",
        )
    _show_won_faces(asked, theirs)


def _summary(asked: Question, theirs: Question, result: Comparison) -> str:
    run, other = asked.run.run_id, theirs.run.run_id
    low, high = result.interval
    ours, others, points = result.in_percent
    verdict = "the difference is not significant"
    if low > 0 or high < 0:
        verdict = f"{run if low > 0 else other} is better"
    chance = "under 0.1 %"
    if result.p_value >= 0.001:
        chance = f"of {formats.percent(result.p_value)}"
    return (
        f"On {asked.images}, {frame.run_name(asked.run)} reaches {ours:.2f} % and "
        f"{frame.run_name(theirs.run)} {others:.2f} %: **{formats.signed(points, 2)} points** "
        f":small[({formats.signed(100 * low, 2)} to {formats.signed(100 * high, 2)})], "
        f"so {verdict}.  \n"
        f"Only {run} is right on {result.only_a:,} images, only {other} on {result.only_b:,}. "
        f"If both were equally good, chance alone would split them as unevenly with a "
        f"probability {chance} (McNemar's exact test)."
    )


def _show_classes(asked: Question, theirs: Question) -> None:
    """F1 of both by class."""
    rows = [
        [
            Cell(row["class"]),
            tables.share(row["a"]),
            tables.share(row["b"]),
            Cell(formats.signed(row["points"])),
            Cell(formats.count(row["images"])),
        ]
        for row in f1_by_class(asked.predictions, theirs.predictions).to_dict("records")
    ]
    names = ("F1", asked.run.run_id, theirs.run.run_id, "points", "images")
    tables.show(
        f"F1 of {asked.run.run_id} and of {theirs.run.run_id} by class on {asked.images}",
        [Cell(name) for name in names],
        rows,
        key="f1_table",
        apart=len(CLASS_NAMES),
    )


def _show_won_faces(asked: Question, theirs: Question) -> None:
    """The faces that only one of the two gets right."""
    names = [asked.run.run_id, theirs.run.run_id]
    right = choices.one_of("Faces that only one gets right", names, "right-in")
    winner, loser = (asked, theirs) if right == asked.run.run_id else (theirs, asked)
    rights, wrongs = won(winner.predictions, loser.predictions)
    winner_id, loser_id = winner.run.run_id, loser.run.run_id
    face_list.show(
        winner,
        rights,
        title=f"faces that {winner_id} gets right and {loser_id} wrong",
        name=f"not-{loser_id}",
        key="won_images",
        notes=[f"other: {CLASS_NAMES[answer]}" for answer in wrongs.y_pred],
    )
