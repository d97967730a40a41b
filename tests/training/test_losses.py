"""Losses agree with scikit-learn and with their formulas."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from fer_core.config import Loss, TrainConfig
from fer_core.training.losses import accuracy, build_loss

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports

ONES = np.ones(7, np.float32)


@pytest.fixture
def scores() -> np.ndarray:
    return np.random.default_rng(0).dirichlet(np.ones(7), 20).astype(np.float32)


@pytest.fixture
def labels() -> np.ndarray:
    return np.arange(20) % 7


def _value(config, scores, targets, weights=ONES, teachers=None) -> np.ndarray:
    blocks = [scores, targets] + ([] if teachers is None else [teachers])
    return np.asarray(build_loss(config, weights)(None, np.concatenate(blocks, axis=1)))


def test_cross_entropy_is_scikit_learns(scores, labels):
    value = _value(TrainConfig(), scores, np.eye(7, dtype=np.float32)[labels])

    assert value.mean() == pytest.approx(log_loss(labels, scores, labels=range(7)), rel=1e-5)


def test_focal_loss_weighs_by_the_missing_probability(scores, labels):
    targets = np.eye(7, dtype=np.float32)[labels]
    picked = scores[np.arange(20), labels]

    value = _value(TrainConfig(loss=Loss.FOCAL, focal_gamma=2), scores, targets)

    np.testing.assert_allclose(value, -((1 - picked) ** 2) * np.log(picked), rtol=1e-4)


def test_class_weights_multiply_each_images_loss(scores, labels):
    targets = np.eye(7, dtype=np.float32)[labels]
    weights = np.arange(1, 8, dtype=np.float32)

    ratio = _value(TrainConfig(), scores, targets, weights) / _value(TrainConfig(), scores, targets)

    np.testing.assert_allclose(ratio, weights[labels], rtol=1e-5)


def test_class_weights_leave_the_best_answer_to_smoothed_targets_alone():
    target = np.full((1, 7), 0.1 / 7, dtype=np.float32)
    target[0, 0] += 0.9
    rare = np.array([1, 9, 1, 1, 1, 1, 1], dtype=np.float32)
    drawn_to_the_rare = np.roll(target, 1, axis=1)
    steps = np.linspace(0, 0.2, 21)[:, None].astype(np.float32)
    answers = (1 - steps) * target + steps * drawn_to_the_rare
    values = _value(TrainConfig(), answers, np.repeat(target, 21, axis=0), rare)
    assert values.argmin() == 0


def test_soft_targets_have_their_minimum_at_themselves(scores):
    own = _value(TrainConfig(), scores, scores)
    other = _value(TrainConfig(), np.roll(scores, 1, axis=0), scores)

    assert (own <= other + 1e-6).all()


def test_distillation_is_lowest_for_the_teachers_own_answer(scores, labels):
    config = TrainConfig(teachers=("a",), distillation_share=1, distillation_temperature=4)
    targets = np.eye(7, dtype=np.float32)[labels]

    own = _value(config, scores, targets, teachers=scores)
    other = _value(config, np.roll(scores, 1, axis=0), targets, teachers=scores)

    assert (own < other).all()


def test_distillation_share_mixes_both_losses(scores, labels):
    targets = np.eye(7, dtype=np.float32)[labels]
    teachers = np.roll(scores, 1, axis=0)

    def value(share: float) -> np.ndarray:
        config = TrainConfig(teachers=("a",), distillation_share=share)
        return _value(config, scores, targets, teachers=teachers)

    np.testing.assert_allclose(value(0.25), 0.75 * value(0) + 0.25 * value(1), rtol=1e-5)


def test_accuracy_is_against_the_labels_not_the_mixed_targets(scores):
    best = scores.argmax(axis=1)
    outputs = np.concatenate([scores, np.roll(scores, 1, axis=0)], axis=1)

    assert np.asarray(accuracy(best, outputs)).tolist() == [1.0] * 20
    assert np.asarray(accuracy((best + 1) % 7, outputs)).tolist() == [0.0] * 20
