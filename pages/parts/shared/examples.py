"""Pictures to try at a click: the only faces that the app may pass on.

A photograph that NASA gave to the public, as scikit-image carries it, and drawn portraits,
`draw_face(label, np.random.default_rng([5, label]), 288)` of `fer_core.data.synthetic`.
"""

import base64
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st

from fer_core.classes import CLASS_NAMES
from pages.parts.shared import address

_FOLDER = Path(__file__).with_name("example_pictures")
_THUMBNAIL_PIXELS = 112


@dataclass(frozen=True)
class Example:
    """A picture of one face.

    Attributes:
        slug: its name in addresses and of its file.
        name: as shown to the visitor.
        source: where it comes from and who may use it, in a sentence.
    """

    slug: str
    name: str
    source: str

    def data(self) -> bytes:
        """The file, a JPEG."""
        return (_FOLDER / f"{self.slug}.jpg").read_bytes()


EXAMPLES = (
    Example(
        "astronaut",
        "Astronaut Eileen Collins",
        "Eileen Collins, photographed by NASA in 1999; public domain.",
    ),
    *(
        Example(f"drawn-{name}", f"Drawn face, {name}", f"Drawn to look {name}; no photograph.")
        for name in CLASS_NAMES
    ),
)
BY_SLUG = {example.slug: example for example in EXAMPLES}


def thumbnails(*, key: str) -> Example | None:
    """Draws every example as a button, and returns the one that was chosen last, None before.

    The address keeps the choice under `key`; `forget` takes it back.
    """
    address.tell_unknown("example", key, BY_SLUG)
    chosen = BY_SLUG.get(st.query_params.get(key, ""))
    with st.container(horizontal=True, gap="small", key=f"thumbnails-{key}"):
        for example in EXAMPLES:
            st.button(
                f"![{example.name}]({thumbnail(example)})",
                key=f"{key}-{example.slug}",
                help=example.name,
                type="primary" if example is chosen else "secondary",
                on_click=_choose,
                args=(key, example.slug),
            )
    return chosen


def forget(key: str) -> None:
    """Takes the choice of `thumbnails` back."""
    st.query_params.pop(key, None)


def _choose(key: str, slug: str) -> None:
    st.session_state[key] = st.query_params[key] = slug


@cache
def thumbnail(example: Example) -> str:
    """The picture made small, as a data URL."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(example.data())) as picture:
        picture.thumbnail((_THUMBNAIL_PIXELS, _THUMBNAIL_PIXELS))
        picture.save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
