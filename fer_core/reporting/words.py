"""Parts and tables of cards and reports, in Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fer_core.config import TrainConfig


@dataclass(frozen=True)
class Section:
    """A part of a card.

    Attributes:
        title: in sentence case.
        text: Markdown without headings.
    """

    title: str
    text: str


def validation_images(config: TrainConfig) -> str:
    """Which images set a run's temperature and threshold: its own, or its twin's."""
    return f"the validation images of {config.twin}" if config.twin else "validation images"


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
