import threading
import time

import cv2
import numpy as np
import pytest

from fer_core.inference.box import Box
from fer_core.inference.detector import FaceDetector, haar_detector
from fer_core.inference.framing import crop_face
from fer_core.inference.turning import TURNS, turned, turned_back

ASTRONAUT_FACE = (178, 63, 268, 176)


def overlap(first, second) -> float:
    """Intersection over union."""
    left, top = np.maximum(first[:2], second[:2])
    right, bottom = np.minimum(first[2:], second[2:])
    common = max(right - left, 0) * max(bottom - top, 0)
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (first, second)]
    return common / (sum(areas) - common)


@pytest.fixture(params=["YuNet", "Haar cascade"])
def detector(request):
    return request.getfixturevalue("yunet") if request.param == "YuNet" else haar_detector()


def test_finds_the_face_where_it_is(detector, astronaut):
    boxes = detector.detect(astronaut)
    assert len(boxes) == 1
    assert overlap(boxes[0].xyxy, ASTRONAUT_FACE) > 0.6
    assert boxes[0].detector == detector.name


def test_landmarks_are_eyes_nose_and_mouth(yunet, astronaut):
    left_eye, right_eye, nose, left_mouth, right_mouth = yunet.detect(astronaut)[0].landmarks
    assert left_eye[0] < nose[0] < right_eye[0]
    assert left_mouth[0] < right_mouth[0]
    assert left_eye[1] < nose[1] < left_mouth[1]


@pytest.mark.parametrize("scale", [0.25, 4, 7.3])
def test_boxes_and_landmarks_are_in_the_picture_s_own_pixels(yunet, astronaut, scale):
    picture = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    reference = yunet.detect(astronaut)[0]
    box = yunet.detect(picture)[0]
    assert overlap(np.array(box.xyxy) / scale, reference.xyxy) > 0.75
    assert np.abs(box.landmarks / scale - reference.landmarks).max() < 10


def test_non_square_picture(yunet, astronaut):
    wide = np.concatenate([np.zeros((512, 1500, 3), np.uint8), astronaut], axis=1)
    box = yunet.detect(wide)[0]
    assert overlap(box.xyxy, np.add(ASTRONAUT_FACE, (1500, 0, 1500, 0))) > 0.6


def test_face_of_48_pixels_that_fills_the_picture(yunet, astronaut):
    small = cv2.resize(astronaut[40:190, 150:300], (48, 48), interpolation=cv2.INTER_AREA)
    box = yunet.detect(small)[0]
    assert overlap(np.array(box.xyxy) * 150 / 48 + (150, 40, 150, 40), ASTRONAUT_FACE) > 0.6


def test_largest_face_first(yunet, astronaut):
    small = cv2.resize(astronaut, (300, 300), interpolation=cv2.INTER_AREA)
    picture = np.zeros((512, 900, 3), np.uint8)
    picture[:300, :300], picture[:, 350:862] = small, astronaut
    boxes = yunet.detect(picture)
    assert len(boxes) == 2
    assert boxes[0].size > boxes[1].size
    assert boxes[0].center[0] > 450


def test_no_face_in_an_empty_picture(detector):
    assert detector.detect(np.full((240, 320, 3), 127, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 40_000), (16, 16), (16, 9000)])
def test_odd_sizes_do_not_fail(detector, shape):
    assert detector.detect(np.zeros((*shape, 3), np.uint8)) == []


def test_min_confidence_leaves_out_weaker_faces(yunet, astronaut):
    confidence = yunet.detect(astronaut)[0].confidence
    assert yunet.detect(astronaut, min_confidence=confidence + 0.01) == []


def detect_from_two_threads(detector, astronaut, seconds: float):
    """Detects in pictures of two sizes at once and compares with one thread alone."""
    pictures = [astronaut, np.ascontiguousarray(astronaut[:320, 60:460])]
    expected = [[box.xyxy for box in detector.detect(picture)] for picture in pictures]
    counts, wrong = [0, 0], []
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        while time.monotonic() < until:
            boxes = [box.xyxy for box in detector.detect(pictures[number])]
            counts[number] += 1
            if len(boxes) != len(expected[number]) or not np.allclose(boxes, expected[number]):
                wrong.append(boxes)

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(counts) > 0
    assert wrong == []


def test_two_threads_with_two_sizes(yunet, astronaut):
    detect_from_two_threads(yunet, astronaut, 2)


def test_two_threads_with_haar(astronaut):
    detect_from_two_threads(haar_detector(), astronaut, 1)


@pytest.mark.long
def test_two_threads_with_two_sizes_for_longer(yunet, astronaut):
    detect_from_two_threads(yunet, astronaut, 20)


def test_an_instance_that_failed_is_not_used_again(yunet, astronaut):
    with pytest.raises(cv2.error):
        yunet.detect(np.zeros((64, 64, 3, 2), np.uint8))
    assert len(yunet.detect(astronaut)) == 1


@pytest.mark.parametrize("angle", [-20, -10, 10, 20])
def test_eye_points_of_a_small_face_follow_its_tilt(yunet, astronaut, angle):
    matrix = cv2.getRotationMatrix2D((223, 120), -angle, 1.0)
    turned = cv2.warpAffine(astronaut, matrix, (512, 512))
    box = min(yunet.detect(turned), key=lambda box: box.center[1])
    assert overlap(box.xyxy, ASTRONAUT_FACE) > 0.6
    assert box.roll == pytest.approx(angle, abs=9)


def test_without_exact_eyes_the_boxes_are_the_same(yunet, astronaut):
    exact, quick = (yunet.detect(astronaut, exact_eyes=value)[0] for value in (True, False))
    assert exact.xyxy == quick.xyxy
    assert np.abs(exact.landmarks - quick.landmarks).max() < 15


def heads(astronaut, width: int, height: int, face: int, count: int, seed: int = 0):
    """Coloured blotches with so many heads whose faces have about that many pixels, and where
    they are.
    """
    rng = np.random.default_rng(seed)
    blotches = rng.integers(60, 180, (height // 200 + 2, width // 200 + 2, 3), dtype=np.uint8)
    scene = cv2.resize(blotches, (width, height), interpolation=cv2.INTER_CUBIC)
    head = cv2.resize(astronaut[30:230, 120:320], None, fx=face / 101, fy=face / 101)
    side, places = len(head), []
    while len(places) < count:
        x, y = int(rng.integers(0, width - side)), int(rng.integers(0, height - side))
        if all(max(abs(x - a), abs(y - b)) > side for a, b in places):
            places.append((x, y))
            scene[y : y + side, x : x + side] = head
    return scene, [(x + 0.52 * side, y + 0.45 * side) for x, y in places]


def missed_and_more(boxes, places, near: float) -> tuple[int, int]:
    """Places without a face, and boxes that are not the first one at a place."""
    hits = [min(np.abs(np.subtract(b.center, p)).max() for b in boxes) < near for p in places]
    return hits.count(False), len(boxes) - hits.count(True)


@pytest.mark.parametrize(
    ("width", "height", "face"),
    [(4000, 3000, 60), (3000, 2000, 45), (1920, 1080, 30), (12_000, 1000, 60), (800, 9000, 60)],
)
def test_small_faces_in_large_wide_and_tall_pictures(yunet, astronaut, width, height, face):
    scene, places = heads(astronaut, width, height, face, 12)
    assert missed_and_more(yunet.detect(scene), places, face / 2) == (0, 0)


def test_smaller_faces_are_found_where_they_are_asked_for(yunet, astronaut):
    scene, places = heads(astronaut, 2400, 1800, 16, 10)
    assert missed_and_more(yunet.detect(scene), places, 10)[0] > 0
    assert missed_and_more(yunet.detect(scene, min_face=16), places, 10) == (0, 0)


def test_large_faces_beside_small_ones(yunet, astronaut):
    scene, places = heads(astronaut, 2400, 1800, 40, 6)
    scene[:1000, :1000] = cv2.resize(astronaut[30:230, 120:320], (1000, 1000))
    places = [place for place in places if max(place[0], place[1]) > 1050]
    boxes = yunet.detect(scene)
    assert boxes[0].size > 400
    assert missed_and_more(boxes[1:], places, 25)[0] == 0


@pytest.mark.parametrize("degrees", TURNS)
def test_a_photograph_on_its_side_or_head_is_read_as_if_upright(yunet, astronaut, degrees):
    (upright,) = yunet.detect(astronaut)
    (box,) = yunet.detect(turned(astronaut, degrees))
    assert (upright.turn, box.turn) == (0, 360 - degrees)
    assert abs(box.roll - upright.roll) < 3
    face, expected = (
        crop_face(picture, found).astype(int)
        for picture, found in ((turned(astronaut, degrees), box), (astronaut, upright))
    )
    assert np.abs(face - expected).mean() < 6


@pytest.mark.parametrize("degrees", TURNS)
def test_every_face_of_a_turned_group_is_found(yunet, astronaut, degrees):
    scene, places = heads(astronaut, 900, 600, 60, 8)
    boxes = yunet.detect(turned(scene, degrees))
    assert {box.turn for box in boxes} == {360 - degrees}
    upright = turned_back(boxes, 360 - degrees, turned(scene, degrees).shape[:2])
    assert len(boxes) == len(places) == len(upright)


def test_one_who_lies_among_upright_ones(yunet, astronaut):
    scene, _ = heads(astronaut, 900, 600, 60, 3, seed=1)
    scene[-220:-20, -220:-20] = turned(astronaut[30:230, 120:320], 90)
    turns = [box.turn for box in yunet.detect(scene)]
    assert sorted(turns) == [0, 0, 0, 270]


def test_video_is_not_turned(yunet, astronaut):
    on_its_head = turned(astronaut, 180)
    assert all(box.turn == 0 for box in yunet.detect(on_its_head, any_turn=False))


def cup(rng) -> np.ndarray:
    """A cup of coffee on its saucer, from above."""
    scene = np.full((400, 600, 3), rng.integers(60, 200, 3), np.uint8)
    cv2.ellipse(scene, (300, 250), (230, 100), 0, 0, 360, (235, 235, 240), -1, cv2.LINE_AA)
    cv2.ellipse(scene, (300, 200), (150, 110), 0, 0, 360, (250, 250, 250), -1, cv2.LINE_AA)
    cv2.ellipse(scene, (300, 195), (125, 85), 0, 0, 360, (30, 60, 110), -1, cv2.LINE_AA)
    cv2.ellipse(scene, (290, 185), (60, 30), 20, 0, 360, (120, 170, 210), -1, cv2.LINE_AA)
    return scene


def clock(rng) -> np.ndarray:
    scene = np.full((480, 640, 3), rng.integers(60, 200, 3), np.uint8)
    cv2.circle(scene, (320, 240), 170, (250, 250, 250), -1, cv2.LINE_AA)
    for angle in np.arange(12) * np.pi / 6:
        way = np.array([np.sin(angle), -np.cos(angle)])
        start, end = ((np.array([320, 240]) + way * r).astype(int).tolist() for r in (140, 158))
        cv2.line(scene, start, end, (20, 20, 20), 6, cv2.LINE_AA)
    cv2.line(scene, (320, 240), (250, 170), (10, 10, 10), 9, cv2.LINE_AA)
    cv2.line(scene, (320, 240), (400, 160), (10, 10, 10), 6, cv2.LINE_AA)
    return scene


def noise(rng) -> np.ndarray:
    return cv2.resize(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8), (640, 480))


@pytest.mark.parametrize("draw", [cup, clock, noise])
def test_what_only_resembles_a_face_is_none(yunet, draw):
    for seed in range(2):
        assert yunet.detect(draw(np.random.default_rng(seed))) == []


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "moon", "coins", "gravel"])
def test_photographs_without_a_face(yunet, name):
    from skimage import data

    picture = getattr(data, name)()
    picture = picture[..., ::-1] if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2)
    assert yunet.detect(np.ascontiguousarray(picture)) == []


class Doubtful:
    """Sees a face in the picture with one confidence and in its close-up with another."""

    def __init__(self, search: float, close_up: float) -> None:
        self.search, self.close_up = search, close_up

    def faces(self, image, min_confidence):
        if image.shape[:2] == (320, 320):
            box = Box((60, 60, 260, 260), self.close_up, np.full((5, 2), 160, np.float32))
        else:
            box = Box((200, 200, 300, 300), self.search, np.full((5, 2), 250, np.float32))
        return [box] if box.confidence >= min_confidence else []


@pytest.mark.parametrize(
    ("search", "close_up", "found"), [(0.4, 0.9, 1), (0.63, 0.41, 0), (0.9, 0.5, 1), (0.7, 0, 0)]
)
def test_search_and_close_up_together_decide(search, close_up, found):
    detector = FaceDetector("YuNet", Doubtful(search, close_up))
    boxes = detector.detect(np.zeros((480, 640, 3), np.uint8), 0.6, any_turn=False)
    assert [box.confidence for box in boxes] == [pytest.approx((search + close_up) / 2)] * found


def test_the_quick_search_of_live_video_takes_faces_as_they_are():
    detector = FaceDetector("YuNet", Doubtful(0.7, 0))
    (box,) = detector.detect(np.zeros((480, 640, 3), np.uint8), 0.6, long_side=400)
    assert box.confidence == 0.7


def test_the_cascade_gives_no_confidence(astronaut):
    assert [box.measured_confidence for box in haar_detector().detect(astronaut)] == [None]
