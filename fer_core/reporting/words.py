"""How cards and reports write figures and tables, as the dashboard's pages do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fer_core.config import TrainConfig

MISSING = "–"
"""Stands where there is no figure."""


@dataclass(frozen=True)
class Section:
    """A part of a card.

    Attributes:
        title: in sentence case.
        text: Markdown without headings.
    """

    title: str
    text: str


def percent(value: float, interval: tuple[float, float] | None = None) -> str:
    """`0.731` as `73.1 %`, with an interval as `73.1 % (72.0–74.1)`; NaN as a dash."""
    if value != value:
        return MISSING
    text = f"{100 * value:.1f} %"
    return text if interval is None else f"{text} ({interval_text(interval)})"


def interval_text(interval: tuple[float, float]) -> str:
    """`(0.72, 0.741)` as `72.0–74.1`; NaN as a dash."""
    low, high = interval
    return MISSING if low != low else f"{100 * low:.1f}–{100 * high:.1f}"


def share(value: float) -> str:
    """A score of 0-1 to three digits; NaN as a dash."""
    return MISSING if value != value else f"{value:.3f}"


def count(value: float) -> str:
    """`28709` as `28,709`."""
    return f"{int(value):,}"


def validation_images(config: TrainConfig) -> str:
    """Which images set a run's temperature and threshold: its own, or its twin's."""
    return f"the validation images of {config.twin}" if config.twin else "validation images"


def megabytes(size: float) -> str:
    """Bytes as `7.0 MB` (millions)."""
    return f"{size / 1e6:.1f} MB"


def hours(seconds: float) -> str:
    """`5400` as `1.5 h`, below an hour as minutes, below a minute as seconds; NaN as a dash."""
    if seconds != seconds:
        return MISSING
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def inline_code(text: str) -> str:
    """Text as a Markdown code span that nothing in it can end: `` `tiny` ``."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"


def markdown_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1
) -> str:
    """A Markdown table.

    Args:
        headings: of the columns.
        rows: texts, as many a row as headings.
        words: so many columns at the left hold words; those after them hold figures and
            are set flush right.
    """
    marks = ["---"] * words + ["---:"] * (len(headings) - words)
    lines = [list(headings), marks, *[[_cell(text) for text in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
