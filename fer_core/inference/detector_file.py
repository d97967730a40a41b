"""The YuNet face detector's file: found, or fetched once, and always verified.

YuNet (MIT licence, https://github.com/opencv/opencv_zoo) is 230 kB. It is looked for in
`FER_DETECTOR`, then in the cache folder, then fetched. One attempt is made a process;
its outcome is remembered until another is asked for.
"""

import hashlib
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from fer_core import paths
from fer_core.errors import DetectorError
from fer_core.files import write_bytes
from fer_core.network import explain

URL = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/"
    "face_detection_yunet/face_detection_yunet_2026may.onnx"
)
SHA256 = "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0"
SIZE = 229_738  # bytes
TIMEOUT = 5.0  # seconds for the whole attempt, name look-up included
FILE_NAME = "face_detection_yunet_2026may.onnx"

_NAME = "The YuNet face detector"
_FAILED = f"{_NAME} could not be fetched"
_lock = threading.Lock()
_failure: str | None = None


def find() -> Path | None:
    """A verified YuNet file that is on this machine, in the order of `locate`; fetches nothing."""
    places = (paths.detector_file(), _in_cache())
    return next((path for path in places if path is not None and _is_right(path)), None)


def locate(*, retry: bool = False) -> Path:
    """A verified YuNet file; `retry` fetches again although an attempt in this process failed.

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
    target = _in_cache()
    with _lock:
        if _is_right(target):
            return target
        if _failure is not None and not retry:
            raise DetectorError(_failure)
        try:
            _fetch(target)
        except DetectorError as exc:
            _failure = str(exc)
            raise
        _failure = None
        return target


def _in_cache() -> Path:
    return paths.cache_dir() / "models" / FILE_NAME


def _is_right(path: Path) -> bool:
    try:
        return path.stat().st_size == SIZE and _is_content(path.read_bytes())
    except OSError:
        return False


def _is_content(data: bytes) -> bool:
    return hashlib.sha256(data).hexdigest() == SHA256


def _fetch(target: Path) -> None:
    """Fetches, verifies and saves the file in a thread, for no longer than `TIMEOUT`.

    A socket's time-out bounds neither the name look-up nor a server that sends one byte now
    and then.
    """
    failures: list[DetectorError] = []

    def work() -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            data = _download(URL)
            if not _is_content(data):
                raise DetectorError(f"{_NAME} was fetched, but the file is not the expected one.")
            write_bytes(target, data)
        except DetectorError as exc:
            failures.append(exc)
        except OSError as exc:
            text = f"could not be saved ({exc.strerror}); check the cache folder."
            failures.append(DetectorError(f"{_NAME} {text}"))

    thread = threading.Thread(target=work, name="fetch-yunet", daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    if thread.is_alive():
        raise DetectorError(f"{_FAILED}: no answer within {TIMEOUT:g} s.")
    if failures:
        raise failures[0]


def _download(url: str) -> bytes:
    """At most `SIZE` + 1 bytes of the answer and a piece; ends at the deadline."""
    deadline = time.monotonic() + TIMEOUT
    data = b""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            while len(data) <= SIZE and time.monotonic() < deadline:
                piece = response.read1(SIZE + 1)
                if not piece:
                    break
                data += piece
    except TimeoutError as exc:
        raise DetectorError(f"{_FAILED}: no answer within {TIMEOUT:g} s.") from exc
    except Exception as exc:  # urllib's errors share no base class
        if isinstance(exc, urllib.error.HTTPError):
            exc.close()  # it holds the connection
        raise DetectorError(f"{_FAILED}: {explain(exc, 'SSL_CERT_FILE')}") from exc
    return data
