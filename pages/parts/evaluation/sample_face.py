"""The face on which corruptions are shown."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.data.synthetic.dataset import draw_face
from fer_core.errors import DataError
from fer_core.inference import framing
from fer_core.inference.detector import load_detector
from fer_core.inference.pictures.decode import decode_image
from pages.parts.shared import cached, choices, examples, face_pages
from pages.parts.shared.messages import as_written

_ASTRONAUT = "Astronaut"
_TEST, _DRAWN = "Test image, ", "Drawn face, "


def choose() -> str:
    """Asks which face to show: one of the test images where they are here, else the astronaut or a
    drawn one.
    """
    tests = [_TEST + name for name in CLASS_NAMES] if cached.has_data() else []
    options = [*tests[3:], *tests[:3], _ASTRONAUT, *(_DRAWN + name for name in CLASS_NAMES)]
    choices.tell_unknown("face", "example-face", options)
    return str(
        st.selectbox("Example face", options, key="example-face", bind="query-params", width=220)
    )


def face_of(chosen: str) -> NDArray[np.uint8]:
    """That face, uint8 (48, 48); the astronaut's, and why, where the test images cannot be read."""
    if chosen.startswith(_TEST):
        try:
            return _test_face(chosen.removeprefix(_TEST))
        except DataError as exc:
            st.caption(f"The astronaut stands in for a test image. {as_written(str(exc))}")
    if chosen.startswith(_DRAWN):
        label = CLASS_INDEX[chosen.removeprefix(_DRAWN)]
        return draw_face(label, np.random.default_rng([5, label]))
    return _astronaut()


def _test_face(name: str) -> NDArray[np.uint8]:
    """The first test image of that class."""
    test = face_pages.read_dataset().test
    face: NDArray[np.uint8] = test.images[int(np.argmax(test.labels == CLASS_INDEX[name])), ..., 0]
    return face


@st.cache_data(show_spinner=False)
def _astronaut() -> NDArray[np.uint8]:
    """Her face, framed as the networks get it."""
    picture = decode_image(examples.BY_SLUG["astronaut"].data(), "astronaut.jpg")
    found = load_detector().detect(picture)
    return framing.crop_face(picture, found[0]) if found else framing.whole_picture(picture)
