"""One step in ONNX Runtime answers as Keras does over whole clips."""

import numpy as np
import pytest

from fer_core.errors import ExportError
from fer_core.evaluation.calibration import rescale
from fer_core.inference.temporal import TemporalModel
from fer_core.models.registry import get_preset
from fer_core.models.temporal import Source
from fer_core.runs.records import TemporalFacts
from fer_core.temporal.batches import Rows
from fer_core.temporal.step import check_step, write_step
from fer_core.temporal.training import build
from tests.builders import make_run


def test_step_by_step_it_answers_as_keras_at_every_rate(tmp_path):
    rng = np.random.default_rng(0)
    seen = rng.normal(2, rng.uniform(0.1, 3, 20), (200, 20)).astype(np.float32)
    source = Source.of(seen, rng.dirichlet(np.ones(7), 200).astype(np.float32))
    network = build(get_preset("temporal").config, source)
    for variable in network.model.trainable_variables:  # biases begin at 0
        variable.assign(rng.normal(0, 0.4, variable.shape))
    features = seen[:36].reshape(4, 9, 20)
    seconds = rng.choice([0.001, 1 / 30, 0.2, 1.0, 60.0], (4, 9)).astype(np.float32)
    rows = Rows(
        features,
        np.zeros((4, 9, 7)),
        seconds[..., None],
        np.zeros((4, 9), np.int8),
        np.ones((4, 9)),
    )
    run = make_run(tmp_path)
    facts = TemporalFacts(features_of=("compact",))
    object.__setattr__(run, "config", run.config.model_copy(update={"temporal": facts}))

    write_step(network.model, source, 1.3, ("compact",), run.onnx_path)
    answers = TemporalModel(run).follow(features, seconds)

    expected = rescale(network.probabilities(rows), 1.3)
    assert np.ptp(expected, axis=0).max() > 0.1  # they differ by face and moment
    assert check_step(expected.reshape(answers.shape), answers) < 1e-5


def test_the_last_layer_of_the_other_network_is_found_from_its_answers():
    rng = np.random.default_rng(0)
    features = rng.normal(0, 1, (300, 20)).astype(np.float32)
    logits = features @ rng.normal(0, 0.4, (20, 7)) + rng.normal(0, 1, 7)
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    source = Source.of(features, scores.astype(np.float32))

    again = features @ source.kernel + source.bias
    assert np.ptp(logits - again, axis=1).max() < 1e-2


def test_an_export_that_differs_is_not_kept():
    scores = np.full((3, 7), 1 / 7)

    with pytest.raises(ExportError, match="differs from the trained one"):
        check_step(scores, scores + 2e-4)
