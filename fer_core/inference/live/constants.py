"""What live video in the visitor's browser computes with, as live video on the server does."""

from typing import Any

from fer_core.classes import CLASS_NAMES, FACE_SIZE
from fer_core.inference import detector, explain, framing, search, temporal, tracking, yunet
from fer_core.inference.live import processor, state
from fer_core.inference.results import NOT_SURE


def constants() -> dict[str, Any]:
    """The constants, plain values for JSON, by the module that uses them on either side."""
    pixels, share = detector.CLOSE_UP
    place = framing.FRAMINGS["YuNet"]
    return {
        "classNames": list(CLASS_NAMES),
        "unsure": NOT_SURE,
        "faceSize": FACE_SIZE,
        "sessionColumns": list(state.SESSION_COLUMNS),
        "yunet": {
            "floor": yunet.FLOOR,
            "strides": list(yunet.STRIDES),
            "overlap": yunet.OVERLAP,
            "most": yunet.MOST,
        },
        "detector": {
            "longSide": processor.LONG_SIDE,
            "minSide": search.MIN_SIDE,
            "margin": search.MARGIN,
            "clear": search.CLEAR,
            "same": search.SAME,
            "like": search.LIKE,
            "eyesSize": detector.EYES_SIZE,
            "closeUpPixels": pixels,
            "closeUpShare": share,
        },
        "framing": {
            "centerX": place.center_x,
            "centerY": place.center_y,
            "size": place.size,
            "maxLevelling": framing.MAX_LEVELLING,
            "oversampling": framing.OVERSAMPLING,
        },
        "tracking": {
            "minOverlap": tracking.MIN_OVERLAP,
            "maxStep": tracking.MAX_STEP,
            "maxGrowth": tracking.MAX_GROWTH,
            "maxGap": tracking.MAX_GAP,
        },
        "recurrent": {"firstSeconds": temporal.FIRST_SECONDS},
        "reader": {
            "maxFaces": processor.MAX_FACES,
            "eyesEvery": processor.EYES_EVERY,
            "clearlyLarger": processor.CLEARLY_LARGER,
        },
        "explain": {
            "floor": explain.FLOOR,
            "opacity": explain.OPACITY,
            "zoom": explain.ZOOM,
            "darkest": explain.DARKEST,
            "colors": explain.color_map().tobytes().hex(),
        },
    }
