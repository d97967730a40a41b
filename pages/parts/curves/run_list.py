"""The list of runs beside the charts: an eye shows or hides a run, headings sort, a field searches.

A component of the page. Rows are plain HTML, so eyes and headings are buttons that keyboard and
screen readers reach. Names and notes are put in as text, never as HTML.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

from fer_core.formats import MISSING, percent
from fer_core.plots.run_styles import PAGES, Style
from fer_core.plots.theme import readable

KEY = "run-list"
SCRIPT = Path(__file__).with_suffix(".js")
_PARTS = {
    kind: SCRIPT.with_suffix(f".{kind}").read_text(encoding="utf-8")
    for kind in ("html", "css", "js")
}


@dataclass(frozen=True)
class Row:
    """A run in the list: accuracy on all test images, 0-1; epochs so far and in words; a `note`
    under its name; whether there is a curve to draw; and further words that a search finds.
    """

    name: str
    style: Style
    test: float
    epochs: int
    epochs_text: str
    note: str
    draws: bool
    words: str


def show(rows: Sequence[Row], shown: list[str], take: Callable[[list[str]], None]) -> None:
    """Draws the list; `take` gets the names that are to be shown when that changes."""
    known = {row.name for row in rows if row.draws}

    def changed() -> None:
        names = st.session_state[KEY].get("shown")
        if isinstance(names, list):  # it comes from the browser
            take([name for name in names if isinstance(name, str) and name in known])

    listed = st.components.v2.component("fer_run_list", **_PARTS)
    listed(
        key=KEY,
        data={"shown": shown, "rows": [_as_data(row) for row in rows]},
        on_shown_change=changed,
    )


def _as_data(row: Row) -> dict[str, object]:
    light, dark = (readable(row.style.color, page) for page in PAGES.values())
    known = row.test == row.test
    return {
        **{key: value for key, value in asdict(row).items() if key not in ("style", "epochs_text")},
        "test": row.test if known else None,
        "testText": percent(row.test),
        "epochs": row.epochs or None,
        "epochsText": row.epochs_text or MISSING,
        "sign": row.style.sign,
        "light": light,
        "dark": dark,
        "words": f"{row.name} {row.note} {row.words}".lower(),
    }
