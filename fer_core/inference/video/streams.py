"""Which containers and codecs are opened, and which stream of a file is the video.

Containers are told by their first bytes. FFmpeg's playlists, which may name other files and
addresses, are never tried.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, BinaryIO

from fer_core.inference.video.display import shown_size

MAX_PIXELS = 9_000_000  # of a frame as it is shown: 4K is read
SUPPORTED = "MP4, MOV, MKV, WebM, AVI, WMV, MPEG or Ogg with H.264, H.265, VP9 or AV1"

_CODECS = (
    *("h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg1video", "mpeg2video", "mjpeg"),
    *("h263", "flv1", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3", "theora", "wmv1", "wmv2", "wmv3"),
    *("vc1", "prores", "dnxhd", "dvvideo", "gif", "png", "rawvideo", "ffv1", "huffyuv"),
)
_STARTS = (
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"OggS", "ogg"),
    (0, b"FLV\x01", "flv"),
    (0, b"GIF8", "gif"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x00\x00\x01\xb3", "mpegvideo"),
    (8, b"AVI ", "avi"),
    *((4, kind, "mp4") for kind in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
)
_PACKETS = ((0, 188), (4, 192))  # where MPEG-TS's mark stands, and again; cameras' has a time code
_STILLS = ("mjpeg", "png")  # codecs of covers, which not every file marks as such


class RefusedError(Exception):
    """Why the video is not read, as the end of a sentence that begins with its name."""


def container_of(file: BinaryIO) -> str:
    """FFmpeg's name of the container; raises `RefusedError` where it is none that is read."""
    head = file.read(1024)
    file.seek(0)
    if not head:
        raise RefusedError("is empty (0 bytes).")
    for offset, start, form in _STARTS:
        if head[offset:].startswith(start):
            return form
    for offset, length in _PACKETS:
        if head[offset::length].count(b"G") >= 4 and set(head[offset::length]) == {ord("G")}:
            return "mpegts"
    raise RefusedError(f"is not a video that can be read. Use {SUPPORTED}.")


def choose(container: Any) -> Any:
    """The stream that a player shows: no cover, no single still where something moves."""
    streams = container.streams.video
    if not streams:
        raise RefusedError("holds no video, only sound or nothing at all.")
    moving = [stream for stream in streams if not _is_cover(stream)]
    if not moving:
        raise RefusedError("holds no video, only sound and a cover picture.")
    return _first_best([s for s in moving if not _is_still(s)] or moving, container)


def _first_best(streams: Sequence[Any], container: Any) -> Any:
    best = container.streams.best("video")
    return best if best in streams else streams[0]


def _is_cover(stream: Any) -> bool:
    return bool(stream.disposition & type(stream.disposition).attached_pic)


def _is_still(stream: Any) -> bool:
    return stream.frames == 1 or stream.codec_context.codec.canonical_name in _STILLS


def check_codec(context: Any) -> None:
    """Raises `RefusedError` where the codec is none that is read."""
    name = context.codec.canonical_name
    if name not in _CODECS:
        raise RefusedError(f"uses the codec {name}, which is not read. Save it as {SUPPORTED}.")


def check_pixels(width: int, height: int, shape: Fraction) -> None:
    """Raises `RefusedError` where a frame is too large to be shown; `shape` is of a pixel."""
    width, height = shown_size(width, height, shape)
    if width * height > MAX_PIXELS:
        raise RefusedError(
            f"has too many pixels ({width:,} x {height:,}); at most {MAX_PIXELS // 10**6} "
            "megapixels a frame are read. Make it smaller and try again."
        )


def expected_end(container: Any, stream: Any) -> float | None:
    """Seconds at which the file says that the stream ends, by its own clock; None where it does
    not say so.
    """
    start = float((stream.start_time or 0) * stream.time_base)
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        return start + float(stream.frames / stream.average_rate)
    if stream.duration:
        return start + float(stream.duration * stream.time_base)
    if "DURATION" in stream.metadata:  # of Matroska, by most programs
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    if len(container.streams) == 1 and container.duration:
        return start + float(container.duration) / 1_000_000
    return None
