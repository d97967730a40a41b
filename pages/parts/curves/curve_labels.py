"""Which run is which on the Training curves page: colours, marks and names at lines' ends."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from zlib import crc32

import numpy as np
import plotly.graph_objects as go

from pages.parts.shared import charts

_LONGEST_NAME = 16
_PIXELS_A_LETTER = 7
_MARGIN = 4
_LABEL_SHARE = 0.065
"""Height of a name as a share of the axis."""
_NEAR_SHARE = 0.45
"""Names whose ends are closer than this share of the axis may lie upon each other."""


@dataclass(frozen=True)
class Style:
    """How a run is drawn.

    Attributes:
        color: `#RRGGBB`.
        symbol: Plotly's name of its mark, one of `charts.RUN_SYMBOLS` or the neutral one.
    """

    color: str
    symbol: str

    @property
    def sign(self) -> str:
        """The mark as a letter, for names in text."""
        return charts.RUN_SYMBOLS.get(self.symbol, charts.NEUTRAL_SIGN)


@dataclass(frozen=True)
class EndLabel:
    """A name at the end of its line, in the units of the axes."""

    name: str
    x: float
    y: float


def styles(run_ids: Iterable[str], neutral: str | None = None) -> dict[str, Style]:
    """A style for each run, which stays its own whatever is chosen and whatever is trained later.

    A run's name says where in the list of pairs it looks first; it takes the first pair whose
    colour and mark the runs before it have used least, so few runs never share a colour.

    Args:
        run_ids: every run that can be chosen, the first started first.
        neutral: what is not ours, drawn in gray; None where nothing is.
    """
    pairs = list(product(charts.RUN_COLORS, charts.RUN_SYMBOLS))
    used: Counter[object] = Counter()
    gray = Style(charts.NEUTRAL_COLOR, charts.NEUTRAL_SYMBOL)
    chosen = {} if neutral is None else {neutral: gray}
    for run_id in run_ids:
        start = crc32(run_id.encode()) % len(pairs)
        pair = min(
            pairs[start:] + pairs[:start],
            key=lambda pair: (used[pair], used[pair[0]], used[pair[1]]),
        )
        used.update((pair, *pair))
        chosen[run_id] = Style(*pair)
    return chosen


def spread(ends: list[EndLabel], low: float, high: float, *, log: bool) -> list[EndLabel]:
    """The labels in the same order, moved up where they would lie upon each other.

    Args:
        ends: each at its line's end.
        low: least value on the axis; over 0 where `log`.
        high: greatest value.
        log: whether the axis is logarithmic.
    """
    forth, back = (np.log, np.exp) if log else (_same, _same)
    gap = _LABEL_SHARE * float(forth(high) - forth(low))
    reach = _NEAR_SHARE * max((end.x for end in ends), default=0.0)
    placed: dict[str, tuple[float, float]] = {}
    for end in sorted(ends, key=lambda end: end.y):
        height = float(forth(end.y))
        taken = sorted(y for x, y in placed.values() if abs(x - end.x) <= reach)
        for y in taken:
            if abs(y - height) < gap:
                height = y + gap
        placed[end.name] = (end.x, height)
    return [EndLabel(end.name, end.x, float(back(placed[end.name][1]))) for end in ends]


def _same(value: float) -> float:
    return value


def room_for(names: Iterable[str]) -> int:
    """Pixels that the names need right of the plot."""
    longest = max((len(_short(name)) for name in names), default=0)
    return _MARGIN + _PIXELS_A_LETTER * (3 + longest)


def add_names(fig: go.Figure, ends: list[EndLabel], drawn_as: Mapping[str, Style]) -> None:
    """Names right of the lines' ends; the margin has room for those of the longest runs."""
    fig.add_scatter(
        x=[end.x for end in ends],
        y=[end.y for end in ends],
        mode="text",
        name="names",
        text=[f"\u00a0{drawn_as[end.name].sign} {_short(end.name)}" for end in ends],
        textposition="middle right",
        textfont={"size": 13},
        cliponaxis=False,
        hoverinfo="skip",
    )


def _short(name: str) -> str:
    """The name, its end left out where it would narrow the chart; hover has all of it."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
