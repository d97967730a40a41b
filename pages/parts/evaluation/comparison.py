"""Two runs on the same images: which is better, where, and on which faces."""

from dataclasses import replace

import streamlit as st

from fer_core import formats
from fer_core.evaluation.comparison import Comparison, compare, won
from fer_core.evaluation.error_analysis import answers_in_words
from fer_core.evaluation.metrics import confusion_table
from fer_core.evaluation.robustness import measure
from fer_core.plots.confusion import difference_figure, difference_headline
from fer_core.runs.store import Run
from pages.parts.evaluation import question
from pages.parts.evaluation.question import Question
from pages.parts.shared import charts, choices, face_pages, frame, tables

THIS, OTHER = "this run", "the other"


def show(asked: Question) -> None:
    """The run against another one that the visitor chooses."""
    st.subheader("Is it better than another run, and where?", anchor=False)
    run = asked.run
    other = _choose(run)
    if other is None:
        st.caption(
            f"No other run was evaluated on the images of {run.run_id}. Train a second one to "
            "compare both here."
        )
        return
    mine, theirs = asked.view, replace(asked, run=other)
    result = compare(mine.predictions, theirs.predictions, mine.groups)
    st.markdown(_summary(run, other, result, f"{mine.title}, {formats.count(result.n)}"))

    left, right = st.columns([11, 10], gap="medium")
    with left:
        charts.show(
            difference_figure(result.confusion_difference, run.run_id, other.run_id),
            f"Confusion matrix of {run.run_id} minus that of {other.run_id}: the largest "
            f"difference: "
            f"{difference_headline(result.confusion_difference, run.run_id, other.run_id)}. The "
            "CSV has the values.",
            key="confusion_difference",
        )
        st.caption(
            f"Cells are images: + (blue) where {run.run_id} has more, - (orange) where it has "
            "fewer. More is better on the diagonal, fewer elsewhere."
        )
        tables.csv_button(
            confusion_table(result.confusion_difference),
            "difference",
            f"{asked.file_name}-minus-{other.run_id}",
            "difference_csv",
        )
    with right:
        _show_won_faces(asked, theirs)


def _choose(run: Run) -> Run | None:
    """The run to compare with, of those made with the same images."""
    same = [
        other
        for other in question.evaluated_runs()
        if other.run_id != run.run_id
        and other.config.data_fingerprint == run.config.data_fingerprint
    ]
    if not same:
        return None
    names = [other.run_id for other in same]
    choices.tell_unknown("other run", "other", names)
    first = names.index(measure.BASELINE) if measure.BASELINE in names else 0
    chosen = st.selectbox(
        "Compare with", names, index=first, key="other", bind="query-params", width=260
    )
    return next(other for other in same if other.run_id == chosen)


def _summary(run: Run, other: Run, result: Comparison, images: str) -> str:
    low, high = result.interval
    verdict = "the difference is not significant"
    if low > 0 or high < 0:
        verdict = f"{(run if low > 0 else other).run_id} is better"
    p_value = f"{result.p_value:.3f}" if result.p_value >= 0.001 else "below 0.001"
    return (
        f"On {images}, {frame.run_name(run)} reaches {formats.percent(result.accuracy_a)} and "
        f"{frame.run_name(other)} {formats.percent(result.accuracy_b)}: a difference of "
        f"**{100 * result.difference:+.1f} points** (95 % interval {100 * low:+.1f} to "
        f"{100 * high:+.1f}, paired by image), so {verdict}. {run.run_id} alone is right on "
        f"{result.only_a:,} images, {other.run_id} alone on {result.only_b:,}; if they were "
        f"equally good, a split at least as uneven would have probability {p_value} (McNemar's "
        "exact test)."
    )


def _show_won_faces(asked: Question, other: Question) -> None:
    """The faces that only one of the two gets right."""
    side = choices.one_of("Faces that only one gets right", [THIS, OTHER], "right-in")
    winner, loser = (other, asked) if side == OTHER else (asked, other)
    rights, wrongs = won(winner.predictions, loser.predictions)
    winner_id, loser_id = winner.run.run_id, loser.run.run_id
    face_pages.show(
        winner.run,
        rights,
        title=f"faces that {winner_id} gets right and {loser_id} wrong",
        name=f"{asked.file_name}-{winner_id}-not-{loser_id}",
        key="won_images",
        notes=[f"other: {answer}" for answer in answers_in_words(wrongs)],
    )
