"""An export is kept only if it answers as the trained network does."""

import errno

import numpy as np
import onnx
import pytest

from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import ExportError, TrainingError
from fer_core.export import finish
from fer_core.export.onnx_file import check_export
from fer_core.inference.classifier import Classifier
from fer_core.runs.store import State, Status
from fer_core.temporal import finish as temporal_finish
from fer_core.training.parts import split_parts
from fer_core.training.recording import recorded
from tests.builders import make_dataset, make_run

FACES = np.random.default_rng(0).integers(0, 256, (32, 48, 48, 1), dtype=np.uint8)


class Trained:
    """Stands in for a Keras model: answers with given scores."""

    def __init__(self, scores):
        self.scores = scores

    def predict(self, faces, batch_size, verbose):
        return self.scores


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


def test_an_equal_export_passes(run):
    trained = Trained(Classifier(run).predict(FACES))

    assert check_export(trained, Classifier(run).predict, FACES) < 1e-6


@pytest.mark.parametrize("wrong", [2e-4, np.nan])
def test_an_export_that_differs_fails(wrong, run):
    scores = Classifier(run).predict(FACES).copy()
    scores[17, 3] += wrong

    with pytest.raises(ExportError, match="differs from the trained one"):
        check_export(Trained(scores), Classifier(run).predict, FACES)


def test_an_export_that_depends_on_the_batch_fails(run):
    """As batch normalisation in training mode does."""
    model = onnx.load(str(run.onnx_path))
    flat = next(node for node in model.graph.node if node.op_type == "MatMul")
    flat.input[0] = "centred"
    mean = onnx.helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[0], keepdims=1)
    centre = onnx.helper.make_node("Sub", ["flat", "mean"], ["centred"])
    nodes = list(model.graph.node)
    position = nodes.index(flat)
    del model.graph.node[:]
    model.graph.node.extend([*nodes[:position], mean, centre, *nodes[position:]])
    onnx.save(model, str(run.onnx_path))
    predict = Classifier(run).predict

    with pytest.raises(ExportError):
        check_export(Trained(predict(FACES)), predict, FACES)


def test_predictions_cover_validation_and_test_in_order(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    dataset = fer2013.load(make_dataset(tmp_path / "data"))

    parts, predict = split_parts(dataset, TrainConfig()), Classifier(run).predict
    predictions = parts.predictions(predict(parts.validation.images), predict(parts.test.images))

    assert predictions.subset("test").path.tolist() == dataset.test.paths.tolist()
    assert len(predictions.subset("validation")) == 7 * 3
    np.testing.assert_allclose(
        predictions.subset("test").y_score, Classifier(run).predict(dataset.test.images), atol=1e-6
    )


@pytest.mark.parametrize("module", [finish, temporal_finish])
@pytest.mark.parametrize(
    ("raised", "told", "state", "message"),
    [
        (KeyboardInterrupt, KeyboardInterrupt, State.STOPPED, "Stopped on request"),
        (ExportError("It differs."), ExportError, State.FAILED, "It differs."),
        (OSError(errno.ENOSPC, "full"), TrainingError, State.FAILED, "The disk is full"),
    ],
)
def test_an_export_that_does_not_end_says_so_in_the_folder(
    run, monkeypatch, module, raised, told, state, message
):
    def work(*_):
        raise raised

    monkeypatch.setattr(finish, "load_backend", lambda: None)
    monkeypatch.setattr(finish, "describe_backend", lambda: ("tensorflow", "cpu"))
    monkeypatch.setattr(module, "_finish", work)
    run.write_status(Status(state=State.RUNNING, epoch=3, epochs=3))

    with pytest.raises(told):
        module.finish(run, None) if module is finish else module.finish_temporal(run, None)

    assert (run.status().state, run.status().epoch) == (state, 3)
    assert message in run.status().message


def test_a_stop_that_comes_too_late_leaves_the_run_done(run):
    def ended():
        with recorded(run):
            run.write_status(Status(state=State.DONE, epoch=3, epochs=3))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ended()

    assert run.status().state is State.DONE
