"""Files that appear whole and outlast a power cut: written beside, flushed, renamed; and what is
said where the disk refuses.
"""

import errno
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from fer_core import paths

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
    try:
        handle, name = tempfile.mkstemp(path.suffix, f".{path.stem}.", path.parent)
    except OSError as exc:
        raise OSError(exc.errno, exc.strerror, str(path)) from exc
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


def explain(error: OSError, *, in_private: bool = True) -> str:
    """What the disk refuses and what to do, in one or two sentences; visitors of a page, who are
    not `in_private`, are told the name of a file without its folders.
    """
    named = error.filename2 or error.filename
    path = os.fsdecode(named) if isinstance(named, str | bytes) else ""
    name = (path if in_private else Path(path).name) or "a file"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Free some space and run it again."
    if error.errno == errno.EFBIG:
        return "A file grew beyond what this account may write. Raise that limit (ulimit -f)."
    if "temporary directory" in str(error):
        return (
            "No folder for temporary files can be written. Set TMPDIR (TEMP on Windows) to a "
            "folder of your own."
        )
    why = {
        errno.EROFS: f"{name} is on a disk that cannot be written.",
        errno.EACCES: f"{name} cannot be opened or written with the rights of this user.",
        errno.EPERM: f"{name} cannot be opened or written with the rights of this user.",
        errno.ENOTDIR: f"{name} lies beneath a file where a folder is expected.",
        errno.EEXIST: f"{name} is there already, as a file where a folder is expected.",
        errno.EISDIR: f"{name} is a folder. Name a file.",
        errno.ENOENT: f"There is no {name}.",
        errno.ENAMETOOLONG: "The name is too long for this disk.",
    }
    rest = error.strerror or (str(error) if in_private else "see the server's log")
    said = why.get(error.errno or 0, f"{name} cannot be used: {rest}.")
    return f"{said}{_what_to_set(Path(path)) if path else ''}"


def _what_to_set(path: Path) -> str:
    """The variable that moves the folder in which `path` lies."""
    folders = {
        paths.RUNS_DIR_VARIABLE: paths.runs_dir(),
        paths.CACHE_DIR_VARIABLE: paths.cache_dir(),
        paths.DATA_DIR_VARIABLE: paths.data_dir(),
    }
    for variable, folder in folders.items():
        if folder in (path, *path.parents) or path in folder.parents:
            return f" Set {variable} to a folder of your own."
    return ""
