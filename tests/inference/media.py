"""Pictures, videos and archives for tests, made in memory."""

import io
import zipfile
from collections.abc import Sequence

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
) -> bytes:
    """A video of `frames`, uint8 BGR of one size, at `rate` frames a second."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.bit_rate = 4_000_000
        if rotation:
            stream.set_display_rotation(rotation)
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def make_zip(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()
