"""Figures in boxes of one size, each with a smaller interval beside it and a note under it."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import streamlit as st

from fer_core.formats import unbroken


@dataclass(frozen=True)
class Figure:
    """A figure by the name `label`; `beside` stands smaller in its line, `note` under it."""

    label: str
    value: str
    beside: str = ""
    note: str = ""


def show(figures: Iterable[Figure], *, key: str) -> None:
    """Draws the boxes in a row that wraps with the window; `key` names them for tests."""
    st.html(
        f'<dl class="fer-figures" data-testid="{escape(key)}">{"".join(map(_box, figures))}</dl>'
    )


def _box(figure: Figure) -> str:
    beside = f" <small>{escape(figure.beside)}</small>" if figure.beside else ""
    note = f'<dd class="note">{escape(unbroken(figure.note))}</dd>' if figure.note else ""
    return (
        f"<div><dt>{escape(figure.label)}</dt>"
        f'<dd class="value">{escape(figure.value)}{beside}</dd>{note}</div>'
    )
