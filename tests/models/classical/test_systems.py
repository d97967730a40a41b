"""The learners on top of features of faces."""

import numpy as np
import pytest

from fer_core.classes import NUM_CLASSES
from fer_core.models.classical.systems import CLASSIC, LinearSvm, RandomForest
from tests.builders import draw_noise

EVEN = dict.fromkeys(range(NUM_CLASSES), 1.0)


def vectors(n: int = 70, size: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features that differ from class to class, with noise, and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % NUM_CLASSES
    centres = np.random.default_rng(99).normal(0, 1, (NUM_CLASSES, size))
    features = centres[labels] + rng.normal(0, 0.7, (n, size))
    return features.astype(np.float32), labels.astype(np.int8)


def fit(learner, value, seed=0, weights=EVEN, shown=None, progress=None):
    estimator = learner.unfitted(value, class_weight=weights, random_state=seed)
    learner.fit(estimator, *(shown or vectors()), progress)
    return estimator


@pytest.mark.parametrize(("learner", "value"), [(LinearSvm(), 0.1), (RandomForest(trees=25), 1)])
def test_a_learner_recognizes_what_it_was_shown(learner, value):
    estimator = fit(learner, value)
    features, labels = vectors(seed=1)

    scores = learner.probabilities(estimator, features)

    assert scores.shape == (70, NUM_CLASSES)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    assert (scores >= 0).all()
    assert (scores.argmax(axis=1) == labels).mean() > 0.6
    np.testing.assert_array_equal(scores.argmax(axis=1), estimator.predict(features))


def test_equal_seeds_give_equal_forests():
    learner, (features, _) = RandomForest(trees=25), vectors(seed=1)
    first, again, other = (
        learner.probabilities(fit(learner, 1, seed), features) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_forest_grown_in_steps_is_the_forest_grown_at_once():
    features, _ = vectors(seed=1)
    steps, at_once = (
        RandomForest(trees=25, trees_a_step=10),
        RandomForest(trees=25, trees_a_step=25),
    )
    seen = []

    grown = fit(steps, 1, 3, progress=lambda *step: seen.append(step))

    assert seen == [(10, 25), (20, 25), (25, 25)]
    np.testing.assert_array_equal(
        steps.probabilities(grown, features),
        at_once.probabilities(fit(at_once, 1, 3), features),
    )


def test_heavier_classes_are_answered_more_often():
    for learner, value in ((LinearSvm(), 0.01), (RandomForest(trees=25), 8)):
        shares = []
        for weight in (1.0, 50.0):
            weights = EVEN | {2: weight}
            estimator = fit(learner, value, weights=weights)
            answers = learner.probabilities(estimator, vectors(seed=1)[0]).argmax(axis=1)
            shares.append((answers == 2).mean())
        assert shares[1] > shares[0]


def test_numbers_of_a_machine_are_its_weights_and_biases():
    learner = LinearSvm()
    assert learner.count_numbers(fit(learner, 0.1)) == NUM_CLASSES * (12 + 1)


def test_numbers_of_a_forest_are_its_nodes():
    learner = RandomForest(trees=3)
    labels = np.repeat(np.arange(NUM_CLASSES), 3).astype(np.int8)
    nothing_to_ask = np.zeros((21, 4), np.float32)

    estimator = fit(learner, 1, shown=(nothing_to_ask, labels))
    assert learner.count_numbers(estimator) == 3 * NUM_CLASSES

    estimator = fit(learner, 1)
    leaves = sum(tree.get_n_leaves() for tree in estimator.estimators_)
    assert learner.count_numbers(estimator) == 7 * leaves + 4 * (leaves - 3)


@pytest.mark.parametrize("name", CLASSIC)
def test_a_system_is_one_pipeline_from_faces_to_classes(name):
    system = CLASSIC[name]
    faces = np.stack([draw_noise(seed) for seed in range(14)])[..., None]
    labels = np.arange(14) % NUM_CLASSES

    pipeline = system.pipeline(system.learner.grid[0], random_state=0).fit(faces, labels)

    by_hand = pipeline[-1].predict(system.features.extract(faces))
    np.testing.assert_array_equal(pipeline.predict(faces), by_hand)


def test_systems_are_named_as_they_are_found():
    assert set(CLASSIC) == {"hog-svm", "lbp-forest", "gabor-svm"}
    for name, system in CLASSIC.items():
        assert system.name == name
        assert len(set(system.learner.grid)) == len(system.learner.grid) > 0
        assert system.why.endswith(".")
