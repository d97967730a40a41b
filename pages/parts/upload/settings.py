"""The controls of how pictures and videos are read, all of them in the URL; the detector used."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.inference.detector import DEFAULT_CONFIDENCE
from fer_core.inference.search import MIN_FACE
from fer_core.inference.video.reader import DEFAULT_HALF_LIFE, DEFAULT_RATE, VideoSettings
from fer_core.runs.records import Place
from fer_core.runs.store import Run
from pages.parts.shared import cached, choices, over_time

if TYPE_CHECKING:
    from fer_core.inference.detector import FaceDetector
    from fer_core.inference.predictor import Predictor

_BEST, _HAAR = "YuNet", "Haar cascade"
_WHOLE = "Whole picture"
_CROPPINGS = {
    "Aligned": "Framed as the training images, turned until the eyes are level",
    "Upright": "Framed as the training images, not turned",
    "Box only": "The detector's box as it is, for comparison",
    _WHOLE: "No detection: the middle of the picture is the face, as the report did",
}


FALLBACK = "The better face detector, YuNet, is missing; this one finds fewer faces."
_HALF_LIFE = "video-smoothing"
_DEFAULTS = {
    "detector": _BEST,
    "framing": next(iter(_CROPPINGS)),
    "threshold": DEFAULT_CONFIDENCE,
    "min-face": None,
    "rate": DEFAULT_RATE,
    _HALF_LIFE: DEFAULT_HALF_LIFE,
}
"""Of every control but the model's, by its key."""


@dataclass(frozen=True)
class ReadingSettings:
    """What the visitor chose: `detector` is `_BEST` or `_HAAR`, `cropping` a key of `_CROPPINGS`,
    `threshold` that of the detector, 0.3-0.95, `min_face` pixels of the smallest face to look for,
    None for what a picture's size allows, `videos` how videos are sampled, and `smoothing` what is
    done with their answers over time.
    """

    run: Run
    detector: str
    cropping: str
    threshold: float
    min_face: float | None
    videos: VideoSettings
    smoothing: over_time.Chosen

    @property
    def is_whole(self) -> bool:
        """Whether each picture is one face, so that none is searched for."""
        return self.cropping == _WHOLE

    def predictor(self) -> "Predictor":
        """The model behind the chosen detector; loads both where that is not done yet.

        Raises:
            FerError: one of them cannot be loaded.
        """
        from fer_core.inference.framing import Cropping

        cropping = Cropping(self.cropping.lower().split()[0])
        predictor = replace(cached.predictor(self.run), cropping=cropping)
        return replace(predictor, detector=_haar()) if self.detector == _HAAR else predictor

    def for_videos(self, predictor: "Predictor") -> "Predictor":
        """The predictor, with the recurrent network where that was chosen."""
        run = self.smoothing.temporal
        return predictor if run is None else replace(predictor, temporal=cached.temporal(run))


def are_changed() -> bool:
    """Whether a control but the model's differs from its default; before a control is drawn the
    address says it, which holds no default.
    """
    return over_time.is_changed() or any(
        st.session_state[key] != default if key in st.session_state else key in st.query_params
        for key, default in _DEFAULTS.items()
    )


def reset() -> None:
    """Puts every control but the model's back; before they are drawn."""
    st.session_state.update(_DEFAULTS)
    over_time.reset()


def choose(runs: list[Run]) -> ReadingSettings:
    """Asks for the model, of at least one run, and for the rest."""
    run = choices.choose_model(runs)
    detector = choices.one_of(
        "Face detector",
        [_BEST, _HAAR],
        "detector",
        help="YuNet finds more faces, and its eye points align them.",
    )
    cropping = st.radio(
        "Framing",
        list(_CROPPINGS),
        captions=list(_CROPPINGS.values()),
        key="framing",
        bind="query-params",
    )
    threshold = st.slider(
        "Detection threshold",
        0.3,
        0.95,
        DEFAULT_CONFIDENCE,
        0.05,
        key="threshold",
        bind="query-params",
        help="Faces with a lower confidence are omitted; the cascade has no confidence.",
    )
    min_face = choices.whole_number(
        "Smallest face, pixels",
        int(MIN_FACE),
        2000,
        key="min-face",
        placeholder="By the picture's size",
        help="Smaller faces in large pictures take longer to find.",
    )
    videos, chosen = _choose_for_videos(run)
    videos = replace(videos, min_confidence=threshold, min_face=min_face)
    if are_changed():
        st.button("Back to the defaults", key="reset-reading", on_click=reset)
    return ReadingSettings(run, detector, cropping, threshold, min_face, videos, chosen)


def _choose_for_videos(run: Run) -> tuple[VideoSettings, over_time.Chosen]:
    """How videos are sampled and smoothed over time."""
    label, half_life = "Smoothing over time in videos", DEFAULT_HALF_LIFE
    chosen = over_time.choose(label, run, Place.VIDEO, key=_HALF_LIFE, half_life=half_life)
    left, right = st.columns(2, gap="medium")
    rate = left.slider(
        "Video samples per second",
        1.0,
        10.0,
        DEFAULT_RATE,
        1.0,
        format="%d",
        key="rate",
        bind="query-params",
        help="Frames of a video that are read; more take longer.",
    )
    with right:
        half_life = chosen.half_life()
    return VideoSettings(rate, half_life=half_life), chosen


@st.cache_resource(show_spinner=False)
def _haar() -> "FaceDetector":
    from fer_core.inference.detector import haar_detector

    return haar_detector()


def tell_fallback(settings: ReadingSettings, detector: "FaceDetector") -> None:
    """Says so where a weaker detector took the better one's place, and offers another attempt."""
    if not detector.note or settings.is_whole:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="fallback"):
        st.caption(FALLBACK, width="content", help=detector.note)
        again = "Try again"
        if st.button(again, key="retry-detector", type="tertiary", help="Fetch YuNet again"):
            from fer_core.inference.detector import load_detector

            with st.spinner("Fetching the face detector, at most 5 seconds"):
                load_detector(retry=True)
            st.rerun()


def tell_smallest_face(settings: ReadingSettings, least: float, where: str = "") -> None:
    """Says so where faces from `least` pixels on were looked for, and smaller ones asked for."""
    asked = settings.min_face
    if asked is not None and least > asked and not settings.is_whole:
        st.caption(
            f"Faces from {least:.0f} pixels on were looked for{where}, not from {asked:.0f}: that "
            "would keep other visitors waiting. `predict --min-face` has no such limit."
        )
