"""What a run's stored probabilities say about its confidence: calibration and abstaining.

The formulas stand in `calibration`; here they are applied to a run as it is stored, with
the scores that the exported model gives after its temperature.
"""

from dataclasses import dataclass

import pandas as pd

from fer_core.evaluation.calibration import (
    Coverage,
    expected_calibration_error,
    log_loss,
    reliability,
    rescale,
)
from fer_core.runs.records import Predictions


@dataclass(frozen=True)
class Calibrated:
    """How far one set of scores can be believed.

    Attributes:
        bins: confidence against accuracy, as `calibration.reliability`.
        error: expected calibration error, 0-1.
        log_loss: nats.
        confidence: mean probability of the answers, 0-1.
        accuracy: share of the answers that are right, 0-1.
    """

    bins: pd.DataFrame
    error: float
    log_loss: float
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Answered:
    """What a model answers when it abstains below `threshold`.

    Attributes:
        threshold: confidence, 0-1.
        images: that are answered.
        coverage: their share of all, 0-1; NaN without any image.
        accuracy: share of the answers that are right, 0-1; NaN without an answer.
    """

    threshold: float
    images: int
    coverage: float
    accuracy: float


def before_and_after(predictions: Predictions, temperature: float) -> tuple[Calibrated, Calibrated]:
    """Calibration without and with the temperature of the exported model.

    Args:
        predictions: at least one image, scores after the temperature.
        temperature: of the run's config; the scores before it are recovered by it, but for
            probabilities below 1e-7.
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
    return pd.DataFrame(
        {"threshold": curve.threshold, "coverage": curve.coverage, "accuracy": curve.accuracy}
    )
