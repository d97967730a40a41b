"""The YuNet face detector's file: found, or fetched once, and always verified.

YuNet (MIT licence, https://github.com/opencv/opencv_zoo) is 230 kB. It is looked for in
`FER_DETECTOR`, then in the cache folder, then fetched. One attempt is made a process;
its outcome is remembered until another is asked for.
"""

import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pooch

from fer_core import paths
from fer_core.errors import DetectorError
from fer_core.network import explain

URL = (
    "https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/"
    "face_detection_yunet/face_detection_yunet_2026may.onnx"
)
SHA256 = "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0"
SIZE = 229_738  # bytes
TIMEOUT = 5.0  # seconds for the whole attempt, name look-up included
FILE_NAME = "face_detection_yunet_2026may.onnx"

_FAILED = "The YuNet face detector could not be fetched"
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
        return path.stat().st_size == SIZE and pooch.file_hash(str(path)) == SHA256
    except OSError:
        return False


def _fetch(target: Path) -> None:
    """Lets pooch fetch and verify the file in a thread, for no longer than `TIMEOUT`.

    A socket's time-out bounds neither the name look-up nor a server that sends one byte now
    and then.
    """
    outcome: list[Exception | None] = []

    def work() -> None:
        try:
            pooch.retrieve(
                URL, f"sha256:{SHA256}", target.name, target.parent, downloader=_download
            )
            outcome.append(None)
        except Exception as exc:  # whatever happened: continue without YuNet
            outcome.append(exc)

    pooch.get_logger().setLevel("ERROR")
    thread = threading.Thread(target=work, name="fetch-yunet", daemon=True)
    thread.start()
    thread.join(TIMEOUT)
    if not outcome:
        raise DetectorError(f"{_FAILED}: no answer within {TIMEOUT:g} s.")
    match outcome[0]:
        case None:
            return
        case ValueError():
            text = "was fetched, but the file is not the expected one."
        case OSError(strerror=reason):
            text = f"could not be saved ({reason}); check the cache folder."
        case error:
            raise DetectorError(str(error)) from error
    raise DetectorError(f"The YuNet face detector {text}") from outcome[0]


def _download(url: str, output_file: str, _: Any) -> None:
    """Writes at most `SIZE` + 1 bytes of the answer; ends at the deadline."""
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
        raise DetectorError(f"{_FAILED}: {explain(exc, 'SSL_CERT_FILE')}") from exc
    Path(output_file).write_bytes(data)
