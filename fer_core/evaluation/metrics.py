"""Figures of a run, computed from its predictions alone.

The figures are those of scikit-learn's `accuracy_score`, `confusion_matrix` and
`precision_recall_fscore_support` with `labels=range(7)` (a test holds this), derived
here from the confusion matrix so that the web process need not import scikit-learn.

    python -m fer_core evaluate report-baseline
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_NAMES, FINGERPRINT, NUM_CLASSES
from fer_core.errors import RunError
from fer_core.evaluation.intervals import Interval, percentiles, resample
from fer_core.reference import student_report
from fer_core.reference.student_report import TEST_IMAGES
from fer_core.runs.store import Predictions

SCORES = ("f1", "recall", "precision")


@dataclass(frozen=True)
class Report:
    """How well one set of predictions fits its labels.

    Intervals are 95 % bootstrap intervals.

    Attributes:
        n: images.
        accuracy, accuracy_interval: share of right answers, 0-1.
        macro_f1, macro_f1_interval: mean F1 of the classes that have images.
        per_class: one row a class in class order: `class`, `precision`, `recall`, `f1`,
            `support` (images), and `<score>_low`, `<score>_high` of each score. A class
            without an image has NaN scores; a class never predicted has precision 0.
        averages: rows `macro avg` and `weighted avg` with the columns of `per_class`
            (scores and `support`), over the classes that have images.
        confusion: int (7, 7); rows are true classes, columns predicted ones.
        absent: names of the classes without an image, which no average counts.
        by_copies: whether the intervals take identical images together.
    """

    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    macro_f1_interval: Interval
    per_class: pd.DataFrame
    averages: pd.DataFrame
    confusion: NDArray[np.int64]
    absent: tuple[str, ...]
    by_copies: bool

    def table(self) -> pd.DataFrame:
        """Classes, then averages, with columns class, precision, recall, f1, support."""
        columns = ["class", "precision", "recall", "f1", "support"]
        return pd.concat([self.per_class[columns], self.averages[columns]], ignore_index=True)

    def all_digits(self) -> pd.DataFrame:
        """Classes, then averages, every bound a column of its own, to compute with."""
        table = pd.concat([self.per_class, self.averages], ignore_index=True)
        macro = table["class"] == "macro avg"
        table.loc[macro, ["f1_low", "f1_high"]] = self.macro_f1_interval
        return table

    def with_intervals(self, by: str | None = None) -> pd.DataFrame:
        """`all_digits` with the interval of each score in percent as text in `<score> interval`: a
        dash for a class without one, nothing for an average without one. With the classes in
        their order, or the lowest on top `by` the column of that name.
        """
        table = self.all_digits()
        for name in SCORES:
            bounds = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
            texts = pd.Series(map(formats.bounds, bounds))
            missing = (table.index >= len(self.per_class)) & (texts == formats.MISSING)
            table[f"{name} interval"] = texts.mask(missing, "")
        if by is None:
            return table
        classes = table[: len(self.per_class)].sort_values(by, kind="stable")
        return pd.concat([classes, table[len(self.per_class) :]], ignore_index=True)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON values; NaN becomes None."""

        def plain(value: Any) -> Any:
            if isinstance(value, pd.DataFrame):
                return value.astype(object).where(value.notna(), None).to_dict("records")
            if isinstance(value, np.ndarray):
                return value.tolist()
            return list(value) if isinstance(value, tuple) else value

        return {name: plain(value) for name, value in vars(self).items()}


def evaluate(
    predictions: Predictions,
    groups: NDArray[np.integer] | None = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Report:
    """Computes every figure of `predictions`, as a view of `fer_core.evaluation.subsets`.

    The intervals draw identical images together where `groups`, int (n,), says which are
    (`View.groups`); None where it is not known. The same seed gives the same intervals.

    Raises:
        RunError: there is no image to evaluate.
    """
    n = len(predictions)
    if n == 0:
        raise RunError("There are no predictions in this subset. Choose another one.")
    cells = predictions.y_true.astype(np.intp) * NUM_CLASSES + predictions.y_pred
    confusion = confusion_matrix(predictions.y_true, predictions.y_pred)
    draws = resample(cells, NUM_CLASSES**2, groups, resamples, seed)
    draws = draws.reshape(resamples, NUM_CLASSES, NUM_CLASSES)

    support = confusion.sum(axis=1)
    scores = scores_of(confusion)
    drawn = scores_of(draws)
    per_class = pd.DataFrame({"class": CLASS_NAMES, **scores, "support": support})
    for name in scores:
        per_class[f"{name}_low"], per_class[f"{name}_high"] = percentiles(drawn[name])

    present = support > 0
    weights = {"macro avg": present / present.sum(), "weighted avg": support / n}
    averages = pd.DataFrame(
        [
            {"class": title}
            | {name: float(np.nansum(scores[name] * weight)) for name in scores}
            | {"support": n}
            for title, weight in weights.items()
        ]
    )
    hits = np.trace(draws, axis1=1, axis2=2) / draws.sum(axis=(1, 2))
    return Report(
        n=n,
        accuracy=float(np.trace(confusion) / n),
        accuracy_interval=_percentiles(hits),
        macro_f1=float(averages["f1"][0]),
        # A class that a resample lacks leaves its mean, as an absent one leaves `macro_f1`.
        macro_f1_interval=_percentiles(np.nanmean(drawn["f1"], axis=1)),
        per_class=per_class,
        averages=averages,
        confusion=confusion,
        absent=tuple(name for name, here in zip(CLASS_NAMES, present, strict=True) if not here),
        by_copies=groups is not None,
    )


def describe_absent(report: Report) -> str:
    """A sentence on the classes without an image, which averages leave out; empty where none is."""
    if not report.absent:
        return ""
    return f"No image of {', '.join(report.absent)} here; averages leave that out."


def describe_intervals(report: Report) -> str:
    """One sentence on how the intervals were computed, for where they stand."""
    how = "identical images are drawn together"
    if not report.by_copies:
        how = (
            "every image counts as independent, since it is not known which of these are "
            "identical copies"
        )
    return f"95 % intervals by bootstrap over images; {how}."


def confusion_matrix(y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[np.int64]:
    """Counts as int (7, 7): rows are true classes, columns predicted ones."""
    cells = y_true.astype(np.int64) * NUM_CLASSES + y_pred.astype(np.int64)
    counts = np.bincount(cells, minlength=NUM_CLASSES**2)
    return counts.reshape(NUM_CLASSES, NUM_CLASSES).astype(np.int64)


def confusion_table(confusion: NDArray[np.int64]) -> pd.DataFrame:
    """A confusion matrix, or a difference of two, as a table: the column `true`, then one a
    predicted class.
    """
    table = pd.DataFrame(confusion, columns=list(CLASS_NAMES))
    table.insert(0, "true", CLASS_NAMES)
    return table


Normalization = Literal["counts", "true", "predicted"]


def normalize(confusion: NDArray[np.int64], by: Normalization) -> NDArray[np.float64]:
    """The confusion matrix as shares of each row (`true`) or column (`predicted`).

    A row or column without an image becomes NaN; `counts` are returned as they are.
    """
    if by == "counts":
        return confusion.astype(np.float64)
    totals = confusion.sum(axis=1 if by == "true" else 0, keepdims=True)
    return divide(confusion, np.broadcast_to(totals, confusion.shape))


def compares_with_report(report: Report, data_fingerprint: str | None) -> bool:
    """Whether it is of all FER2013's test images, of which the published figures are."""
    return report.n == TEST_IMAGES and data_fingerprint == FINGERPRINT


def compare_to_report(report: Report, data_fingerprint: str | None) -> str:
    """One sentence that sets the accuracy beside the published one, where the two compare."""
    published = f"The report's {formats.percent(student_report.ACCURACY)}"
    if not compares_with_report(report, data_fingerprint):
        return (
            f"{published} is for all {TEST_IMAGES:,} test images of FER2013 and does not compare "
            f"with these {report.n:,}."
        )
    low, high = report.accuracy_interval
    place = "within"
    if not low <= student_report.ACCURACY <= high:
        place = "below" if low > student_report.ACCURACY else "above"
    points = formats.signed(100 * (report.accuracy - student_report.ACCURACY))
    return f"{published} on the same images lies {place} this run's interval ({points} points)."


def scores_of(confusion: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Precision, recall and F1 of confusion matrices (..., 7, 7), each (..., 7), 0-1; all NaN for a
    class without an image, precision 0 for one that is never predicted.
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    true = confusion.sum(axis=-1)
    predicted = confusion.sum(axis=-2)
    absent = true == 0
    precision = np.where(absent, np.nan, divide(right, predicted, otherwise=0.0))
    return {
        "precision": precision,
        "recall": divide(right, true),
        "f1": np.where(absent, np.nan, divide(2 * right, true + predicted, otherwise=0.0)),
    }


def divide(
    top: NDArray[Any], bottom: NDArray[Any], otherwise: float = np.nan
) -> NDArray[np.float64]:
    """`top / bottom`, and `otherwise` where `bottom` is 0; both of one shape."""
    result = np.full(top.shape, otherwise)
    np.divide(top, bottom, out=result, where=bottom > 0)
    return result


def _percentiles(draws: NDArray[np.float64]) -> Interval:
    low, high = percentiles(draws)
    return float(low), float(high)
