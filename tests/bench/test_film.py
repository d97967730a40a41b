"""The camera's film shows as many faces as asked for, and Chromium plays it as a camera."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core.bench.film import FPS, HEIGHT, WIDTH, write_film
from fer_core.inference.detector import yunet_detector
from tests.e2e.conftest import camera as camera
from tests.yunet import yunet_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_FRAMES = """async () => {
    const stream = await navigator.mediaDevices.getUserMedia({video: {width: 640, height: 480}});
    const video = document.createElement('video');
    video.srcObject = stream;
    await video.play();
    const times = [];
    await new Promise(done => {
        const next = (now, frame) => {
            times.push(frame.mediaTime);
            times.length < 20 ? video.requestVideoFrameCallback(next) : done();
        };
        video.requestVideoFrameCallback(next);
    });
    stream.getTracks().forEach(track => track.stop());
    return {width: video.videoWidth, height: video.videoHeight,
            between: Math.min(...times.slice(1).map((time, index) => time - times[index]))};
}"""


def _pictures(film: Path) -> list[NDArray[np.uint8]]:
    """The film's pictures, each (480, 640, 3) BGR."""
    frames = film.read_bytes().split(b"FRAME\n")[1:]
    return [
        np.asarray(
            cv2.cvtColor(
                np.frombuffer(frame, np.uint8).reshape(HEIGHT * 3 // 2, WIDTH),
                cv2.COLOR_YUV2BGR_I420,
            ),
            np.uint8,
        )
        for frame in frames
    ]


@pytest.mark.parametrize("faces", [0, 1, 2])
def test_as_many_faces_as_asked_for_are_found(tmp_path: Path, faces: int) -> None:
    pictures = _pictures(write_film(tmp_path / "camera.y4m", faces))
    assert len(pictures) == 3 * FPS
    detector = yunet_detector(yunet_or_skip())
    for picture in pictures[::30]:
        boxes = sorted(box.xyxy for box in detector.detect(picture, long_side=320))
        assert len(boxes) == faces
        assert all(index * WIDTH / 2 < box[0] for index, box in enumerate(boxes))


def test_a_gray_film_has_no_colour(tmp_path: Path) -> None:
    picture = _pictures(write_film(tmp_path / "camera.y4m", fps=1, gray=True))[0]
    assert np.ptp(picture.astype(int), axis=2).max() <= 2


@pytest.mark.browser
def test_chromium_plays_it_as_a_camera(camera: "Callable[[int], Browser]") -> None:
    page = camera(1).new_page()
    page.goto("chrome://version")  # a page that may use the camera and asks no server
    seen = page.evaluate(_FRAMES)
    page.close()
    assert (seen["width"], seen["height"]) == (WIDTH, HEIGHT)
    # A busy machine shows some pictures late; none comes earlier than the camera sends it.
    assert seen["between"] < 1.5 / FPS
