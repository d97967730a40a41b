"""The controls of how faces are found and read: model, detector, framing, threshold."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.runs.store import Run
from pages.parts.shared import cached, choices

if TYPE_CHECKING:
    from fer_core.inference.detector import FaceDetector
    from fer_core.inference.predictor import Predictor

DEFAULT_THRESHOLD = 0.6
BEST, HAAR = "YuNet", "Haar cascade"
LEVELLED, UPRIGHT, BOX, WHOLE = "Levelled", "Upright", "Box only", "Whole picture"
CROPPINGS = {
    LEVELLED: "Framed as the training images, turned until the eyes are level",
    UPRIGHT: "Framed as the training images, not turned",
    BOX: "The detector's box as it is, for comparison",
    WHOLE: "No detection: the picture's middle is the face, as the report did",
}


@dataclass(frozen=True)
class ReadingSettings:
    """What the visitor chose.

    Attributes:
        run: whose model is used.
        detector: `BEST` or `HAAR`.
        cropping: a key of `CROPPINGS`.
        threshold: of the face detector, 0.3-0.95.
    """

    run: Run
    detector: str
    cropping: str
    threshold: float

    def predictor(self) -> "Predictor":
        """The model behind the chosen detector; loads both where that is not done yet.

        Raises:
            FerError: one of them cannot be loaded.
        """
        from fer_core.inference.framing import Cropping

        how = {
            LEVELLED: Cropping.LEVELLED,
            UPRIGHT: Cropping.UPRIGHT,
            BOX: Cropping.BOX,
            WHOLE: Cropping.WHOLE,
        }
        predictor = replace(
            cached.predictor(self.run),
            cropping=how[self.cropping],
            unsure_below=self.run.config.abstain_below or 0.0,
        )
        return replace(predictor, detector=_haar()) if self.detector == HAAR else predictor


def choose(runs: list[Run]) -> ReadingSettings:
    """Model and, in a box that opens, the rest; all of it in the URL.

    Args:
        runs: at least one, each with a model.
    """
    left, right = st.columns([5, 3], gap="medium", vertical_alignment="bottom")
    with left:
        run = choices.choose_model(runs, cached.default_run())
    with right, st.popover("Detection and framing", width="stretch"):
        detector = st.segmented_control(
            "Face detector",
            [BEST, HAAR],
            default=BEST,
            required=True,
            key="detector",
            bind="query-params",
            help="YuNet finds more faces, and its eye points level them.",
        )
        cropping = st.radio(
            "Framing",
            list(CROPPINGS),
            captions=list(CROPPINGS.values()),
            key="framing",
            bind="query-params",
        )
        threshold = st.slider(
            "Detection threshold",
            min_value=0.3,
            max_value=0.95,
            value=DEFAULT_THRESHOLD,
            step=0.05,
            key="threshold",
            bind="query-params",
            help="Faces that YuNet is less sure of are left out; the cascade gives no such figure.",
        )
    return ReadingSettings(run, detector or BEST, cropping or LEVELLED, threshold)


@st.cache_resource(show_spinner=False)
def _haar() -> "FaceDetector":
    from fer_core.inference.detector import haar_detector

    return haar_detector()
