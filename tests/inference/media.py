"""Pictures, videos and archives for tests, made in memory."""

import io
import struct
import zipfile
from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray


def png(rgb: NDArray[np.uint8]) -> bytes:
    done, buffer = cv2.imencode(".png", np.ascontiguousarray(rgb[..., ::-1]))
    assert done
    return bytes(buffer.tobytes())


def gray_frames(count: int, size: tuple[int, int] = (96, 64)) -> list[NDArray[np.uint8]]:
    """Frames (h, w, 3) of one gray each, 4 brighter from one to the next."""
    return [np.full((size[1], size[0], 3), 4 * i % 256, np.uint8) for i in range(count)]


def make_video(
    frames: Sequence[NDArray[np.uint8]],
    form: str = "mp4",
    codec: str = "mpeg4",
    rate: int = 20,
    rotation: int = 0,
    sound: float = 0.0,
) -> bytes:
    """A video of `frames`, uint8 BGR of one size, at `rate` frames a second, with as many seconds
    of silent `sound`.
    """
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 4_000_000
        if rotation:
            stream.set_display_rotation(rotation)
        silence = container.add_stream("mp3", rate=16_000, layout="mono") if sound else None
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
        container.mux(stream.encode())
        if silence:
            quiet = np.zeros((1, round(16_000 * sound)), np.int16)
            samples = av.AudioFrame.from_ndarray(quiet, format="s16p", layout="mono")
            samples.rate, samples.pts = 16_000, 0
            container.mux(silence.encode(samples))
            container.mux(silence.encode())
    return buffer.getvalue()


def make_zip(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def make_heic(rgb: NDArray[np.uint8], turns: int = 0, size: tuple[int, int] | None = None) -> bytes:
    """A HEIC file of a picture (h, w, 3), to be shown turned to the left by so many quarters; its
    header tells another `size` (width, height) where one is given.
    """
    context = av.CodecContext.create("libx265", "w")
    context.height, context.width = rgb.shape[:2]
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 25)
    context.options = {"x265-params": "log-level=none:pools=1:qp=12", "forced-idr": "1"}
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
    packets = [*context.encode(frame.reformat(format="yuv420p")), *context.encode()]
    units = [unit for unit in b"".join(map(bytes, packets)).split(b"\0\0\1") if unit.strip(b"\0")]
    units = [unit.rstrip(b"\0") for unit in units]
    sets = [unit for unit in units if unit[0] >> 1 in (32, 33, 34)]
    body = b"".join(
        struct.pack(">I", len(unit)) + unit for unit in units if unit[0] >> 1 in range(32)
    )
    width, height = size or (context.width, context.height)
    config = b"\1" + sets[1][3:15] + bytes.fromhex("f000fcfdf8f800000f") + bytes([len(sets)])
    for unit in sets:
        config += struct.pack(">BHH", unit[0] >> 1 | 0x80, 1, len(unit)) + unit
    properties = [_box(b"hvcC", config), _full(b"ispe", struct.pack(">II", width, height))]
    if turns:
        properties.append(_box(b"irot", bytes([turns])))
    links = bytes([len(properties), 0x81, *range(2, len(properties) + 1)])
    entry = _full(b"infe", struct.pack(">HH4sB", 1, 0, b"hvc1", 0), version=2)

    def meta(at: int) -> bytes:
        return _full(
            b"meta",
            _full(b"hdlr", struct.pack(">I4s13x", 0, b"pict"))
            + _full(b"pitm", struct.pack(">H", 1))
            + _full(b"iloc", struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, at, len(body)))
            + _full(b"iinf", struct.pack(">H", 1) + entry)
            + _box(
                b"iprp",
                _box(b"ipco", b"".join(properties))
                + _full(b"ipma", struct.pack(">IH", 1, 1) + links),
            ),
        )

    kind = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    return kind + meta(len(kind) + len(meta(0)) + 8) + _box(b"mdat", body)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body


def _full(kind: bytes, body: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]) + body)
