"""Seven horizontal bars in class order as a table: quick to draw, readable, copyable, audible."""

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from fer_core.classes import CLASS_COLORS, CLASS_NAMES


def class_bars(
    shares: Sequence[float],
    texts: Iterable[str],
    *,
    caption: str,
    note: str = "",
    hints: Iterable[str] | None = None,
    strong: int | None = None,
    unseen: bool = False,
    test_id: str = "class-bars",
) -> None:
    """Draws one outlined bar a class with its value at the right.

    Args:
        shares: (7,) length of each bar as a share of the longest possible, 0-1.
        texts: the value of each class as it is written.
        caption: what the bars show; a table's caption.
        note: a second line of it.
        hints: what is shown on pointing at a row; nothing where None.
        strong: index of the class written bold.
        unseen: whether the caption is for screen readers alone.
        test_id: names the table for tests.
    """
    pointed = list(hints) if hints is not None else [""] * len(CLASS_NAMES)
    rows = "".join(
        _row(name, share, text, hint, is_strong=index == strong)
        for index, (name, share, text, hint) in enumerate(
            zip(CLASS_NAMES, shares, texts, pointed, strict=True)
        )
    )
    shown = f"<strong>{escape(caption)}</strong>{escape(note)}" if not unseen else escape(caption)
    st.html(
        f'<table class="fer-bars" data-testid="{test_id}">'
        f'<caption class="{"unseen" if unseen else ""}">{shown}</caption>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(name: str, share: float, text: str, hint: str, *, is_strong: bool) -> str:
    title = f' title="{escape(hint)}"' if hint else ""
    return (
        f'<tr class="{"top" if is_strong else ""}"{title}><th scope="row">{name}</th>'
        f'<td><div class="fer-track"><div class="fer-fill" style="width:{100 * share:.2f}%;'
        f'background:{CLASS_COLORS[name]}"></div></div></td>'
        f"<td>{escape(text)}</td></tr>"
    )
