"""A run folder as one file, to be unpacked into the runs folder of another copy."""

import zipfile
from pathlib import Path
from typing import IO

from fer_core.errors import RunError
from fer_core.files import write_file
from fer_core.runs.store import Run


def packed_files(run: Run) -> list[Path]:
    """What goes along: everything but the log, hidden files and folders (the checkpoint)."""
    return [
        path
        for path in sorted(run.folder.iterdir())
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".log"
    ]


def pack(run: Run, target: IO[bytes] | Path) -> None:
    """Writes the ZIP, with all in one folder of the run's name.

    Its files are stored as they are: the large ones are compressed already. Dates that a ZIP
    cannot hold become the nearest that it can.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, strict_timestamps=False) as file:
        for path in packed_files(run):
            file.write(path, f"{run.run_id}/{path.name}")


def pack_to(run: Run, target: Path) -> None:
    """Writes the ZIP to a new file, whole.

    Raises:
        RunError: there is such a file already, or it cannot be written.
    """
    if target.exists():
        raise RunError(f"{target} is there already. Name another file by --out.")
    try:
        write_file(target, lambda temporary: pack(run, temporary))
    except OSError as exc:
        raise RunError(f"{target} cannot be written: {exc.strerror}.") from exc
