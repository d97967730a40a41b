"""Pictures to try: clicked, kept in the address, and what they say they are."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data
from streamlit.testing.v1 import AppTest

from fer_core.classes import CLASS_NAMES
from fer_core.data.synthetic.dataset import draw_face
from pages.parts.shared import examples

SCRIPT = """
import streamlit as st
from pages.parts.shared import examples, frame
frame.page_header("Try", "")
chosen = examples.thumbnails(key="try")
st.write(chosen.name if chosen else "nothing")
frame.footer()
"""


def test_a_click_chooses_an_example_and_the_address_keeps_it() -> None:
    app = AppTest.from_string(SCRIPT).run()
    assert app.markdown[0].value == "nothing"

    app.button(key="try-drawn-happy").click().run()

    assert app.markdown[0].value == "Drawn face, happy"
    assert app.query_params["try"] == "drawn-happy"


def test_an_unknown_example_in_a_link_is_told() -> None:
    app = AppTest.from_string(SCRIPT)
    app.query_params["try"] = "gone"
    app.run()

    assert "no example `gone`" in app.warning[0].value
    assert app.markdown[0].value == "nothing"


def pixels(slug: str) -> np.ndarray:
    picture = Image.open(io.BytesIO(examples.BY_SLUG[slug].data()))
    return np.asarray(picture, dtype=float)


def test_the_photograph_is_the_one_in_the_public_domain() -> None:
    assert np.abs(pixels("astronaut") - data.astronaut()).mean() < 4


@pytest.mark.parametrize("label", range(len(CLASS_NAMES)))
def test_the_other_faces_are_drawn_by_us(label: int) -> None:
    drawn = draw_face(label, np.random.default_rng([5, label]), 288)
    assert np.abs(pixels(f"drawn-{CLASS_NAMES[label]}") - drawn).mean() < 3
