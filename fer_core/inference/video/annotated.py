"""Writes samples of a video with their faces drawn as an MP4 that browsers play.

    video = AnnotatedVideo(buffer, rate=5)
    for sample in samples: video.add(sample.frame_bgr, sample.result)
    video.close()

H.264 by libx264, which PyAV's wheels carry: Chromium, Firefox and Safari play it.
"""

from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fer_core.images import shrunk
from fer_core.inference.drawing import annotate
from fer_core.inference.results import ImageResult

_TICKS = 1000  # a second, in which a sample's moment is written


class AnnotatedVideo:
    """Encodes one sample after another into `out`, a file's path or a stream that can seek.

    Args:
        out: where the MP4 goes; complete after `close`.
        rate: samples a second, roughly: each is shown at its own moment.
        max_side: pixels to which the longer side of larger frames is shrunk.
    """

    def __init__(self, out: str | BinaryIO, rate: float, max_side: int | None = None) -> None:
        self._out = out
        self._rate = rate
        self._max_side = max_side
        self._container: Any = None
        self._stream: Any = None
        self._last = -1

    def close(self) -> None:
        """Writes what is left and ends the file; nothing where no sample has come."""
        if self._container is not None:
            self._container.mux(self._stream.encode())
            self._container.close()

    @property
    def is_empty(self) -> bool:
        """Whether no sample has come yet."""
        return self._container is None

    def add(self, frame_bgr: NDArray[np.uint8], result: ImageResult) -> None:
        """Draws and encodes one sample, uint8 (h, w, 3), BGR, fitted to the size of the first;
        `result.seconds` never decrease.
        """
        import av

        drawn = annotate(frame_bgr, result)
        if self._max_side is not None:
            drawn = shrunk(drawn, self._max_side)
        if self._container is None:
            self._open(*drawn.shape[:2])
        frame = av.VideoFrame.from_ndarray(drawn, format="bgr24")
        frame = frame.reformat(self._stream.width, self._stream.height, "yuv420p")
        self._last = max(self._last + 1, round((result.seconds or 0.0) * _TICKS))
        frame.pts, frame.time_base = self._last, Fraction(1, _TICKS)
        self._container.mux(self._stream.encode(frame))

    def _open(self, height: int, width: int) -> None:
        import av

        self._container = av.open(self._out, "w", format="mp4")
        rate = Fraction(self._rate).limit_denominator(100)
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._stream.options = {"preset": "veryfast"}
        # H.264 halves the colour planes, so both sides are even.
        self._stream.width, self._stream.height = width + width % 2, height + height % 2
        self._stream.pix_fmt = "yuv420p"
