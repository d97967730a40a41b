import cv2
import numpy as np
import pytest

from fer_core.bench.framing import turn
from fer_core.inference.box import Box
from fer_core.inference.framing import (
    FRAMINGS,
    Cropping,
    crop,
    crop_face,
    cut_square,
    whole_picture,
)


def gradient(height: int = 300, width: int = 400) -> np.ndarray:
    """A picture whose gray value tells the column."""
    row = np.linspace(0, 255, width).astype(np.uint8)
    return np.repeat(np.tile(row, (height, 1))[..., None], 3, axis=2)


def landmarks(eye_left, eye_right) -> np.ndarray:
    return np.array([eye_left, eye_right, (0, 0), (0, 0), (0, 0)], dtype=np.float32)


@pytest.mark.parametrize("detector", FRAMINGS)
@pytest.mark.parametrize("size", [20, 60, 500])
def test_box_comes_to_lie_where_it_lies_in_fer2013(detector, size):
    """A white box in a black picture must fill the measured share, at the measured place."""
    picture = np.zeros((1200, 1200, 3), np.uint8)
    left, top = 300, 350
    picture[top : top + size, left : left + size] = 255
    face = crop_face(picture, Box((left, top, left + size, top + size), 1.0, None, detector))
    framing = FRAMINGS[detector]
    light = face / 255
    rows, columns = np.mgrid[:48, :48] + 0.5
    assert np.sqrt(light.sum()) / 48 == pytest.approx(framing.size, abs=0.02)
    assert (light * columns).sum() / light.sum() / 48 == pytest.approx(framing.center_x, abs=0.01)
    assert (light * rows).sum() / light.sum() / 48 == pytest.approx(framing.center_y, abs=0.01)


def test_image_of_48_pixels_comes_back_unchanged():
    image = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    face = whole_picture(np.repeat(image[..., None], 3, axis=2))
    assert np.abs(face.astype(int) - image).max() <= 1


def test_whole_picture_is_the_central_square():
    face = whole_picture(gradient())
    assert face.shape == (48, 48)
    assert face[0, 0] == pytest.approx(255 * 53 / 400, abs=3)
    assert face[0, -1] == pytest.approx(255 * 347 / 400, abs=3)


def test_beyond_the_edge_the_edge_repeats():
    face = crop_face(gradient(), Box((-40, 100, 40, 180), 1.0))
    assert (face[:, :20] == face[0, 0]).all()
    assert face[0, -1] > 0


def test_shrinking_averages_instead_of_skipping_pixels():
    """A fine checkerboard becomes even gray."""
    board = (np.indices((960, 960)).sum(axis=0) % 2 * 255).astype(np.uint8)
    face = whole_picture(np.repeat(board[..., None], 3, axis=2))
    assert face.std() < 2
    assert face.mean() == pytest.approx(127.5, abs=2)


@pytest.mark.parametrize("angle", [-30, -10, 10, 30])
def test_levelling_turns_the_eyes_level(angle):
    picture = np.zeros((400, 400, 3), np.uint8)
    radians = np.radians(angle)
    step = 40 * np.array([np.cos(radians), np.sin(radians)])
    eyes = landmarks(200 - step, 200 + step)
    for eye in eyes[:2]:
        cv2.circle(picture, tuple(round(float(v)) for v in eye), 6, (255, 255, 255), -1)
    box = Box((120, 120, 280, 280), 1.0, eyes)
    assert box.roll == pytest.approx(angle, abs=0.1)

    def tilt(face: np.ndarray) -> float:
        count, _, _, centers = cv2.connectedComponentsWithStats((face > 60).astype(np.uint8))
        assert count == 3
        (x0, y0), (x1, y1) = sorted(centers[1:].tolist())
        return float(np.degrees(np.arctan2(y1 - y0, x1 - x0)))

    assert abs(tilt(crop_face(picture, box, level=True))) < 3
    assert tilt(crop_face(picture, box, level=False)) == pytest.approx(angle, abs=3)


def test_wild_eye_points_are_not_believed():
    box = Box((100, 100, 200, 200), 1.0, landmarks((150, 110), (150, 190)))
    picture = gradient()
    assert (crop_face(picture, box) == crop_face(picture, box, level=False)).all()


def test_gray_weights_are_those_of_bgr():
    picture = np.zeros((48, 48, 3), np.uint8)
    picture[..., 2] = 255
    assert whole_picture(picture)[0, 0] == 76  # 0.299 of red


def test_empty_box_gives_a_face_all_the_same():
    assert crop_face(gradient(), Box((10, 10, 10, 10), 1.0)).shape == (48, 48)


def test_cut_square_maps_the_anchor_to_its_share():
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[50:54, 80:84] = 255
    face = cut_square(picture, (82, 52), 96, 0.0, (0.25, 0.75))
    y, x = np.unravel_index(face.argmax(), face.shape)
    assert (x + 0.5, y + 0.5) == pytest.approx((12, 36), abs=1)


def test_levelled_face_looks_as_the_upright_one(yunet, astronaut):
    upright = crop_face(astronaut, yunet.detect(astronaut)[0]).astype(float)
    for angle in (-20, 20):
        matrix = cv2.getRotationMatrix2D((223, 120), angle, 1.0)
        turned = cv2.warpAffine(astronaut, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE)
        box = min(yunet.detect(turned), key=lambda box: box.center[1])
        likeness = [
            np.corrcoef(upright.ravel(), crop_face(turned, box, level=level).ravel())[0, 1]
            for level in (True, False)
        ]
        assert likeness[0] > 0.7
        assert likeness[0] > likeness[1] + 0.1


def test_turn_is_clockwise():
    image = np.zeros((48, 48, 1), np.uint8)
    image[22:26, 40:44] = 255
    y, x = np.argwhere(turn(image, 90)[..., 0] > 100).mean(axis=0)
    assert x == pytest.approx(23.5, abs=1)
    assert y > 38


@pytest.mark.parametrize("shape", [(1, 60_000), (60_000, 1), (20, 40_000), (40_000, 20)])
@pytest.mark.parametrize("how", Cropping)
def test_pictures_wider_than_opencv_warps_are_cut_out(shape, how):
    height, width = shape
    ramp = np.linspace(0, 255, max(shape)).astype(np.uint8).reshape(-1, 1)
    picture = np.repeat(np.broadcast_to(ramp if height > width else ramp.T, shape)[..., None], 3, 2)
    middle = width / 2, height / 2
    box = Box((middle[0] - 9, middle[1] - 9, middle[0] + 9, middle[1] + 9), 1.0)
    assert crop(picture, box, how) == pytest.approx(127, abs=2)


@pytest.mark.parametrize("place", [(0, 0), (16_000, 8), (39_999, 19), (-500, 40)])
@pytest.mark.parametrize("roll", [0, 17])
def test_a_cut_out_of_a_wide_picture_is_that_of_a_narrow_one(place, roll):
    x, y = place
    narrow = np.random.default_rng(0).integers(0, 256, (20, 32_000, 3), dtype=np.uint8)
    wide = np.concatenate([narrow, narrow[:, :8_000]], axis=1)
    if x > 32_000:  # the same pixels nearer to the left edge
        narrow, x = wide[:, 8_000:], x - 8_000
    cut, expected = (
        cut_square(picture, (at, y), 60.0, roll, (0.5, 0.5))
        for picture, at in ((wide, place[0]), (narrow, x))
    )
    assert np.abs(cut.astype(int) - expected).max() <= 1
