"""The map of faces: made from features, kept with its model, and what a selection holds."""

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.evaluation.face_map import Method, lay_out, placed, read, shares, write
from fer_core.runs.store import Predictions, Run
from tests.builders import (
    break_packing,
    make_dataset,
    make_map,
    make_onnx,
    make_pooled,
    make_predictions,
    make_run,
)


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    return fer2013.load(make_dataset(tmp_path / "data"))


@pytest.fixture
def run(tmp_path, dataset) -> Run:
    """Its test images are those of the small data set, its validation images some of training."""
    made = make_run(tmp_path / "runs", "mine")
    make_pooled(made)
    config = made.config.model_copy(update={"data_fingerprint": dataset.fingerprint})
    own = Run(made.folder, config)
    own.write_config()
    train = dataset.train.take(np.arange(0, len(dataset.train), 4))
    count = len(train) + len(dataset.test)
    own.write_predictions(
        Predictions(
            np.concatenate([train.paths, dataset.test.paths]),
            np.repeat(["validation", "test"], [len(train), len(dataset.test)]),
            np.concatenate([train.labels, dataset.test.labels]),
            make_predictions(count).y_score[:count],
        )
    )
    return own


@pytest.mark.parametrize("method", list(Method))
def test_faces_that_look_alike_lie_together(run, dataset, method):
    laid = lay_out(run, dataset, method=method)

    predictions = run.predictions()
    assert laid.path.tolist() == predictions.path.tolist()
    assert set(laid.split) == {"validation", "test"}
    # Classes of the small data set differ in brightness alone.
    brightest, darkest = (laid.place[predictions.y_true == label] for label in (6, 0))
    others = np.linalg.norm(brightest.mean(axis=0) - darkest.mean(axis=0))
    assert np.linalg.norm(brightest - brightest.mean(axis=0), axis=1).mean() < others


def test_the_same_seed_gives_the_same_map(run, dataset):
    one, other = (lay_out(run, dataset, method=Method.TSNE, seed=3) for _ in range(2))

    np.testing.assert_array_equal(one.place, other.place)


def test_a_map_is_read_as_it_was_written(run, dataset):
    assert read(run) is None
    laid = lay_out(run, dataset, method=Method.PCA, seed=2)
    write(run, laid)

    found = read(run)

    assert (found.method, found.seed) == (Method.PCA, 2)
    assert found.place.dtype == np.float32
    np.testing.assert_array_equal(found.place, laid.place)
    assert found.path.tolist() == laid.path.tolist()


def test_a_map_of_an_older_model_is_refused(run, dataset):
    write(run, lay_out(run, dataset, method=Method.PCA))
    make_onnx(run.onnx_path, seed=5)

    with pytest.raises(RunError, match="older model"):
        read(run)


def test_a_damaged_map_is_told(run):
    make_map(run)
    break_packing(run.folder / "map.npz")
    with pytest.raises(RunError, match="damaged"):
        read(run)

    (run.folder / "map.npz").write_bytes(b"PK\x03\x04")

    with pytest.raises(RunError, match="damaged"):
        read(run)


def test_a_network_without_features_has_no_map(run, dataset):
    make_onnx(run.onnx_path)

    with pytest.raises(RunError, match="gives no features"):
        lay_out(run, dataset)


def test_images_of_another_data_set_are_refused(run, dataset):
    other = Run(run.folder, run.config.model_copy(update={"data_fingerprint": "0" * 64}))

    with pytest.raises(RunError, match="other images"):
        lay_out(other, dataset)


def test_faces_without_an_answer_are_not_placed(run, dataset):
    laid, test = lay_out(run, dataset, method=Method.PCA), run.predictions().subset("test")

    shown = placed(laid, test.rows(np.array([5, 2])))

    assert shown.predictions.path.tolist() == test.path[[5, 2]].tolist()
    rows = [laid.path.tolist().index(path) for path in shown.predictions.path]
    np.testing.assert_array_equal(shown.place, laid.place[rows])


def test_a_selection_is_counted_by_class():
    y_true = np.array([3, 3, 3, 0], np.int8)
    y_score = np.eye(7, dtype=np.float32)[[3, 3, 0, 0]]
    paths = np.array(list("abcd"))

    table = shares(Predictions(paths, np.repeat(["test"], 4), y_true, y_score))

    assert table["class"].tolist() == [CLASS_NAMES[3], CLASS_NAMES[0]]
    assert table["images"].tolist() == [3, 1]
    assert table["share"].tolist() == [0.75, 0.25]
    assert table["accuracy"].tolist() == pytest.approx([2 / 3, 1])
