"""The YuNet face detector's file: found, or fetched once, and always verified.

YuNet (MIT licence, https://github.com/opencv/opencv_zoo) is 230 kB. It is looked for in
`FER_DETECTOR`, then in the cache folder, then fetched. One attempt is made a process;
its outcome is remembered until somebody asks for another.
"""

import hashlib
import threading
import time
import urllib.request
from pathlib import Path

from fer_core import paths
from fer_core.errors import DetectorError
from fer_core.files import write_file

URL = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/"
    "face_detection_yunet/face_detection_yunet_2026may.onnx"
)
SHA256 = "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0"
SIZE = 229_738
"""Bytes."""
TIMEOUT = 5.0
"""Seconds for the whole attempt, name look-up included."""
FILE_NAME = "face_detection_yunet_2026may.onnx"

_lock = threading.Lock()
_failure: str | None = None


def locate(*, retry: bool = False) -> Path:
    """A verified YuNet file.

    Args:
        retry: fetch again although an attempt in this process failed.

    Raises:
        DetectorError: there is none and it could not be fetched; says why in one sentence.
    """
    global _failure
    named = paths.detector_file()
    if named is not None:
        if not _is_right(named):
            raise DetectorError(
                f"The file that {paths.DETECTOR_VARIABLE} names is not {FILE_NAME} "
                f"({SIZE:,} bytes, sha256 {SHA256[:12]}...)."
            )
        return named
    target = paths.cache_dir() / "models" / FILE_NAME
    with _lock:
        if _is_right(target):
            return target
        if _failure is not None and not retry:
            raise DetectorError(_failure)
        try:
            _fetch_to(target)
        except DetectorError as exc:
            _failure = str(exc)
            raise
        _failure = None
        return target


def forget_failure() -> None:
    """Lets the next `locate` try again."""
    global _failure
    with _lock:
        _failure = None


def _is_right(path: Path) -> bool:
    try:
        return path.stat().st_size == SIZE and _digest(path.read_bytes()) == SHA256
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _fetch_to(target: Path) -> None:
    data = _fetch()
    if len(data) != SIZE or _digest(data) != SHA256:
        raise DetectorError(
            "The YuNet face detector was fetched, but the file is not the expected one."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_file(target, lambda temporary: _write(temporary, data))
    except OSError as exc:
        raise DetectorError(
            f"The YuNet face detector could not be saved ({exc.strerror}); check the cache folder."
        ) from exc


def _fetch() -> bytes:
    """Downloads at most `SIZE` + 1 bytes.

    A thread does it, because a socket's time-out bounds neither the name look-up nor a
    server that sends one byte now and then.
    """
    outcome: list[bytes | Exception] = []
    deadline = time.monotonic() + TIMEOUT

    def work() -> None:
        try:
            with urllib.request.urlopen(URL, timeout=TIMEOUT) as response:
                chunks: list[bytes] = []
                while sum(map(len, chunks)) <= SIZE and time.monotonic() < deadline:
                    chunk = response.read1(SIZE + 1)
                    if not chunk:
                        break
                    chunks.append(chunk)
                outcome.append(b"".join(chunks))
        except Exception as exc:  # any failure of the network means: go on without YuNet
            outcome.append(exc)

    thread = threading.Thread(target=work, name="fetch-yunet", daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    if not outcome or isinstance(outcome[0], TimeoutError):
        raise DetectorError(
            f"The YuNet face detector could not be fetched: no answer within {TIMEOUT:g} s."
        )
    if isinstance(outcome[0], Exception):
        raise DetectorError(
            "The YuNet face detector could not be fetched: the server was not reached."
        ) from outcome[0]
    return outcome[0]
