"""Tables as packed CSV files: small, the same bytes for the same table, readable anywhere."""

import gzip
import zlib
from pathlib import Path

import pandas as pd

from fer_core.errors import DataError
from fer_core.files import write_file


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Writes `table` without its index as a gzip-packed CSV file, whole."""
    text = table.to_csv(index=False, lineterminator="\n")
    # Without a time of day in it, the same table gives the same bytes.
    packed = gzip.compress(text.encode(), mtime=0)

    def write(temporary: Path) -> None:
        temporary.write_bytes(packed)

    write_file(path, write)


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
        raise DataError(f"{path.name} is missing or damaged. Make it anew.") from exc
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(f"{path.name} lacks the column {', '.join(missing)}. Make it anew.")
    return table
