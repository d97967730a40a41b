"""Recall of a rare class grows with the strength, and validation images choose it."""

import numpy as np
import pytest

from fer_core.evaluation.rare_classes import STRENGTHS, adjusted
from fer_core.runs.records import Predictions


@pytest.fixture
def predictions() -> Predictions:
    """Of a network that holds every second validation face of the rare class 1 for the frequent
    class 3, and each test face for what it is.
    """
    y_true = np.array([3] * 90 + [1] * 10, np.int8)
    y_score = np.full((100, 7), 0.001, np.float32)
    y_score[:90, 3], y_score[:90, 1] = 0.9, 0.05
    y_score[:3, 3], y_score[:3, 1] = 0.6, 0.4  # frequent ones that look like rare ones
    y_score[90:, 3], y_score[90:, 1] = 0.55, 0.45
    y_score[90:95, 3], y_score[90:95, 1] = 0.1, 0.9  # these it recognizes
    tested = y_score.copy()
    tested[:30, 3], tested[:30, 1] = 0.6, 0.4  # more of them, so that any strength costs
    tested[90:, 3], tested[90:, 1] = 0.1, 0.9
    split = np.repeat(["validation", "test"], 100)
    path = np.array([f"{number}.png" for number in range(200)])
    return Predictions(path, split, np.tile(y_true, 2), np.concatenate([y_score, tested]))


def test_recall_of_the_rare_class_grows_and_its_precision_falls(predictions):
    found = adjusted(predictions, ("disgusted",)).validation

    assert found["strength"].tolist() == list(STRENGTHS)
    assert found["recall_disgusted"].tolist() == pytest.approx([0.5, 1, 1, 1, 1])
    assert found["precision_disgusted"].iloc[0] == 1
    assert found["precision_disgusted"].iloc[-1] < 0.8
    assert found["accuracy"].iloc[0] == pytest.approx(0.95)


def test_validation_images_choose_and_test_images_are_looked_at_with_it_alone(predictions):
    found = adjusted(predictions, ())

    best = found.validation.loc[found.validation["macro_f1"].idxmax()]
    assert found.chosen == best["strength"] > 0
    assert found.macro_f1[0] == 1
    assert found.macro_f1[1] < 0.8
