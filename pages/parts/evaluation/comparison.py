"""Two runs on the same images: which is better, where, and on which faces."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.comparison import Comparison, compare, won
from fer_core.evaluation.metrics import confusion_table
from fer_core.evaluation.robustness import measure
from fer_core.plots.comparison import difference_figure
from fer_core.runs.store import Run
from pages.parts.shared import cached, charts, choices, downloads, face_pages, frame

THIS, OTHER = "this run", "the other"


def section(run: Run, runs: list[Run], subset: str, labels: str, file_name: str) -> None:
    """Sets `run` against another one that the visitor chooses.

    Args:
        run: with predictions.
        runs: every run with predictions.
        subset: which test images, as `cached.view` takes it.
        labels: whose labels.
        file_name: start of the names of downloads.
    """
    st.subheader("Is it better than another run, and where?", anchor=False)
    other = _choose(run, runs)
    if other is None:
        st.caption(
            f"No other run was evaluated on the images of {run.run_id}. Train a second one and "
            "both can be set against each other here."
        )
        return
    mine = cached.view(run, subset, labels)
    theirs = cached.view(other, subset, labels).predictions
    result = compare(mine.predictions, theirs, mine.groups)
    st.markdown(_summary(run, other, result, f"{mine.title}, {formats.count(result.n)}"))

    left, right = st.columns([11, 10], gap="medium")
    with left:
        charts.show(
            difference_figure(result.confusion_difference, run.run_id, other.run_id),
            f"Confusion matrix of {run.run_id} minus that of {other.run_id}: "
            f"{_largest(result.confusion_difference)}. The CSV has the values.",
            key="confusion_difference",
        )
        st.caption(
            f"Cells are images: + (blue) where {run.run_id} has more, - (orange) where it has "
            "fewer. More is better on the diagonal, fewer elsewhere."
        )
        downloads.csv_button(
            confusion_table(result.confusion_difference),
            "Download difference (CSV)",
            f"{file_name}-minus-{other.run_id}.csv",
            "difference_csv",
        )
    with right:
        _pictures(run, other, subset, labels, file_name)


def _choose(run: Run, runs: list[Run]) -> Run | None:
    """The run to set against; those made with other images cannot be."""
    same = [
        other
        for other in runs
        if other.run_id != run.run_id
        and other.config.data_fingerprint == run.config.data_fingerprint
    ]
    if not same:
        return None
    names = [other.run_id for other in same]
    choices.tell_unknown("other run", "other", names)
    first = names.index(measure.BASELINE) if measure.BASELINE in names else 0
    chosen = st.selectbox(
        "Set against", names, index=first, key="other", bind="query-params", width=260
    )
    return next(other for other in same if other.run_id == chosen)


def _summary(run: Run, other: Run, result: Comparison, images: str) -> str:
    low, high = result.interval
    if low > 0:
        verdict = f"{run.run_id} is better"
    elif high < 0:
        verdict = f"{other.run_id} is better"
    else:
        verdict = "neither is surely better"
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


def _largest(difference: NDArray[np.int64]) -> str:
    row, column = np.unravel_index(int(np.abs(difference).argmax()), difference.shape)
    return (
        f"the largest difference is {difference[row, column]:+,} true {CLASS_NAMES[row]} faces "
        f"called {CLASS_NAMES[column]}"
    )


def _pictures(run: Run, other: Run, subset: str, labels: str, file_name: str) -> None:
    """The faces that one of the two alone gets right."""
    side = st.segmented_control(
        "Faces that only one gets right",
        [THIS, OTHER],
        default=THIS,
        required=True,
        key="right-in",
        bind="query-params",
    )
    winner, loser = (other, run) if side == OTHER else (run, other)
    rights, wrongs = won(
        cached.view(winner, subset, labels).predictions,
        cached.view(loser, subset, labels).predictions,
    )
    names = np.array(CLASS_NAMES)
    notes = [
        f"other: {name} {100 * share:.0f} %"
        for name, share in zip(names[wrongs.y_pred], wrongs.y_score.max(axis=1), strict=True)
    ]
    face_pages.show(
        winner,
        rights,
        title=f"faces that {winner.run_id} gets right and {loser.run_id} wrong",
        name=f"{file_name}-{winner.run_id}-not-{loser.run_id}",
        key="won_images",
        notes=notes,
    )
