import cv2
import numpy as np
import pytest

from fer_core.inference.box import Box
from fer_core.inference.framing import crop_face, warp
from tests.pages.live.reading.conftest import Modules, unpacked

pytestmark = pytest.mark.browser


def _scene(height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(height).integers(0, 256, (height, width, 3), np.uint8)
    return cv2.GaussianBlur(noise, (5, 5), 1.2)


@pytest.mark.parametrize(
    ("size", "to", "off"),
    [
        ((480, 640), (320, 240), 0),
        ((480, 640), (213, 160), 1),
        ((720, 1280), (320, 180), 0),
        ((480, 848), (320, 181), 1),
        ((90, 120), (320, 240), 1),
    ],
)
def test_resizes_as_opencv_does(js: Modules, size, to, off) -> None:
    scene = _scene(*size)
    how = cv2.INTER_AREA if to[0] < size[1] else cv2.INTER_LINEAR
    expected = cv2.resize(scene, to, interpolation=how)
    found = js.run(
        "const {Canvas} = await import('/pixels.js');"
        "const {resized} = await import('/resizing.js');"
        "return packed(resized(await picture(scene), ...to, new Canvas()).data)",
        scene=js.put_picture("scene", scene),
        to=list(to),
    )
    rgba = unpacked(found, np.uint8, to[1], to[0], 4)
    assert np.abs(rgba[..., 2::-1] - expected.astype(int)).max() <= off
    assert (rgba[..., 3] == 255).all()


def test_warps_as_opencv_does_at_the_edge_too(js: Modules) -> None:
    scene = _scene(120, 160)
    matrix = np.array([[0.9, 0.2, -20.4], [-0.2, 0.9, 30.7]])
    found = js.run(
        "const {Canvas, warp} = await import('/pixels.js');"
        "return packed(warp(await picture(scene), matrix, 150, new Canvas()).data)",
        scene=js.put_picture("scene", scene),
        matrix=matrix.ravel().tolist(),
    )
    rgba = unpacked(found, np.uint8, 150, 150, 4)
    expected = warp(scene, matrix, 150, cv2.BORDER_CONSTANT).astype(int)
    assert np.abs(rgba[..., 2::-1] - expected).max() <= 1


@pytest.mark.parametrize("side", [30, 90, 190, 300])
@pytest.mark.parametrize("tilt", [0, 20, -60])
def test_cuts_a_face_out_as_python_does(js: Modules, side: int, tilt: int) -> None:
    scene = _scene(240, 320)
    across = side / 4 * np.array([np.cos(np.radians(tilt)), np.sin(np.radians(tilt))])
    middle = np.array([170.3, 110.8])
    points = np.array([middle - across, middle + across, middle, middle, middle], np.float32)
    xyxy = (170.3 - side / 2, 110.8 - side / 2, 170.3 + side / 2, 110.8 + side / 2)
    found = js.run(
        "const {Box} = await import('/box.js');"
        "const framing = new (await import('/framing.js')).Framing(constants);"
        "const out = new Uint8ClampedArray(48 * 48);"
        "const square = framing.square(new Box(xyxy, 1, points));"
        "framing.crop(await picture(scene), square, out);"
        "return packed(out)",
        scene=js.put_picture("scene", scene),
        xyxy=list(xyxy),
        points=points.ravel().tolist(),
    )
    expected = crop_face(scene, Box(xyxy, 1.0, points)).astype(int)
    assert np.abs(unpacked(found, np.uint8, 48, 48) - expected).max() <= 1
