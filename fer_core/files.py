"""Files that appear whole and outlast a power cut: written beside, flushed, renamed."""

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE_SECONDS = 2.0
"""How long a file may be kept from being replaced."""


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole."""
    write_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Writes a binary file whole."""
    write_file(path, lambda temporary: temporary.write_bytes(content))


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` fill a hidden file of the same suffix beside `path`, then renames it."""
    handle, name = tempfile.mkstemp(path.suffix, f".{path.stem}.", path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        temporary.chmod(0o644)
        sync(temporary)
        replace(temporary, path)
        sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def replace(source: Path, target: Path) -> None:
    """`os.replace`, tried again for a while: Windows refuses it while a reader has `target` open.

    Raises:
        PermissionError: it was refused for `PATIENCE_SECONDS`.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return os.replace(source, target)
        except PermissionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def sync(path: Path) -> None:
    """Flushes a file, or the entries of a folder, to the disk; a folder where the system can."""
    if not path.is_dir():
        with path.open("r+b") as file:
            os.fsync(file.fileno())
    elif os.name != "nt":
        with suppress(OSError):
            folder = os.open(path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
