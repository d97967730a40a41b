"""Shows figures of `fer_core.plots`, and seven bars as a table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.plots.theme import CONFIG, without_title


def kept(draw: Callable[..., go.Figure]) -> Callable[..., go.Figure]:
    """`draw`, whose figures are kept for all visitors: one takes up to 50 ms."""
    return st.cache_resource(draw, show_spinner=False, max_entries=32)


def show(fig: go.Figure, alt: str, *, key: str, **arguments: Any) -> Any:
    """Draws `fig` across its column; `alt` says what it shows to those who cannot see it."""
    shared = {"width": "stretch", "config": CONFIG} | arguments
    return st.plotly_chart(fig, alt=alt, key=key, **shared)


def titled(fig: go.Figure, alt: str, *, key: str, **arguments: Any) -> Any:
    """As `show`, with the figure's title as text above it, which a narrow column can wrap."""
    title, untitled = without_title(fig)
    st.markdown(f"**{title}**")
    return show(untitled, f"{title}. {alt}", key=key, **arguments)


_TAPS = """
<script>
// Plotly selects what the tap before hit, and swallows swipes. Where it never hears of a touch,
// the browser makes a mouse click of a tap and scrolls by a swipe.
if (!window.ferTaps) {
  window.ferTaps = true;
  document.addEventListener("touchstart", (event) => {
    if (event.target.closest?.('[class*="st-key-taps-"] .nsewdrag')) event.stopPropagation();
  }, {capture: true, passive: true});
}
</script>
"""


@contextmanager
def tappable(key: str) -> Iterator[None]:
    """A container for a chart of which a tap selects a mark, and over which a swipe scrolls; its
    class begins with `st-key-taps-`.
    """
    with st.container(key=f"taps-{key}"):
        yield
    st.html(_TAPS, unsafe_allow_javascript=True)


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
    """Draws one outlined bar a class: a table, so quick to draw, copyable and read aloud.

    Args:
        shares: (7,) length of each bar as a share of the longest possible, 0-1.
        texts: the value of each class as it is written.
        caption: what the bars show.
        note: a second line of it.
        hints: what is shown on pointing at a row.
        strong: index of the class written bold.
        unseen: whether the caption is for screen readers alone.
        test_id: names the table for tests.
    """
    pointed = hints if hints is not None else [""] * len(CLASS_NAMES)
    rows = ""
    for index, (name, share, text, hint) in enumerate(
        zip(CLASS_NAMES, shares, texts, pointed, strict=True)
    ):
        title = f' title="{escape(hint)}"' if hint else ""
        rows += (
            f'<tr class="{"top" if index == strong else ""}"{title}><th scope="row">{name}</th>'
            f'<td><div class="fer-track"><div class="fer-fill" style="width:{100 * share:.2f}%;'
            f'background:{CLASS_COLORS[name]}"></div></div></td><td>{escape(text)}</td></tr>'
        )
    shown = f"<strong>{escape(caption)}</strong>{escape(note)}" if not unseen else escape(caption)
    st.html(
        f'<table class="fer-bars" data-testid="{test_id}">'
        f'<caption class="{"unseen" if unseen else ""}">{shown}</caption>'
        f"<tbody>{rows}</tbody></table>"
    )
