"""Decodes a video in a separate process, so that no file can harm the process that asked.

    python -m fer_core.inference.video.worker JSON-REQUEST < video

`fer_core.inference.video.file` starts it and is the only one to speak with it. A decoder
that crashes, hangs or asks for too much memory takes this process with it and no other.

What it prints is a row of messages, each `<kind: 1 byte, length: uint32>` and a body:
`I` the seconds that it says it has (JSON), `F` a sample (`seconds: float64, width, height: uint16`,
then BGR pixels), `E` why it cannot be read, or not to its end (text), `D` the end (JSON).
"""

import contextlib
import io
import json
import struct
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, BinaryIO

from fer_core.inference.video import streams
from fer_core.inference.video.display import pixel_shape, shown
from fer_core.inference.video.streams import RefusedError

HEADER = struct.Struct("<cI")
SAMPLE = struct.Struct("<dHH")


def main(request: dict[str, Any], out: IO[bytes]) -> None:
    """Answers one request with messages on `out`.

    It holds `path` (None: read from standard input), `rate` (samples a second), `max_seconds`
    (of the video, or None), `memory` and `cpu` (limits of this process in bytes and seconds, or
    None).
    """
    _limit(request["memory"], request["cpu"])
    try:
        if request["path"] is None:
            decode(io.BytesIO(sys.stdin.buffer.read()), request, out)
        else:
            with Path(request["path"]).open("rb") as file:
                decode(file, request, out)
    except RefusedError as refusal:
        _send(out, b"E", str(refusal).encode())
    except MemoryError:
        _send(out, b"E", b"needs more memory to decode than is allowed. Make it smaller.")


def _limit(memory: int | None, cpu: int | None) -> None:
    """Caps this process; where the system has no such limits, only the parent watches it."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if cpu is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def decode(file: BinaryIO, request: dict[str, Any], out: IO[bytes]) -> None:
    """As `main`, from an open file and without limits; raises `RefusedError`."""
    import av

    form = streams.container_of(file)
    try:
        with av.open(file, "r", format=form, options={"protocol_whitelist": "none"}) as container:
            stream = streams.choose(container)
            context = stream.codec_context
            streams.check_codec(context)
            video = _Video(container, stream)
            streams.check_pixels(context.width, context.height, video.shape)
            context.thread_count = 1  # threads multiply the memory of a decoder
            duration = (container.duration or 0) / av.time_base
            _send(out, b"I", json.dumps(duration if duration > 0 else None).encode())
            complete = video.sample(request, out)
            end = video.expected_end() if complete else None
    except av.error.FFmpegError as exc:
        raise RefusedError(
            "is damaged or incomplete and cannot be read. Save or download it again."
        ) from exc
    _send(out, b"D", json.dumps({"complete": complete, "end": end}).encode())


class _Video:
    """The frames of one stream, and what is missing of them."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container = container
        self._stream = stream
        self._rate = float(stream.average_rate or stream.guessed_rate or 0)
        self.shape = pixel_shape(stream.sample_aspect_ratio)
        start = container.start_time
        self._start = float("inf") if start is None else max(0.0, start / 1_000_000)
        self._frames = self._packets = self._damaged = 0
        self._end = 0.0  # of the last frame, by the stream's own clock

    def sample(self, request: dict[str, Any], out: IO[bytes]) -> bool:
        """Sends the frames that are due; whether the video's end was reached."""
        rate, limit = request["rate"], request["max_seconds"]
        seconds = due = 0.0
        for when, frame in self._timed():
            seconds = max(when, seconds)  # a damaged clock may jump back
            if limit is not None and seconds >= limit:
                return False
            if seconds + 1e-6 >= due:
                _send_frame(out, seconds, frame, self.shape)
                # The next point of the grid after this frame: a gap is not made up for.
                due = (int(seconds * rate + 1e-6) + 1) / rate
        self._check_end()
        return True

    def _timed(self) -> Iterator[tuple[float, Any]]:
        """Decoded frames with the seconds at which a player shows them."""
        for frame in self._decoded():
            when = frame.time
            if when is None:
                begin = self._start if self._frames else 0.0
                when = begin + self._frames / (self._rate or 25.0)
            if not self._frames:
                # The clock begins where the file's sound or picture does; what lies before 0
                # is there to be decoded and not to be shown.
                self._start = min(self._start, when)
            self._frames += 1
            self._end = when + float((frame.duration or 0) * frame.time_base)
            yield when - self._start, frame

    def _decoded(self) -> Iterator[Any]:
        """Decoded frames; a damaged packet costs its frames and not the rest."""
        import av

        for packet in self._container.demux(self._stream):
            self._packets += packet.size > 0
            try:
                frames = packet.decode()
            except av.error.InvalidDataError as exc:
                # Recordings that were cut begin in the middle of a picture.
                self._damaged += self._frames > 0
                if self._damaged > 500:
                    raise RefusedError("is too damaged to be read.") from exc
                continue
            for frame in frames:
                # The size may change in the middle of a stream.
                streams.check_pixels(frame.width, frame.height, self.shape)
                yield frame

    def expected_end(self) -> float | None:
        """Seconds after which the file says that the picture ends; None where it does not say."""
        said = streams.expected_end(self._container, self._stream)
        return None if said is None else said - self._start

    def _check_end(self) -> None:
        """Raises `RefusedError` where frames are missing."""
        if not self._frames:
            raise RefusedError("holds no frame that can be decoded.")
        said, read = self.expected_end(), self._end - self._start
        all_there = 0 < self._stream.frames <= self._packets
        if said is not None and not all_there and said - read > max(1.0, 0.05 * said):
            raise RefusedError(
                f"is incomplete: it ends after {read:.1f} of {said:.1f} seconds. Copy or "
                "download it again."
            )
        if self._damaged:
            raise RefusedError(
                f"is damaged in {self._damaged} places, where frames are missing; the others are "
                "read. Copy or download it again."
            )


def _send_frame(out: IO[bytes], seconds: float, frame: Any, shape: Fraction) -> None:
    pixels = shown(frame, shape)
    height, width = pixels.shape[:2]
    out.write(HEADER.pack(b"F", SAMPLE.size + pixels.nbytes))
    out.write(SAMPLE.pack(seconds, width, height))
    out.write(pixels.data)
    out.flush()


def _send(out: IO[bytes], kind: bytes, body: bytes) -> None:
    out.write(HEADER.pack(kind, len(body)))
    out.write(body)
    out.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # whoever asked has gone
        main(json.loads(sys.argv[1]), sys.stdout.buffer)
