"""What an annotated video is to whoever plays it."""

import io
from contextlib import closing

import av
import numpy as np
import pytest

from fer_core.inference.results import FacePrediction, ImageResult
from fer_core.inference.video.annotated import AnnotatedVideo


def result(seconds: float) -> ImageResult:
    face = FacePrediction(np.zeros((48, 48), np.uint8), np.full(7, 1 / 7, np.float32), None)
    return ImageResult("clip.mp4", 801, 451, (face,), None, "none", seconds)


def test_it_is_h264_in_an_mp4_and_keeps_each_moment() -> None:
    moments = [0.0, 0.2, 0.4, 1.4]  # a gap as of a video that stutters
    buffer = io.BytesIO()
    with closing(AnnotatedVideo(buffer, rate=5, max_side=640)) as video:
        for seconds in moments:
            video.add(np.full((451, 801, 3), 90, np.uint8), result(seconds))
    buffer.seek(0)
    with av.open(buffer) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
    assert stream.codec_context.name == "h264"
    assert (stream.width, stream.height) == (640, 360)
    assert [frame.time for frame in frames] == pytest.approx(moments, abs=0.01)
    corner = frames[0].to_ndarray(format="rgb24")[4:12, 4:40]
    assert corner.max() > 200, "The label is drawn."


def test_without_a_sample_nothing_is_written() -> None:
    buffer = io.BytesIO()
    with closing(AnnotatedVideo(buffer, rate=5)) as video:
        assert video.is_empty
    assert not buffer.getvalue()
