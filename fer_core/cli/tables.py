"""How tables look in the terminal."""

from typing import Any

from rich import box

PLAIN: dict[str, Any] = {"box": box.SIMPLE_HEAD, "padding": 0, "pad_edge": False}
"""Of `rich.table.Table`: narrow enough for a terminal of 80 columns."""
