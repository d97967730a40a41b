"""Whether a model's confidence can be believed, and what to do where it cannot.

A model is calibrated when of its answers given with confidence 0.7, seven in ten are
right. Everything here takes probabilities float (n, 7) and labels int (n,).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.runs.records import Predictions

BINS = 15
"""As in Guo et al. 2017 (arXiv:1706.04599)."""

WANTED_ACCURACY = 0.8
"""Of the answers that the app gives without saying 'not sure'."""

_EPSILON = 1e-7
_LEAST = float(np.finfo(np.float32).tiny)
"""Probabilities below it count as it: networks answer in float32."""

_TEMPERATURES = (0.05, 20.0)
"""The lowest and the highest that is fitted."""


@dataclass(frozen=True)
class Coverage:
    """What remains when a model abstains below a confidence, over rising thresholds: the share of
    the images that is answered, and the share of those answers that is right, all 0-1.
    """

    threshold: NDArray[np.float64]
    coverage: NDArray[np.float64]
    accuracy: NDArray[np.float64]


@dataclass(frozen=True)
class Calibrated:
    """How far one set of scores can be believed: the table of `reliability`, expected calibration
    error (0-1), log loss in nats, and the mean confidence and accuracy of the answers (0-1).
    """

    bins: pd.DataFrame
    error: float
    log_loss: float
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Answered:
    """What a model answers when it abstains below `threshold`: the number of images, their share
    of all, and the accuracy on them, 0-1; NaN without an image or without an answer.
    """

    threshold: float
    images: int
    coverage: float
    accuracy: float


def rescale(y_score: NDArray[np.floating], temperature: float) -> NDArray[np.float64]:
    """The probabilities (n, 7) that logits divided by `temperature` would have given: above 1 they
    are more even, below 1 less.
    """
    logits = np.log(np.clip(y_score.astype(np.float64), _LEAST, 1.0)) / temperature
    scores = np.exp(logits - logits.max(axis=1, keepdims=True))
    rescaled: NDArray[np.float64] = scores / scores.sum(axis=1, keepdims=True)
    return rescaled


def log_loss(y_score: NDArray[np.floating], y_true: NDArray[np.integer]) -> float:
    """Mean negative logarithm of the true class's probability, nats."""
    picked = y_score[np.arange(len(y_true)), y_true].astype(np.float64)
    return float(-np.log(np.clip(picked, _EPSILON, 1.0)).mean())


def fit_temperature(y_score: NDArray[np.floating], y_true: NDArray[np.integer]) -> float:
    """The temperature at which the mean confidence is the accuracy.

    Expectation consistency (Clarté et al. 2023, arXiv:2303.02644, section 2). It is for the one
    confidence that is shown: `fit_temperature_by_loss` minds all seven probabilities and leaves
    the highest too sure, by 1.5 to 2.7 points on the validation images of networks that
    learned with label smoothing.

    It is fitted to the uncalibrated model's probabilities on validation images: from 0.05 to 20,
    an end where none in between fits, 1 without any image.
    """
    if not len(y_true):
        return 1.0
    from scipy.optimize import brentq

    accuracy = float((y_score.argmax(axis=1) == y_true).mean())

    def too_sure(log_temperature: float) -> float:
        scores = rescale(y_score, float(np.exp(log_temperature)))
        return float(scores.max(axis=1).mean()) - accuracy

    least, most = np.log(_TEMPERATURES)
    if too_sure(least) <= 0:
        return _TEMPERATURES[0]
    if too_sure(most) >= 0:
        return _TEMPERATURES[1]
    return round(float(np.exp(brentq(too_sure, least, most, xtol=1e-6))), 4)


def fit_temperature_by_loss(y_score: NDArray[np.floating], y_true: NDArray[np.integer]) -> float:
    """The temperature with the lowest log loss (Guo et al. 2017, section 4.2), for who uses all
    seven probabilities. Arguments and result are those of `fit_temperature`.
    """
    if not len(y_true):
        return 1.0
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        return log_loss(rescale(y_score, float(np.exp(log_temperature))), y_true)

    found = minimize_scalar(loss, bounds=np.log(_TEMPERATURES), method="bounded")
    return round(float(np.exp(found.x)), 4)


def reliability(
    y_score: NDArray[np.floating], y_true: NDArray[np.integer], bins: int = BINS
) -> pd.DataFrame:
    """Confidence against accuracy, in bins of equal width.

    Returns:
        Columns low, high (of the bin), n, confidence, accuracy (means, NaN where n is 0).
    """
    confidence = y_score.max(axis=1)
    right = y_score.argmax(axis=1) == y_true
    edges = np.linspace(0, 1, bins + 1)
    index = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    n = np.bincount(index, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean_confidence = np.bincount(index, confidence, bins) / n
        accuracy = np.bincount(index, right, bins) / n
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "n": n,
            "confidence": mean_confidence,
            "accuracy": accuracy,
        }
    )


def expected_calibration_error(
    y_score: NDArray[np.floating], y_true: NDArray[np.integer], bins: int = BINS
) -> float:
    """Mean distance of confidence and accuracy over the bins, weighted by their images
    (Naeini et al. 2015); 0-1, NaN without any image.
    """
    table = reliability(y_score, y_true, bins)
    table = table[table["n"] > 0]
    gap = (table["confidence"] - table["accuracy"]).abs()
    return float((gap * table["n"]).sum() / table["n"].sum()) if len(table) else float("nan")


def coverage_curve(y_score: NDArray[np.floating], y_true: NDArray[np.integer]) -> Coverage:
    """Accuracy over coverage (El-Yaniv & Wiener 2010), a point for each distinct confidence."""
    confidence = y_score.max(axis=1).astype(np.float64)
    right = y_score.argmax(axis=1) == y_true
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    hits = np.cumsum(right[order])
    falling = confidence[order]
    last = np.append(falling[:-1] != falling[1:], True) if len(order) else np.empty(0, bool)
    return Coverage(
        threshold=falling[last][::-1],
        coverage=(answered[last] / max(1, len(order)))[::-1],
        accuracy=(hits[last] / answered[last])[::-1],
    )


def abstention_threshold(
    y_score: NDArray[np.floating], y_true: NDArray[np.integer], wanted: float = WANTED_ACCURACY
) -> float | None:
    """The lowest confidence from which on the answers of the calibrated model to validation images
    reach the accuracy wanted.

    Returns:
        Confidence 0-1; 0 where no abstaining is needed, None without any image or where
        no threshold that leaves at least a tenth of the images reaches it.
    """
    curve = coverage_curve(y_score, y_true)
    good = (curve.accuracy >= wanted) & (curve.coverage >= 0.1)
    if not good.any():
        return None
    first = int(np.argmax(good))
    return 0.0 if first == 0 else round(float(curve.threshold[first]), 4)


def before_and_after(predictions: Predictions, temperature: float) -> tuple[Calibrated, Calibrated]:
    """Calibration without and with the `temperature` of the exported model, by which the scores
    before it are recovered, but for probabilities below 1e-38; of at least one image.
    """
    after = predictions.y_score
    before = rescale(after, 1 / temperature)
    true = predictions.y_true
    first, second = (
        Calibrated(
            bins=reliability(scores, true),
            error=expected_calibration_error(scores, true),
            log_loss=log_loss(scores, true),
            confidence=float(scores.max(axis=1).mean()),
            accuracy=float((scores.argmax(axis=1) == true).mean()),
        )
        for scores in (before, after)
    )
    return first, second


def answered_above(predictions: Predictions, threshold: float) -> Answered:
    """Counts the answers given with a confidence of at least `threshold`."""
    sure = predictions.y_score.max(axis=1) >= threshold
    right = predictions.y_pred[sure] == predictions.y_true[sure]
    n = int(sure.sum())
    return Answered(
        threshold=threshold,
        images=n,
        coverage=n / len(predictions) if len(predictions) else float("nan"),
        accuracy=float(right.mean()) if n else float("nan"),
    )


def coverage_table(curve: Coverage) -> pd.DataFrame:
    """The curve as columns threshold, coverage, accuracy (0-1), the highest coverage first."""
    return pd.DataFrame(vars(curve))
