"""Damaged and hostile files, made from good ones by a seed."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.inference.media import gray_frames, make_video, make_zip

_FORMS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "PPM")
_VIDEOS = (
    *(("mp4", "mpeg4"), ("mp4", "libx264"), ("webm", "libvpx")),
    *(("avi", "mjpeg"), ("matroska", "libx264"), ("avi", "snow")),
    *(("asf", "wmv2"), ("mpegts", "libx264"), ("flv", "flv")),
)


@dataclass(frozen=True)
class Attempt:
    """One file to read.

    Attributes:
        name: with the ending that a visitor would see.
        data: its bytes.
    """

    name: str
    data: bytes


def mutations(count: int, seed: int) -> Iterator[Attempt]:
    """`count` seeded mutations of good files."""
    rng = np.random.default_rng(seed)
    good = _good()
    for index in range(count):
        name, data = good[index % len(good)]
        yield Attempt(f"{index}-{name}", mutated(data, rng))


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` cut, with bytes changed, a part doubled, zeroed or filled with noise."""
    values = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(0, len(values)))
        length = int(rng.integers(1, max(len(values) // 8, 2)))
        match int(rng.integers(0, 6)):
            case 0:
                del values[max(at, 1) :]
            case 1:
                for place in rng.integers(0, len(values), int(rng.integers(1, 40))):
                    values[place] = int(rng.integers(0, 256))
            case 2:
                values[at:at] = values[at : at + length]
            case 3:
                values[at : at + length] = bytes(len(values[at : at + length]))
            case 4:
                values[at : at + length] = rng.bytes(length)
            case _:  # large numbers where sizes and counts stand
                values[at % 64 : at % 64 + 4] = struct.pack("<I", int(rng.integers(2**31, 2**32)))
    return bytes(values)


def _good() -> list[tuple[str, bytes]]:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8))
    files = []
    for form in _FORMS:
        buffer = io.BytesIO()
        picture.save(buffer, form)
        files.append((f"good.{form.lower()}", buffer.getvalue()))
    members = [(f"{i}.png", files[0][1]) for i in range(3)]
    files += [("good.zip", make_zip(*members)), ("other.zip", make_zip(*members, method=0))]
    for form, codec in _VIDEOS:
        files.append((f"good.{form}", make_video(gray_frames(12), form, codec)))
    return files


def _png_bomb() -> bytes:
    """60,000 x 60,000 pixels in a few kilobytes."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(10**6), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _link() -> bytes:
    info = zipfile.ZipInfo("link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return make_zip((info, b"/etc/passwd"))  # type: ignore[arg-type]


def _nested() -> bytes:
    data = make_zip(("0.png", b"x"))
    for depth in range(20):
        data = make_zip((f"{depth}.zip", data))
    return data


def _overlapping() -> bytes:
    """Many entries of the table of contents that all point at one member."""
    data = make_zip(("0.png", bytes(4 * 2**20)))
    start = data.find(b"PK\x01\x02")
    end = data.find(b"PK\x05\x06")
    entry = data[start:end]
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 900, 900, 900 * len(entry), start, 0)
    return data[:start] + 900 * entry + tail


def _understated(method: int) -> bytes:
    """A member that grows to 32 MB and says that it has 100 kB."""
    data = bytearray(make_zip(("zeros.bmp", bytes(32 * 2**20)), method=method))
    struct.pack_into("<L", data, data.find(b"PK\x01\x02") + 24, 100_000)
    return bytes(data)


def _large_frame() -> bytes:
    """An AVI whose frames claim more pixels than are read."""
    return make_video([np.zeros((3100, 3100, 3), np.uint8)], "avi", "mjpeg")


ATTACKS: tuple[tuple[str, Callable[[], bytes]], ...] = (
    ("empty.png", lambda: b""),
    ("bomb.png", _png_bomb),
    ("text.jpg", lambda: b"Dear reader"),
    ("page.png", lambda: b"<html><script>alert(1)</script>"),
    ("link.zip", _link),
    ("nested.zip", _nested),
    ("ratio.zip", lambda: make_zip(("zeros.bmp", bytes(20 * 2**20)))),
    ("overlap.zip", _overlapping),
    ("bzip2.zip", lambda: _understated(zipfile.ZIP_BZIP2)),
    ("lzma.zip", lambda: _understated(zipfile.ZIP_LZMA)),
    ("members.zip", lambda: make_zip(*((f"{i}.png", b"") for i in range(1200)))),
    ("traversal.zip", lambda: make_zip(("../../etc/x.png", b"x"), ("C:\\x.png", b"x"))),
    ("bomb-inside.zip", lambda: make_zip(("bomb.png", _png_bomb()))),
    ("empty.mp4", lambda: b""),
    ("text.mp4", lambda: b"#EXTM3U\nfile:///etc/passwd\n"),
    ("picture.mp4", _png_bomb),
    ("no-frames.avi", lambda: b"RIFF\x24\x00\x00\x00AVI LIST" + bytes(64)),
    ("large.avi", _large_frame),
    ("odd.avi", lambda: make_video(gray_frames(3), "avi", "snow")),
)
"""Name and maker of files that are refused, or of which every member is."""
