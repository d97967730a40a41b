"""Reads samples of a video file, decoded by another process (`fer_core.inference.video.worker`).

    with VideoFile(data, "clip.mp4", rate=5) as video:
        for seconds, frame_bgr in video: ...

That process has a cap on memory, and is ended when it stays silent, when the reader stops
early or when this process ends. At most two samples wait, so memory does not grow with
the video's length.
"""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import VideoError
from fer_core.inference.video.streams import MAX_PIXELS
from fer_core.inference.video.worker import HEADER, SAMPLE
from fer_core.paths import PROJECT_ROOT

MEMORY = 2**30  # address space of the decoding process, in bytes; a 4K video needs about half of it
SILENCE = 60.0  # seconds without a sample or an end after which the decoder is given up

_MAX_BODY = SAMPLE.size + 3 * MAX_PIXELS
_WAITING = 2
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TZ")


@dataclass(frozen=True)
class VideoLimits:
    """How much of a video is read: `seconds` of it (None: all), and `cpu` seconds of processor time
    that decoding may take (None: any).
    """

    seconds: float | None = None
    cpu: int | None = None


VISITOR_LIMITS = VideoLimits(seconds=600.0, cpu=300)  # for the dashboard: ten minutes


class VideoFile:
    """Samples of one video, in order. Use it in a `with` statement and iterate once.

    Attributes:
        duration: seconds that the file says it has, sound included, which may be wrong; None where
            that is unknown, and before the first sample.
        complete: whether the video was read to its end; known after the last sample.
        end: seconds after which the file says that the picture ends; None where that is unknown,
            and where it was not read to there.

    The `source` is the file's bytes, or its path, and messages call it `name`. There are `rate`
    samples a second, above 0, or every frame where the video has fewer; after `silence` seconds
    without one the decoder is given up.
    """

    def __init__(
        self,
        source: bytes | Path,
        name: str,
        *,
        rate: float,
        limits: VideoLimits = VISITOR_LIMITS,
        silence: float = SILENCE,
    ) -> None:
        if not rate > 0:
            raise ValueError(f"rate must be above 0 samples a second, got {rate}.")
        self.name = name
        self.duration: float | None = None
        self.complete = False
        self.end: float | None = None
        self._silence = silence
        self._messages: queue.Queue[tuple[bytes, bytes]] = queue.Queue(_WAITING)
        self._closing = threading.Event()
        request = {
            "path": str(source.absolute()) if isinstance(source, Path) else None,
            "rate": rate,
            "max_seconds": limits.seconds,
            "memory": MEMORY,
            "cpu": limits.cpu,
        }
        if isinstance(source, Path) and not source.is_file():
            raise VideoError(f"{name} does not exist or is not a file.")
        self._process = _start(request)
        self._threads = [threading.Thread(target=self._receive, name="video-out", daemon=True)]
        if isinstance(source, bytes):
            self._threads.append(
                threading.Thread(target=self._feed, args=(source,), name="video-in", daemon=True)
            )
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[tuple[float, NDArray[np.uint8]]]:
        """Seconds from the start, and the frame as a player shows it, uint8 (h, w, 3), BGR,
        upright, with square pixels.

        Raises:
            VideoError: one sentence that begins with the video's name.
        """
        while True:
            try:
                kind, body = self._messages.get(timeout=self._silence)
            except queue.Empty:
                raise VideoError(
                    f"{self.name} could not be decoded: no picture came for "
                    f"{self._silence:.0f} seconds. It may be damaged; save it again."
                ) from None
            if kind == b"F":
                seconds, width, height = SAMPLE.unpack_from(body)
                pixels = np.frombuffer(body, np.uint8, offset=SAMPLE.size)
                yield seconds, pixels.reshape(height, width, 3)
            elif kind == b"I":
                self.duration = json.loads(body)
            elif kind == b"D":
                last = json.loads(body)
                self.complete, self.end = last["complete"], last["end"]
                return
            else:
                raise VideoError(f"{self.name} {body.decode(errors='replace')}")

    def close(self) -> None:
        """Ends the decoder, if it still runs."""
        self._closing.set()
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _feed(self, data: bytes) -> None:
        """Hands the file to the decoder, which may end before it has taken all."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(data)
            self._process.stdin.close()

    def _receive(self) -> None:
        """Passes messages on until the decoder ends, and says so where it ended without one."""
        kind = b""
        try:
            while kind not in (b"D", b"E"):
                kind, length = HEADER.unpack(self._read(HEADER.size))
                if length > _MAX_BODY:
                    break
                self._put(kind, self._read(length))
        except (EOFError, OSError, ValueError):
            pass
        if kind not in (b"D", b"E"):
            self._put(b"E", b"cannot be decoded: it is damaged, or too large to be read here.")

    def _read(self, length: int) -> bytes:
        assert self._process.stdout is not None
        data = self._process.stdout.read(length)
        if len(data) < length:
            raise EOFError
        return data

    def _put(self, kind: bytes, body: bytes) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(queue.Full):
                self._messages.put((kind, body), timeout=0.2)
                return


def _start(request: dict[str, Any]) -> "subprocess.Popen[bytes]":
    # The decoder gets no secrets of this process's environment.
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # One thread of OpenBLAS: each reserves address space, of which there is a cap.
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "fer_core.inference.video.worker", json.dumps(request)],
        stdin=subprocess.DEVNULL if request["path"] else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT_ROOT,
        env=environment,
    )
