"""Faces that can be chosen: each is a button, so mouse, touch and keyboard reach it alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.images import png_url


@dataclass(frozen=True)
class Card:
    """A face to choose.

    Attributes:
        path: of the image; what is returned when it is chosen.
        pixels: uint8 (48, 48), gray.
        caption: the words under it.
        alt: what the picture shows.
    """

    path: str
    pixels: NDArray[np.uint8]
    caption: str
    alt: str


def choose(cards: Sequence[Card], key: str) -> str | None:
    """Draws the faces in rows that wrap with the window.

    Args:
        cards: in the order to show.
        key: unique on the page.

    Returns:
        The path of the face that was chosen just now; None otherwise.
    """
    chosen = None
    with st.container(horizontal=True, key=f"gallery-{key}"):
        for number, card in enumerate(cards):
            label = f"![{_plain(card.alt)}]({png_url(card.pixels)}) {_plain(card.caption)}"
            if st.button(label, key=f"{key}-{number}", wrap=True):
                chosen = card.path
    return chosen


def _plain(text: str) -> str:
    """`text` without what Markdown would read as something else."""
    return "".join(character for character in text if character not in "[]*`$<>\\")
