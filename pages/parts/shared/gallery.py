"""Faces of the data set as buttons; one that is chosen opens in the viewer."""

from collections.abc import Iterable, Sequence

import streamlit as st

from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.runs.store import Run
from pages.parts.shared import faces, viewer


def show(
    dataset: Dataset,
    paths: Sequence[str],
    captions: Iterable[str],
    *,
    key: str,
    among: Sequence[str] | None = None,
    run: Run | None = None,
    title: str = "Face",
) -> None:
    """Draws those images of `paths` (as `test/happy/im0.png`) that are there, in rows that wrap
    with the window; each is a button, so mouse, touch and keyboard reach it alike.

    Args:
        dataset: whose images they are.
        paths: of the images to draw.
        captions: what stands under each; a line break begins a new line.
        key: unique on the page.
        among: the whole list, in order, that the viewer steps through; `paths` when None.
        run: whose answer the viewer explains; the app's default when None.
        title: of the viewer: what the list is.
    """
    pixels = pixels_of(dataset, list(paths))
    there = [pair for pair in zip(paths, captions, strict=True) if pair[0] in pixels]
    kind = "Drawn face" if dataset.synthetic else "Face"
    with st.container(horizontal=True, key=f"gallery-{key}"):
        pressed = [
            faces.button(pixels[path], f"{kind} {path}", words, key=f"{key}-{number}")
            for number, (path, words) in enumerate(there)
        ]
    if True in pressed:
        chosen = there[pressed.index(True)][0]
        viewer.open_at(dataset, paths if among is None else among, chosen, run=run, title=title)


def caption(path: str) -> str:
    """`test/happy/im0.png` as `happy test` above `im0.png`."""
    split, label, name = path.split("/")
    return f"{label} {split}\n{name}"
