"""Faces as pages show them: a face as the model sees it, seven bars, a grid of samples."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core.labels import CLASS_COLORS, CLASS_NAMES

_BARS_CSS = """
<style>
.fer-bars { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.fer-bars caption {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
.fer-bars th, .fer-bars td { padding: .17rem 0; border: 0; line-height: 1.3; }
.fer-bars th { width: 5.6rem; font-weight: 400; text-align: left; }
.fer-bars td:last-child { width: 4rem; text-align: right; }
.fer-bars tr.top th, .fer-bars tr.top td { font-weight: 650; }
.fer-track { height: .95rem; border-radius: 2px; background: rgba(125,135,148,.18); }
.fer-fill { height: 100%; border-radius: 2px; border: 1px solid rgba(125,135,148,.9); }
</style>
"""


def emotion_bars(probabilities: NDArray[np.float32]) -> None:
    """Draws the seven probabilities as bars in class order, each with its name and value.

    It is a table, so what the bars show can be read, copied and heard.

    Args:
        probabilities: float (7,), 0-1, in class order.
    """
    top = int(np.argmax(probabilities))
    rows = [
        _bar(name, float(value), is_top=index == top)
        for index, (name, value) in enumerate(zip(CLASS_NAMES, probabilities, strict=True))
    ]
    st.html(
        f'{_BARS_CSS}<table class="fer-bars" data-testid="emotion-bars">'
        f"<caption>Probability of each expression</caption><tbody>{''.join(rows)}</tbody></table>"
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
    """Draws faces in rows that wrap with the window.

    Args:
        images: uint8 (n, 48, 48, 1).
        captions: the line under each.
        alts: what each picture shows.
        zoom: screen pixels a pixel.
    """
    with st.container(horizontal=True, gap="small"):
        for image, caption, alt in zip(images, captions, alts, strict=True):
            face(image[..., 0], alt=alt, caption=caption, zoom=zoom)


def enlarged(pixels: NDArray[np.uint8], zoom: int) -> NDArray[np.uint8]:
    """`pixels` (h, w) with every pixel repeated `zoom` times in both directions."""
    return pixels.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _bar(name: str, value: float, *, is_top: bool) -> str:
    return (
        f'<tr class="{"top" if is_top else ""}"><th scope="row">{name}</th>'
        f'<td><div class="fer-track"><div class="fer-fill" style="width:{100 * value:.2f}%;'
        f'background:{CLASS_COLORS[name]}"></div></div></td>'
        f"<td>{100 * value:.1f} %</td></tr>"
    )
