"""Faces as pages show them: a face as the model sees it, seven bars, a grid of samples."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.formats import unbroken
from fer_core.images import png_url
from pages.parts.shared import charts


def verdict(answer: str, rest: str) -> None:
    """Draws the answer in large type, and the rest after it."""
    st.html(
        f'<p class="fer-verdict" data-testid="verdict"><strong>{escape(answer)}</strong> '
        f"{escape(rest)}</p>"
    )


def emotion_bars(probabilities: NDArray[np.float32]) -> None:
    """Draws seven probabilities, (7,), 0-1, as bars in class order with names and values."""
    charts.class_bars(
        probabilities.tolist(),
        [f"{100 * value:.1f} %" for value in probabilities],
        caption="Probability of each expression",
        strong=int(np.argmax(probabilities)),
        unseen=True,
        test_id="emotion-bars",
    )


def face(pixels: NDArray[np.uint8], *, alt: str, caption: str | None = None, zoom: int = 3) -> None:
    """Draws one face, uint8 (48, 48), enlarged without smoothing: every pixel the model gets."""
    enlarged = pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)
    st.image(enlarged, caption, width=zoom * pixels.shape[1], alt=alt, output_format="PNG")


def button(pixels: NDArray[np.uint8], alt: str, words: str, *, key: str, **arguments: Any) -> bool:
    """Draws one face, uint8 (48, 48), twice as large, over its caption, as a button; `arguments`
    are passed to `st.button`. Stand them in a container whose key begins with `gallery-`.
    """
    label = f"![{_plain(alt)}]({png_url(pixels)}) {_plain(unbroken(words))}"
    return st.button(label, key=key, wrap=True, **arguments)


def _plain(text: str) -> str:
    """`text` without what Markdown would read as something else."""
    return "".join(character for character in text if character not in "[]*`$<>\\")


def sample_grid(images: NDArray[np.uint8], captions: Sequence[str], alts: Sequence[str]) -> None:
    """Draws faces, uint8 (n, 48, 48, 1), twice as large, in rows that wrap with the window; all
    in one element, each with its caption of a line or more.
    """
    figures = [
        f'<figure><img src="{png_url(image[..., 0])}" alt="{escape(alt)}" '
        f'width="{2 * image.shape[1]}" height="{2 * image.shape[0]}">'
        f"<figcaption>{escape(unbroken(caption))}</figcaption></figure>"
        for image, caption, alt in zip(images, captions, alts, strict=True)
    ]
    st.html(f'<div class="fer-faces">{"".join(figures)}</div>')
