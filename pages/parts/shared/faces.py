"""Faces as pages show them: a face as the model sees it, seven bars, a grid of samples."""

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.images import png_url
from pages.parts.shared import bars


def emotion_bars(probabilities: NDArray[np.float32]) -> None:
    """Draws the seven probabilities as bars in class order, each with its name and value.

    Args:
        probabilities: float (7,), 0-1, in class order.
    """
    bars.class_bars(
        probabilities.tolist(),
        [f"{100 * value:.1f} %" for value in probabilities],
        caption="Probability of each expression",
        strong=int(np.argmax(probabilities)),
        unseen=True,
        test_id="emotion-bars",
    )


def face(pixels: NDArray[np.uint8], *, alt: str, caption: str | None = None, zoom: int = 3) -> None:
    """Draws one face enlarged without smoothing, so that every pixel the model gets shows.

    Args:
        pixels: uint8 (48, 48), gray.
        alt: what the picture shows.
        caption: the line under it.
        zoom: screen pixels a pixel.
    """
    width = zoom * pixels.shape[1]
    st.image(enlarged(pixels, zoom), caption, width=width, alt=alt, output_format="PNG")


def sample_grid(
    images: NDArray[np.uint8],
    captions: Sequence[str],
    alts: Sequence[str],
    *,
    zoom: int = 2,
) -> None:
    """Draws faces in rows that wrap with the window, all in one element.

    Args:
        images: uint8 (n, 48, 48, 1).
        captions: the line under each, or several lines.
        alts: what each picture shows.
        zoom: screen pixels a pixel.
    """
    figures = [
        _figure(image[..., 0], caption, alt, zoom)
        for image, caption, alt in zip(images, captions, alts, strict=True)
    ]
    st.html(f'<div class="fer-faces">{"".join(figures)}</div>')


def enlarged(pixels: NDArray[np.uint8], zoom: int) -> NDArray[np.uint8]:
    """`pixels` (h, w) with every pixel repeated `zoom` times in both directions."""
    return pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _figure(pixels: NDArray[np.uint8], caption: str, alt: str, zoom: int) -> str:
    height, width = pixels.shape
    return (
        f'<figure><img src="{png_url(pixels)}" alt="{escape(alt)}" '
        f'width="{zoom * width}" height="{zoom * height}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
