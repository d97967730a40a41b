"""An ensemble answers with the mean of its members, a run with its own network."""

import numpy as np
import pytest

from fer_core.errors import RunError
from fer_core.evaluation.predict import open_run
from fer_core.export.ensemble import make_ensemble
from fer_core.inference.classifier import Classifier
from fer_core.runs.store import get_run
from tests.builders import make_run

FACES = np.random.default_rng(0).integers(0, 256, (9, 48, 48, 1), dtype=np.uint8)


def test_a_run_answers_with_its_own_network(tmp_path):
    run = make_run(tmp_path)

    assert np.array_equal(open_run(run)(FACES), Classifier(run).predict(FACES))


def test_an_ensemble_answers_with_its_members_mean_at_its_temperature(tmp_path):
    members = [make_run(tmp_path, name, seed=seed) for name, seed in (("one", 1), ("two", 2))]
    ensemble = make_ensemble(["one", "two"], "both", tmp_path)

    scores = open_run(ensemble)(FACES)

    mean = sum(Classifier(member).predict(FACES) for member in members) / 2
    powers = mean ** (1 / ensemble.config.temperature)
    assert ensemble.config.temperature != 1
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, powers / powers.sum(axis=1, keepdims=True), atol=1e-6)


def test_a_member_without_a_network_is_named(tmp_path):
    for name, seed in (("one", 1), ("two", 2)):
        make_run(tmp_path, name, seed=seed)
    ensemble = make_ensemble(["one", "two"], "both", tmp_path)
    get_run("two", tmp_path).onnx_path.unlink()

    with pytest.raises(RunError, match="two"):
        open_run(ensemble)
