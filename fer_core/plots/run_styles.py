"""Which run is which: a colour and a mark that stay a run's own on every page."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from zlib import crc32

from fer_core.plots.theme import NEUTRAL_COLOR, RUN_COLORS

_SIGNS = {
    "circle": "●",
    "square": "■",
    "diamond": "◆",
    "triangle-up": "▲",
    "triangle-down": "▼",
    "star": "★",
    "hexagon": "⬢",
    "x": "✕",
}
"""Plotly's marks and how text writes them; the last is of what is not ours."""
*_SYMBOLS, _NEUTRAL_SYMBOL = _SIGNS
_PAIRS = list(product(RUN_COLORS, _SYMBOLS))
"""There is one symbol more than colours, so that a pair comes again only after 42 runs."""


@dataclass(frozen=True)
class Style:
    """How a run is drawn: colour as `#RRGGBB`, and Plotly's name of its mark."""

    color: str = RUN_COLORS[0]
    symbol: str = _SYMBOLS[0]

    @property
    def sign(self) -> str:
        """The mark as a letter, for names in text."""
        return _SIGNS[self.symbol]


def styles(run_ids: Iterable[str], neutral: str | None = None) -> dict[str, Style]:
    """A style for each run, which stays its own whatever is chosen and whatever is trained later.

    A run's name says where in the list of pairs it looks first; it takes the first pair whose
    colour and mark the runs before it (the first started first) have used least, so few runs
    never share a colour. What is not ours, `neutral`, is drawn in gray.
    """
    used: Counter[object] = Counter()
    chosen = {} if neutral is None else {neutral: Style(NEUTRAL_COLOR, _NEUTRAL_SYMBOL)}
    for run_id in run_ids:
        start = crc32(run_id.encode()) % len(_PAIRS)
        pair = min(
            _PAIRS[start:] + _PAIRS[:start],
            key=lambda pair: (used[pair], used[pair[0]], used[pair[1]]),
        )
        used.update((pair, *pair))
        chosen[run_id] = Style(*pair)
    return chosen
