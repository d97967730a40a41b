"""Decodes a video in a separate process, so that no file can harm the process that asked.

    python -m fer_core.inference.video.worker JSON-REQUEST < video

`fer_core.inference.video.file` starts it and is the only one to speak with it. A decoder
that crashes, hangs or asks for too much memory takes this process with it and no other.
Only three containers, told by their first bytes, and well-known codecs are opened:
FFmpeg's playlists, which may name other files and addresses, are never tried.

What it prints is a row of messages, each `<kind: 1 byte, length: uint32>` and a body:
`I` what the video is (JSON), `F` a sample (`seconds: float64, width, height: uint16`, then
BGR pixels), `E` why it cannot be read (text), `D` the end (JSON).
"""

import contextlib
import io
import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

HEADER = struct.Struct("<cI")
SAMPLE = struct.Struct("<dHH")

MAX_PIXELS = 9_000_000  # of a frame: 4K is read
MAX_SIDE = 1280  # samples are shrunk to this
CODECS = (
    *("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg1video", "mpeg2video", "mjpeg"),
    *("h263", "msmpeg4v2", "msmpeg4v3", "theora", "wmv2", "prores"),
)
SUPPORTED = "MP4, WebM or AVI with H.264, VP9 or AV1"


class RefusedError(Exception):
    """Why the video is not read, as the end of a sentence that begins with its name."""


def main(request: dict[str, Any], out: IO[bytes]) -> None:
    """Answers one request with messages on `out`.

    It holds `path` (None: read from standard input), `rate` (samples a second), `max_seconds`
    (of the video, or None), `memory` and `cpu` (limits of this process in bytes and seconds, or
    None).
    """
    _limit(request["memory"], request["cpu"])
    try:
        if request["path"] is None:
            _decode(io.BytesIO(sys.stdin.buffer.read()), request, out)
        else:
            with Path(request["path"]).open("rb") as file:
                _decode(file, request, out)
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


def _decode(file: BinaryIO, request: dict[str, Any], out: IO[bytes]) -> None:
    import av

    form = _container(file)
    try:
        with av.open(file, "r", format=form, options={"protocol_whitelist": "none"}) as container:
            if not container.streams.video:
                raise RefusedError("holds no video, only sound or nothing at all.")
            stream = container.streams.video[0]
            context = stream.codec_context
            _check(context)
            context.thread_count = 1  # threads multiply the memory of a decoder
            rate = float(stream.average_rate or stream.guessed_rate or 0)
            duration = float(container.duration / av.time_base) if container.duration else None
            about = {
                "width": context.width,
                "height": context.height,
                "codec": context.name,
                "frame_rate": rate,
                "duration": duration if duration and duration > 0 else None,
            }
            _send(out, b"I", json.dumps(about).encode())
            complete, frames = _sample(container, stream, rate, request, out)
    except av.error.FFmpegError as exc:
        raise RefusedError(
            "is damaged or incomplete and cannot be read. Save or download it again."
        ) from exc
    if frames == 0:
        raise RefusedError("holds no frame that can be decoded.")
    _send(out, b"D", json.dumps({"complete": complete, "frames": frames}).encode())


def _container(file: BinaryIO) -> str:
    head = file.read(16)
    file.seek(0)
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mp4"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "matroska"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if not head:
        raise RefusedError("is empty (0 bytes).")
    raise RefusedError(f"is not a video that can be read. Use {SUPPORTED}.")


def _check(context: Any) -> None:
    if context.codec.canonical_name not in CODECS:
        raise RefusedError(
            f"uses the codec {context.codec.canonical_name}, which is not read. Save it as "
            f"{SUPPORTED}."
        )
    if context.width * context.height > MAX_PIXELS:
        raise RefusedError(
            f"has too many pixels ({context.width:,} x {context.height:,}); at most "
            f"{MAX_PIXELS // 10**6} megapixels a frame are read. Make it smaller and try again."
        )


def _sample(
    container: Any, stream: Any, rate: float, request: dict[str, Any], out: IO[bytes]
) -> tuple[bool, int]:
    """Sends the frames that are due; whether the video's end was reached, and frames decoded."""
    start: float | None = None
    due = 0.0
    frames = 0
    for frame in _frames(container, stream):
        when = frame.time if frame.time is not None else frames / (rate or 25.0)
        start = when if start is None else start
        seconds = max(when - start, 0.0)
        frames += 1
        if request["max_seconds"] is not None and seconds >= request["max_seconds"]:
            return False, frames
        if seconds + 1e-6 >= due:
            _send_frame(out, seconds, frame)
            # The next point of the grid after this frame: a gap is not made up for.
            due = (int(seconds * request["rate"] + 1e-6) + 1) / request["rate"]
    return True, frames


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames; a damaged packet costs its frames and not the rest."""
    import av

    damaged = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError as exc:
            damaged += 1
            if damaged > 500:
                raise RefusedError("is too damaged to be read.") from exc
            continue
        for frame in frames:
            # The size may change in the middle of a stream.
            if frame.width * frame.height > MAX_PIXELS:
                raise RefusedError("grows beyond the pixels that are read. Make it smaller.")
            yield frame


def _send_frame(out: IO[bytes], seconds: float, frame: Any) -> None:
    import numpy as np

    scale = min(1.0, MAX_SIDE / max(frame.width, frame.height))
    width, height = (max(1, round(side * scale)) for side in (frame.width, frame.height))
    pixels = frame.to_ndarray(format="bgr24", width=width, height=height)
    turns = round(frame.rotation / 90) % 4
    if turns:
        pixels = np.rot90(pixels, turns)
    head = SAMPLE.pack(seconds, pixels.shape[1], pixels.shape[0])
    _send(out, b"F", head + pixels.tobytes())


def _send(out: IO[bytes], kind: bytes, body: bytes) -> None:
    out.write(HEADER.pack(kind, len(body)))
    out.write(body)
    out.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # whoever asked has gone
        main(json.loads(sys.argv[1]), sys.stdout.buffer)
