"""Which run is which: a colour and a mark that stay a run's own on every page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from plotly.colors import hex_to_rgb

from fer_core.plots import theme
from fer_core.plots.theme import NEUTRAL_COLOR, RUN_COLORS

PAGES = {"light": "#FFFFFF", "dark": "#14181C"}
"""Backgrounds that names are written on."""

_SIGNS = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "star": "★",
    "x": "✕",
}
"""Plotly's marks and how text writes them."""


@dataclass(frozen=True)
class Style:
    """How a run is drawn: colour as `#RRGGBB`, and Plotly's name of its mark."""

    color: str = RUN_COLORS[0]
    symbol: str = "circle"

    @property
    def sign(self) -> str:
        """The mark as a letter, for names in text."""
        return _SIGNS[self.symbol]

    @property
    def is_marked(self) -> bool:
        """Whether its colour is another run's too, so that its line needs the mark."""
        return self.symbol != "circle"


def styles(run_ids: Iterable[str], neutral: str | None = None) -> dict[str, Style]:
    """A style for each run, which stays its own whatever is chosen and whatever is trained later.

    A run's name says where in the list of colours it looks first; it takes the first one that
    the runs before it (the first started first) have used least. Twelve runs never share a
    colour; those that do differ by their mark. What is not ours, `neutral`, is drawn in gray.
    """
    used: Counter[str] = Counter()
    chosen = {} if neutral is None else {neutral: Style(NEUTRAL_COLOR)}
    for run_id in run_ids:
        start = crc32(run_id.encode()) % len(RUN_COLORS)
        color = min(RUN_COLORS[start:] + RUN_COLORS[:start], key=used.__getitem__)
        symbol = list(_SIGNS)[used[color] % len(_SIGNS)]
        used[color] += 1
        chosen[run_id] = Style(color, symbol)
    return chosen


def text_color(color: str) -> str:
    """CSS value of `color` for text: at least 4.5:1 on a light and on a dark page."""
    light, dark = (theme.readable(color, background) for background in PAGES.values())
    return f"light-dark({light}, {dark})"


def css(where: str) -> str:
    """Rules that make names in a run's colour readable in every theme, inside `where`."""
    rules = []
    for color in (*RUN_COLORS, NEUTRAL_COLOR):
        texts = f'{where} text[style*="fill: rgb{hex_to_rgb(color)}"]'
        rules.append(f"{texts} {{ fill: {text_color(color)} !important; }}")
    return "\n".join(rules)
