"""What is searched at which size, and that a face found several times is shown once."""

import numpy as np
import pytest

from fer_core.inference.box import Box
from fer_core.inference.search import ENOUGH, affordable, scales, search, smallest_face

SMALLEST = 40  # pixels of a square that counts where it is searched


def bright(image: np.ndarray) -> list[Box]:
    """White squares, and what a tile's edge leaves of them if that is like a square."""
    import cv2

    count, _, stats, _ = cv2.connectedComponentsWithStats(np.uint8(image[..., 0] > 128))
    rows = stats[1:count]
    return [
        Box((float(x), float(y), float(x + w), float(y + h)), min(w, h) / max(w, h))
        for x, y, w, h, _ in rows
        if max(w, h) / 2 < min(w, h) and max(w, h) > SMALLEST
    ]


def picture(width: int, height: int, places: list[tuple[int, int]], side: int) -> np.ndarray:
    frame = np.zeros((height, width, 3), np.uint8)
    for x, y in places:
        frame[y : y + side, x : x + side] = 255
    return frame


@pytest.mark.parametrize(
    ("size", "expected"),
    [((480, 640), [1.0]), ((640, 640), [1.0]), ((48, 48), [320 / 48]), ((512, 512), [1.0])],
)
def test_a_small_picture_is_searched_once(size, expected):
    assert scales(size) == expected


def test_a_large_picture_is_searched_for_smaller_faces_too():
    first, last = scales((3000, 4000))
    assert first == pytest.approx(640 / 4000)
    assert last * 60 >= ENOUGH
    assert smallest_face((3000, 4000)) <= 60
    assert smallest_face((4000, 6000)) <= 90


@pytest.mark.parametrize("size", [(800, 20_000), (20_000, 800), (400, 40_000)])
def test_a_wide_or_tall_picture_keeps_enough_of_its_short_side(size):
    assert smallest_face(size) < 70
    assert scales(size)[0] * min(size) > 45


def test_the_smallest_face_decides_where_it_is_named():
    assert scales((3000, 4000), min_face=24)[-1] == pytest.approx(1)
    assert scales((480, 640), min_face=12)[-1] == pytest.approx(2)
    assert scales((3000, 4000), min_face=300) == [pytest.approx(0.08)]
    steps = np.array(scales((3000, 4000), min_face=10))
    assert (steps[1:] / steps[:-1]).max() <= 4


def test_the_quick_search_of_live_video_is_one_size():
    assert scales((480, 640), long_side=320) == [0.5]
    assert scales((240, 320), long_side=320) == [1.0]


@pytest.mark.parametrize("side", [45, 90])
def test_each_face_is_found_once_wherever_tiles_meet(side):
    rng = np.random.default_rng(side)
    places: list[tuple[int, int]] = []
    while len(places) < 60:
        x, y = (int(rng.integers(5, limit - side - 5)) for limit in (4000, 3000))
        if all(abs(x - a) > 2 * side or abs(y - b) > 2 * side for a, b in places):
            places.append((x, y))
    boxes = search(picture(4000, 3000, places, side), bright, min_face=20)
    middles = sorted((round(box.center[0]), round(box.center[1])) for box in boxes)
    expected = sorted((x + side // 2, y + side // 2) for x, y in places)
    assert len(middles) == len(expected)
    assert np.abs(np.subtract(middles, expected)).max() <= 4


def test_a_face_found_at_several_sizes_keeps_the_box_that_shows_it_best():
    def coarse_is_vague(image):
        large = image.shape[1] > 700
        middle, side = np.array(image.shape[1::-1]) / 2, image.shape[1] * (0.02 if large else 0.03)
        left, top = middle - side / 2
        return [Box((left, top, left + side, top + side), 0.9 if large else 0.4)]

    (box,) = search(np.zeros((3000, 4000, 3), np.uint8), coarse_is_vague)
    assert box.confidence == 0.9
    assert box.size == pytest.approx(80, abs=1)


def test_one_face_in_front_of_another_is_two():
    boxes = [Box((100.0, 100, 200, 200), 0.9), Box((165.0, 165, 225, 225), 0.9)]
    assert len(search(np.zeros((480, 640, 3), np.uint8), lambda image: boxes)) == 2


@pytest.mark.parametrize("size", [(64, 640), (480, 640)])
def test_what_is_beyond_the_edge_is_no_face(size):
    """In a very wide picture a detector may see one below it, in its own padding."""
    below = Box((100.0, size[0] - 20, 160, size[0] + 60), 0.9)

    def find(image):
        return [below] if image.shape[:2] == size else []

    assert search(np.zeros((*size, 3), np.uint8), find) == []


def test_a_picture_without_a_face_is_searched_again_with_a_margin():
    def only_with_margin(image):
        return [Box((200.0, 200, 440, 440), 0.9)] if not image[:50].any() else []

    (box,) = search(np.full((400, 400, 3), 127, np.uint8), only_with_margin)
    assert np.allclose(box.xyxy, [100, 100, 340, 340], atol=1)


@pytest.mark.parametrize("size", [(3000, 4000), (8000, 6000), (1000, 20000), (2160, 3840)])
def test_what_is_searched_for_small_faces_can_be_bounded(size):
    least = affordable(size, 8, 16_000_000)
    assert scales(size, least)[-1] ** 2 * size[0] * size[1] <= 16_000_001
    assert affordable(size, least + 1, 16_000_000) == least + 1
    assert affordable((480, 640), 8, 16_000_000) == 8
