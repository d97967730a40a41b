"""Two runs are compared image by image."""

import numpy as np
import pytest
from scipy.stats import binom

from fer_core.errors import RunError
from fer_core.evaluation.comparison import Comparison, align, compare, won
from fer_core.runs.store import Predictions
from tests.builders import make_predictions


@pytest.fixture
def one() -> Predictions:
    return make_predictions(280, accuracy=0.7, seed=1).subset("test")


@pytest.fixture
def other() -> Predictions:
    return make_predictions(280, accuracy=0.5, seed=2).subset("test")


def test_the_difference_is_that_of_the_accuracies_and_lies_in_its_interval(one, other):
    result = compare(one, other)

    right_one = (one.y_pred == one.y_true).mean()
    right_other = (other.y_pred == other.y_true).mean()
    assert result.difference == pytest.approx(right_one - right_other)
    low, high = result.interval
    assert low < result.difference < high
    assert result.only_a - result.only_b == pytest.approx(result.difference * result.n)


@pytest.mark.parametrize(("one", "other"), [(5024, 5032), (5031, 5023), (4, 4), (0, 7178)])
def test_written_figures_add_up(one, other):
    a, b = one / 7178, other / 7178
    result = Comparison(7178, a, b, a - b, (0, 0), 0, 0, 1.0, np.zeros((7, 7), np.int64))

    first, second, points = result.in_percent

    assert first == pytest.approx(100 * a, abs=0.005)
    written = float(f"{first:.2f}") - float(f"{second:.2f}")
    assert f"{points:+.2f}" == f"{written:+.2f}"
    assert points == pytest.approx(100 * result.difference, abs=0.0101)


def test_the_test_is_mcnemars_exact_one(one, other):
    result = compare(one, other)

    fewer, either = min(result.only_a, result.only_b), result.only_a + result.only_b
    assert result.p_value == pytest.approx(2 * binom.cdf(fewer, either, 0.5))
    assert result.p_value < 0.05


def test_a_run_against_itself_differs_in_nothing(one):
    result = compare(one, one)

    assert result.difference == 0
    assert result.interval == (0, 0)
    assert result.p_value == 1
    assert not result.confusion_difference.any()


def test_images_are_matched_by_path_in_any_order(one, other):
    shuffled = other.rows(np.random.default_rng(0).permutation(len(other)))

    assert compare(one, shuffled).only_a == compare(one, other).only_a


def test_only_common_images_count(one, other):
    a, b = align(one, other.rows(np.arange(100)))

    assert len(a) == len(b) == 100
    assert (a.path == b.path).all()


def test_runs_without_a_common_image_are_refused(one):
    renamed = Predictions(np.char.add(one.path, "x"), one.split, one.y_true, one.y_score)

    with pytest.raises(RunError, match="no image in common"):
        compare(one, renamed)


def test_other_labels_are_refused(one):
    relabelled = Predictions(
        one.path, one.split, ((one.y_true + 1) % 7).astype(np.int8), one.y_score
    )

    with pytest.raises(RunError, match="different labels"):
        compare(one, relabelled)


def test_identical_images_widen_the_interval_of_the_difference(one, other):
    low, high = compare(one, other).interval

    pairs = np.repeat(np.arange(len(one)), 2)
    names = np.char.add(one.path[pairs], np.tile(["a", "b"], len(one)))
    doubled = [
        Predictions(names, p.split[pairs], p.y_true[pairs], p.y_score[pairs]) for p in (one, other)
    ]
    apart = compare(doubled[0], doubled[1]).interval
    together = compare(doubled[0], doubled[1], pairs).interval

    assert together[1] - together[0] == pytest.approx(high - low, rel=0.15)
    assert apart[1] - apart[0] < 0.85 * (high - low)


def test_the_won_images_come_most_confident_first_with_the_others_answer(one, other):
    rights, wrongs = won(one, other)

    assert len(rights) == compare(one, other).only_a
    assert (rights.path == wrongs.path).all()
    assert (rights.y_pred == rights.y_true).all()
    assert (wrongs.y_pred != wrongs.y_true).all()
    assert (np.diff(rights.y_score.max(axis=1)) <= 0).all()
