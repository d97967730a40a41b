"""Fills the templates of cards and reports (`templates/`) and the texts in them (`texts/`).

Names that end in `.html.j2` are escaped as HTML; the others are Markdown, in which `|cell` and
`|code` keep what a user wrote from breaking a table or starting markup.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fer_core import formats

_FOLDERS = [Path(__file__).parent / name for name in ("templates", "texts")]


def render(name: str, **values: Any) -> str:
    """The template `name` of `templates` or `texts`, filled."""
    text = _environment().get_template(name).render(**values)
    if name.endswith(".html.j2"):
        return text
    text = re.sub(r" +$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def sections(markdown: str) -> list[tuple[str, str]]:
    """The parts of a Markdown document under headings of level two: title and text."""
    parts = re.split(r"^## (.+)\n", markdown, flags=re.MULTILINE)[1:]
    return [(title, text.strip()) for title, text in zip(parts[::2], parts[1::2], strict=True)]


def code(text: str) -> str:
    """Text as a Markdown code span that nothing in it can end: `` `tiny` ``."""
    return f"`{' '.join(text.replace('`', chr(39)).split())}`"


def cell(value: object) -> str:
    """A value as it stands in a cell of a Markdown table; a list as its items, None as a dash."""
    if isinstance(value, list):
        value = ", ".join(map(str, value)) or None
    value = formats.MISSING if value is None else value
    return " ".join(str(value).replace("|", "\\|").split())


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_FOLDERS, encoding="utf-8"),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        formats.percent,
        formats.bounds,
        formats.decimal,
        formats.hundredths,
        formats.count,
        formats.counted,
        formats.milliseconds,
        formats.megabytes,
        formats.duration,
        formats.unbroken,
        cell,
        code,
    ):
        found.filters[function.__name__] = function
    found.filters["date"] = "{:%Y-%m-%d}".format
    found.filters["over_predicted"] = _over_predicted
    return found


def _over_predicted(row: dict[str, Any]) -> str:
    """Of a row of the robustness table: the most over-predicted class, and how much."""
    name = row["worst_class"]
    return f"{name} x {row['worst_ratio']:.1f}" if name else formats.MISSING
