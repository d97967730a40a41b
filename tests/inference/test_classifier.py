from dataclasses import replace

import numpy as np
import onnx
import pytest

from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.errors import RunError
from fer_core.inference.classifier import BATCH_SIZE, Classifier, served_run
from tests.builders import make_run


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path)


def random_faces(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, 48, 48, 1), dtype=np.uint8)


def edit(run, change) -> None:
    model = onnx.load(str(run.onnx_path))
    change(model)
    onnx.save(model, str(run.onnx_path))


def test_probabilities_of_each_face(run):
    scores = Classifier(run).predict(random_faces(3))
    assert scores.shape == (3, 7)
    assert scores.dtype == np.float32
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("n", [0, 1, BATCH_SIZE, 2 * BATCH_SIZE + 3])
def test_any_number_of_faces_scores_as_one_by_one(run, n):
    classifier = Classifier(run)
    faces = random_faces(n)
    one_by_one = [classifier.predict(face[None])[0] for face in faces]
    assert np.allclose(classifier.predict(faces), np.reshape(one_by_one, (n, 7)), atol=1e-6)


def test_faces_need_not_be_contiguous(run):
    classifier = Classifier(run)
    faces = random_faces(8)
    assert np.array_equal(classifier.predict(faces[::2]), classifier.predict(faces[::2].copy()))


@pytest.mark.parametrize(
    "faces",
    [
        np.zeros((1, 48, 48), np.uint8),
        np.zeros((48, 48, 1), np.uint8),
        np.zeros((1, 100, 100, 1), np.uint8),
        np.zeros((1, 48, 48, 3), np.uint8),
        np.zeros((1, 48, 48, 1), np.float32),
    ],
)
def test_wrong_shape_or_type_is_refused(run, faces):
    with pytest.raises(ValueError, match=r"uint8 \(n, 48, 48, 1\)"):
        Classifier(run).predict(faces)


def test_missing_model(run):
    run.onnx_path.unlink()
    with pytest.raises(RunError, match=r"no model\.onnx"):
        Classifier(run)


@pytest.mark.parametrize("content", [b"", b"no network", bytes(1000)])
def test_damaged_model(run, content):
    run.onnx_path.write_bytes(content)
    with pytest.raises(RunError, match="damaged") as caught:
        Classifier(run)
    assert str(run.folder) not in str(caught.value)


def test_other_classes_in_the_model(run):
    def swap(model) -> None:
        model.metadata_props[0].value = ",".join(reversed(CLASS_NAMES))

    edit(run, swap)
    with pytest.raises(RunError, match="other classes"):
        Classifier(run)


def test_other_classes_in_the_configuration(run):
    names = ("happy", *CLASS_NAMES[1:])
    config = run.config.model_copy(update={"class_names": names})
    with pytest.raises(RunError, match="other classes"):
        Classifier(replace(run, config=config))


def test_model_without_class_names_is_taken_by_its_configuration(run):
    edit(run, lambda model: model.ClearField("metadata_props"))
    assert Classifier(run).run_id == "fake"


def test_model_with_another_interface(run):
    def rename(model) -> None:
        model.graph.input[0].name = "pictures"
        model.graph.node[0].input[0] = "pictures"

    edit(run, rename)
    with pytest.raises(RunError, match="must take uint8 'faces'"):
        Classifier(run)


def test_unless_a_run_is_named_the_app_s_own_is_served(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    with pytest.raises(RunError, match="no trained model"):
        served_run()

    make_run(tmp_path, "checked")
    assert served_run().run_id == "checked"

    make_run(tmp_path, "other", accuracy=0.2)
    assert served_run().run_id == "checked"
    assert served_run("other").run_id == "other"
