"""How figures are written: one home for pages, cards, reports and commands."""

import re
from typing import Any

MISSING = "–"
"""Stands where there is no figure."""

_WORD_JOINER, _NO_BREAK_SPACE = "\u2060", "\u00a0"
_RANGE = re.compile(r"(?<=\d)–(?=\d)")
_BEFORE_SIGN = re.compile(r"(?<=\d) (?=%)")


def percent(value: float | None, interval: tuple[float, float] | None = None) -> str:
    """`0.731` as `73.1 %`, with an interval as `73.1 % (72.0–74.1)`; NaN or None as a dash."""
    if value is None or value != value:
        return MISSING
    text = f"{100 * value:.1f} %"
    if interval is None or interval[0] != interval[0]:
        return text
    return f"{text} ({bounds(interval)})"


def bounds(interval: tuple[float, float]) -> str:
    """An interval in percent without the sign: `(0.72, 0.741)` as `72.0–74.1`; NaN as a dash."""
    low, high = interval
    return MISSING if low != low else f"{100 * low:.1f}–{100 * high:.1f}"


def unbroken(text: str) -> str:
    """The text as a narrow column cannot break it: ranges as `72.0–74.1` at their dash, percent
    before their sign.
    """
    whole = _BEFORE_SIGN.sub(_NO_BREAK_SPACE, text)
    return _RANGE.sub(f"{_WORD_JOINER}–{_WORD_JOINER}", whole)


def decimal(value: float) -> str:
    """A loss or an area with three digits, `0.731`; NaN as a dash."""
    return MISSING if value != value else f"{value:.3f}"


def hundredths(value: float, unit: str = "") -> str:
    """A time or a rate with two digits and its unit, `0.25 s`; NaN as a dash."""
    return MISSING if value != value else f"{value:.2f}{unit}"


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign: `+17.8`, `−9.8`, `0.0`; NaN as a dash."""
    if value != value:
        return MISSING
    text = f"{value:+,.{digits}f}"
    return text[1:] if float(text.replace(",", "")) == 0 else text.replace("-", "\N{MINUS SIGN}")


def count(value: float) -> str:
    """`28709` as `28,709`."""
    return f"{int(value):,}"


def large(value: float) -> str:
    """`1252803` as `1.3 million`, `58423` as `58 thousand`; smaller numbers as `count`."""
    if value >= 1e6:
        return f"{value / 1e6:.1f} million"
    return f"{value / 1e3:.0f} thousand" if value >= 1e4 else count(value)


def milliseconds(value: float | None) -> str:
    """`2.345` as `2.3 ms`, with two digits below 1; None or NaN as a dash."""
    if value is None or value != value:
        return MISSING
    return f"{value:.2f} ms" if value < 1 else f"{value:.1f} ms"


def megabytes(size: float) -> str:
    """Bytes as `7.0 MB` (millions)."""
    return f"{size / 1e6:.1f} MB"


def duration(seconds: float) -> str:
    """Seconds as `40 s`, `12 min` or `3 h 20 min`; NaN as a dash."""
    if seconds != seconds:
        return MISSING
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def counted(number: int, noun: str) -> str:
    """`1 face`, `2,000 faces`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def setting_text(value: Any) -> str:
    """A setting's value as text; phases are told apart by semicolons."""
    if isinstance(value, list):
        part = "; " if any(isinstance(item, dict) for item in value) else ", "
        return part.join(map(setting_text, value)) or MISSING
    if isinstance(value, dict):
        return ", ".join(f"{name}={setting_text(item)}" for name, item in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return MISSING if value is None else str(value)
