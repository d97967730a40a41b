"""The order in which images are shown."""

import numpy as np
import pytest

from fer_core.evaluation.ordering import Order, rows_in
from tests.builders import make_predictions


@pytest.fixture
def predictions():
    return make_predictions(30).subset("test")


def test_goes_by_the_confidence_of_the_answer(predictions):
    confidence = predictions.y_score.max(axis=1)

    falling = confidence[rows_in(Order.CONFIDENT, predictions)]
    rising = confidence[rows_in(Order.UNSURE, predictions)]

    assert (np.diff(falling) <= 0).all()
    assert (np.diff(rising) >= 0).all()


@pytest.mark.parametrize(
    ("order", "values", "rows"),
    [
        (Order.DISPUTED, {"disagreement": [0.1, np.nan, 0.5, 0.1]}, [2, 0, 3, 1]),
        (Order.DARK, {"brightness": [90, 10, np.nan, 200]}, [1, 0, 3, 2]),
        (Order.BRIGHT, {"brightness": [90, 10, np.nan, 200]}, [3, 0, 1, 2]),
        (Order.DARK, {}, [0, 1, 2, 3]),
    ],
)
def test_equal_images_keep_their_place_and_unknown_ones_come_last(predictions, order, values, rows):
    four = predictions.rows(np.arange(4))
    values = {name: np.array(value) for name, value in values.items()}

    assert rows_in(order, four, **values).tolist() == rows
