import threading
import time

import cv2
import numpy as np
import pytest

from fer_core.inference.detector import haar_detector

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
