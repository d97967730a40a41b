"""Tables as CSV, for downloads and for files kept beside a result."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.errors import DataError
from fer_core.files import write_bytes

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(table: pd.DataFrame, *, header: bool = True) -> str:
    """`table` without its index, safe to open in a spreadsheet.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP
    advises against "CSV injection"; numbers stay as they are.
    """
    safe = table.copy()
    for place, dtype in enumerate(table.dtypes):
        if dtype.kind == "O":
            safe.isetitem(place, table.iloc[:, place].map(_as_text))
    return str(safe.to_csv(index=False, header=header, lineterminator="\n"))


def _as_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace("\r", "\n")  # which the csv module quotes; a lone "\r" breaks the row
    if not text.startswith(_FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Writes `table` without its index as a gzip-packed CSV file, whole.

    The same table gives the same bytes.
    """
    write_bytes(path, gzip.compress(to_csv(table).encode(), mtime=0))


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Reads what `write_table` wrote.

    Args:
        path: ends with `.csv.gz`.
        columns: those that it must have.

    Raises:
        DataError: the file is missing or damaged, or lacks a column.
    """
    try:
        table = pd.read_csv(path, keep_default_na=False)
    except (OSError, EOFError, ValueError, zlib.error) as exc:
        raise DataError(f"{path.name} is missing or damaged. Make it again.") from exc
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(f"{path.name} lacks the column {', '.join(missing)}. Make it again.")
    return table
