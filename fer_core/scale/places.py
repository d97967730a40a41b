"""Where files lie: paths of this machine, and addresses as s3://bucket/folder.

Addresses are opened by PyArrow (s3, gs, abfs, hdfs), others by fsspec where it has a package for
them. What stands behind a `?`, as in `s3://bucket/folder?endpoint_override=http://...`, says how to
connect and is no part of a name.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fer_core.errors import AddressError, ImageError, ScaleError
from fer_core.inference.file_types import printable
from fer_core.inference.pictures.decode import MAX_BYTES, too_large

_MARK = "fer"


def is_address(text: str) -> bool:
    """Whether it is an address rather than a path of this machine."""
    return "://" in text


def as_path(text: str) -> str:
    """`file:///a%20b` as the path that it means; everything else as it is."""
    return unquote(urlsplit(text).path) if text.startswith("file://") else text


def shown(address: str) -> str:
    """The address without what says how to connect, safe to print."""
    return printable(_parts(address)[0])


def join(folder: str, name: str) -> str:
    """The path or address of `name` in `folder`, which may be empty; `name` itself where it is an
    address or absolute.
    """
    if not is_address(folder) or is_address(name):
        return name if is_address(name) else str(Path(folder, name))
    base, query = _parts(folder)
    return f"{base.rstrip('/')}/{name}{query}"


def open_file(address: str) -> Any:
    """The file, opened by PyArrow for reading anywhere in it."""
    filesystem, path = locate(address)
    return filesystem.open_input_file(path)


def read_picture(address: str) -> bytes:
    """A picture's bytes; raises `ImageError` where it is missing, unreadable or too large."""
    name = shown(address)
    try:
        with open_file(address) as file:
            if (size := file.size()) > MAX_BYTES:
                raise too_large(name, size)
            return bytes(file.read())
    except FileNotFoundError as exc:
        raise ImageError(f"{name} does not exist.") from exc
    except OSError as exc:
        raise ImageError(f"{name} cannot be opened: {reason(exc)}.") from exc


def copy(address: str, target: Path) -> None:
    """Copies the file to this machine, piece by piece."""
    with open_file(address) as file, target.open("wb") as out:
        while piece := file.read(2**20):
            out.write(piece)


def kind(address: str) -> str:
    """`file`, `folder` or `missing`; raises `ScaleError` where that cannot be told."""
    from pyarrow.fs import FileType

    filesystem, path = locate(address)
    try:
        info = filesystem.get_file_info(path.rstrip("/"))
    except OSError as exc:
        raise ScaleError(f"{shown(address)} cannot be reached: {reason(exc)}.") from exc
    return {FileType.File: "file", FileType.Directory: "folder"}.get(info.type, "missing")


def is_there(source: str) -> bool:
    """Whether a path or address is there; raises `ScaleError` where that cannot be told."""
    return kind(source) != "missing" if is_address(source) else Path(source).exists()


def walk(address: str) -> Iterator[str]:
    """Names of all files in a folder and below, relative to it: its own by name, then those of
    each of its folders. A folder's names are held in memory, no more.
    """
    from pyarrow.fs import FileSelector, FileType

    filesystem, root = locate(address)
    root = root.rstrip("/")

    def of(folder: str) -> Iterator[str]:
        try:
            found = filesystem.get_file_info(FileSelector(folder, allow_not_found=True))
        except OSError as exc:
            raise ScaleError(f"{shown(address)} cannot be listed: {reason(exc)}.") from exc
        found.sort(key=lambda info: info.base_name)
        yield from (info.path[len(root) + 1 :] for info in found if info.type == FileType.File)
        for info in found:
            if info.type == FileType.Directory:
                yield from of(info.path)

    return of(root)


def locate(address: str) -> tuple[Any, str]:
    """The file system of PyArrow, opened once a process, and the path in it.

    Raises:
        AddressError: it is of no kind that can be opened here.
    """
    if not is_address(address):
        from pyarrow.fs import LocalFileSystem

        return LocalFileSystem(), str(Path(address).resolve())
    base, query = _parts(address)
    scheme, _, rest = base.partition("://")
    host, _, path = rest.partition("/")
    filesystem, before = _connect(scheme, host, query)
    return filesystem, before + path


@lru_cache(16)
def _connect(scheme: str, host: str, query: str) -> tuple[Any, str]:
    """The file system of a host or bucket, and what its paths begin with."""
    from pyarrow.fs import FileSystem, FSSpecHandler, PyFileSystem

    name, mark, _ = host.rpartition("@")
    if ":" in name or (mark and scheme in ("s3", "gs", "gcs")):
        raise AddressError(
            "The address holds a name or password. Leave them out: each machine takes its own from "
            "the environment."
        )
    address = f"{scheme}://{host}/{_MARK}{query}"
    try:
        try:
            filesystem, path = FileSystem.from_uri(address)
        except ValueError:  # of no kind that PyArrow has
            from fsspec.core import url_to_fs

            inner, path = url_to_fs(address)
            filesystem = PyFileSystem(FSSpecHandler(inner))
    except (ImportError, ValueError) as exc:
        raise AddressError(
            f"Addresses that begin with {scheme}:// cannot be opened here: {exc}. Use a path, or "
            "an address of s3, gs, abfs or hdfs."
        ) from exc
    except OSError as exc:
        raise ScaleError(f"{scheme}://{host} cannot be reached: {reason(exc)}.") from exc
    return filesystem, path[: -len(_MARK)]


def reason(error: OSError) -> str:
    """Why a file or store refused, short, as the end of a sentence."""
    if error.strerror:
        return error.strerror.lower()
    text = " ".join(str(error).split())
    for sign, meaning in {
        "ACCESS_DENIED": "access denied; check the credentials",
        "NETWORK_CONNECTION": "no connection",
        "NO_SUCH_BUCKET": "there is no such bucket",
    }.items():
        if sign in text:
            return meaning
    return text[:200].rstrip(". ")


def _parts(address: str) -> tuple[str, str]:
    """The address before its `?`, and the rest; a `?` may also stand in a name."""
    base, mark, query = address.rpartition("?")
    return (base, mark + query) if mark and "=" in query else (address, "")
