"""In which order the images of a list are shown."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from fer_core.runs.records import Predictions


class Order(StrEnum):
    """CONFIDENT, UNSURE: by the confidence of the answer. DISPUTED: by how much annotators
    disagree, or runs. DARK, BRIGHT: by the mean gray of the image.
    """

    CONFIDENT = "most confident first"
    UNSURE = "least confident first"
    DISPUTED = "most disputed first"
    DARK = "darkest first"
    BRIGHT = "brightest first"


def rows_in(
    order: Order,
    predictions: Predictions,
    *,
    disagreement: NDArray[np.floating] | None = None,
    brightness: NDArray[np.floating] | None = None,
) -> NDArray[np.intp]:
    """The rows of `predictions` in that order; equal ones stay as they are, unknown ones come last.

    Args:
        order: by what.
        predictions: n images.
        disagreement: float (n,), for `DISPUTED`; NaN where it is not known.
        brightness: float (n,), for `DARK` and `BRIGHT`; NaN where it is not known.
    """
    confidence = predictions.y_score.max(axis=1)
    values, falling = {
        Order.CONFIDENT: (confidence, True),
        Order.UNSURE: (confidence, False),
        Order.DISPUTED: (disagreement, True),
        Order.DARK: (brightness, False),
        Order.BRIGHT: (brightness, True),
    }[order]
    if values is None:
        return np.arange(len(predictions))
    return np.argsort(-values if falling else values, kind="stable")
