"""The images behind a cell of the confusion matrix."""

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Faces
from fer_core.errors import RunError
from fer_core.evaluation.error_analysis import CELLS, Cell, find_images, images_in, score_table
from fer_core.evaluation.metrics import confusion_matrix
from tests.builders import make_predictions


@pytest.fixture
def predictions():
    return make_predictions(280, accuracy=0.4, seed=5).subset("test")


def test_the_cells_hold_what_the_matrix_counts(predictions):
    matrix = confusion_matrix(predictions.y_true, predictions.y_pred)

    counted = [len(images_in(predictions, cell)) for cell in CELLS]

    assert counted == matrix.ravel().tolist()


def test_images_come_most_confident_first(predictions):
    found = images_in(predictions, Cell("happy", "happy"))

    assert len(found) > 5
    assert (np.diff(found.y_score[:, CLASS_NAMES.index("happy")]) <= 0).all()


def test_a_cell_is_read_as_it_is_written():
    assert all(Cell.parse(str(cell)) == cell for cell in CELLS)
    assert Cell.parse("happy-sad").title == "happy faces taken for sad"
    assert Cell.parse("sad-sad").title == "sad faces recognized"


@pytest.mark.parametrize("text", ["", "happy", "happy-glad", "Happy-sad", "happy-sad-angry"])
def test_other_texts_are_refused_with_the_classes(text):
    with pytest.raises(RunError, match="classes: angry, disgusted"):
        Cell.parse(text)


def test_the_table_has_path_answer_and_every_probability(predictions):
    table = score_table(predictions)

    assert table["path"].tolist() == predictions.path.tolist()
    assert (table["predicted"] == table[list(CLASS_NAMES)].idxmax(axis=1)).all()
    assert (table["true"] == [path.split("/")[1] for path in table["path"]]).all()
    np.testing.assert_array_equal(table["confidence"], predictions.y_score.max(axis=1))


def test_images_are_found_by_path():
    images = np.arange(3 * 48 * 48, dtype=np.uint32).astype(np.uint8).reshape(3, 48, 48, 1)
    images[:, 0, 0, 0] = [10, 20, 30]
    names = np.array([f"test/sad/im{number}.png" for number in range(3)])
    faces = Faces(images, np.full(3, 5, np.int8), names)

    found = find_images(faces, ["test/sad/im2.png", "test/sad/im0.png"])

    assert found[:, 0, 0, 0].tolist() == [30, 10]
    with pytest.raises(RunError, match="no image test/sad/im9"):
        find_images(faces, ["test/sad/im9.png"])
