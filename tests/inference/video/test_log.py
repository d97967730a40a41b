"""What is kept of a video: a row for every sample, and which faces count."""

from dataclasses import replace

import numpy as np
import pytest

from fer_core.classes import CLASS_INDEX
from fer_core.inference.box import Box
from fer_core.inference.results import FacePrediction, ImageResult, to_frame
from fer_core.inference.video.log import VideoLog
from fer_core.inference.video.reader import Sample
from fer_core.tables import to_csv

HAPPY, SAD = CLASS_INDEX["happy"], CLASS_INDEX["sad"]


def face(number: int, detector: str = "YuNet", emotion: int = 0) -> FacePrediction:
    scores = np.full(7, 0.1, np.float32)
    scores[emotion] += 0.1
    box = Box((1, 2, 30, 40), 0.9, None, detector)
    return FacePrediction(np.zeros((48, 48), np.uint8), scores, box, number=number)


def log_of(*samples: tuple[FacePrediction, ...]) -> VideoLog:
    log = VideoLog("clip.mp4", 5)
    frame = np.zeros((64, 96, 3), np.uint8)
    for index, faces in enumerate(samples):
        result = ImageResult("clip.mp4", 96, 64, faces, None, "YuNet", index / 5)
        log.add(Sample(frame, result, None))
    return log


def test_the_table_has_a_row_for_each_sample_without_a_face():
    table = log_of((), (face(1),), (face(1), face(2)), ()).to_frame()
    assert list(table["seconds"]) == [0.0, 0.2, 0.4, 0.4, 0.6]
    assert list(table["face"].fillna(0)) == [0, 1, 1, 2, 0]
    empty = table.iloc[0]
    assert empty[["label", "unsure", "confidence", "left", "face_confidence", "sad"]].isna().all()


def test_samples_without_a_face_count_for_no_share_and_no_number():
    log = log_of((), (face(1),), ())
    assert log.numbers() == [1]
    assert log.shares()[0].sum() == 1
    assert len(log.timeline(1)[0]) == 1


def timed_log(*samples: tuple[float, FacePrediction]) -> VideoLog:
    """Of samples at those seconds with a face each, of a video of ten seconds."""
    log = VideoLog("clip.mp4", 5)
    for seconds, seen in samples:
        result = ImageResult("clip.mp4", 96, 64, (seen,), None, "YuNet", seconds)
        log.add(Sample(np.zeros((64, 96, 3), np.uint8), result, 10.0))
    return log


def test_a_frame_that_is_shown_for_long_counts_for_long():
    sad = [(9 + number / 5, face(1, emotion=SAD)) for number in range(5)]
    log = timed_log((0.0, face(1, emotion=HAPPY)), *sad)
    assert log.shares()[0][[HAPPY, SAD]] == pytest.approx([0.9, 0.1])
    assert log.timeline(1)[0].tolist() == [0.0, *(second for second, _ in sad)]


def test_the_face_seen_longest_is_that_of_a_frame_that_is_shown_for_long():
    brief = [(9 + number / 5, face(1)) for number in range(4)]
    log = timed_log((0.0, face(2)), *brief)
    assert log.numbers() == [2, 1]
    assert log.lasting() == [2]


def test_the_last_frame_counts_to_the_end_of_the_video_where_that_is_known():
    log = timed_log((0.0, face(1, emotion=HAPPY)), (2.0, face(1, emotion=SAD)))
    assert log.shares()[0][HAPPY] == pytest.approx(2 / 2.2), "It is still being read."
    log.set_complete(True, 10.0)
    assert log.shares()[0][HAPPY] == pytest.approx(0.2)
    for end in (None, 1.0):  # a file may say nothing, or anything
        log.set_complete(True, end)
        assert log.shares()[0][HAPPY] == pytest.approx(2 / 2.2)


def test_the_share_without_an_answer_is_one_of_time_too():
    unsure = replace(face(1, emotion=SAD), unsure=True)
    log = timed_log((0.0, unsure), (9.0, face(1, emotion=HAPPY)), (9.8, unsure))
    shares, without = log.shares()
    assert (shares[HAPPY], without) == (pytest.approx(0.08), pytest.approx(0.92))


def test_why_reading_ended_early_is_a_row_of_its_own():
    log = log_of((face(1),))
    log.error = "clip.mp4 is damaged."
    assert list(log.to_frame()["error"].fillna("")) == ["", "clip.mp4 is damaged."]


def test_a_face_seen_for_a_moment_is_not_among_the_lasting_ones():
    samples = [(face(1), face(2)) for _ in range(20)] + [(face(1), face(3))]
    log = log_of(*samples)
    assert log.numbers() == [1, 2, 3]
    assert log.lasting() == [1, 2]
    assert VideoLog("empty.mp4", 5).lasting() == []


def test_a_detector_without_a_confidence_leaves_it_empty():
    table = log_of((face(1, "Haar cascade"),), (face(1),)).to_frame()
    assert np.isnan(table["face_confidence"][0])
    assert table["face_confidence"][1] == 0.9


def test_the_page_writes_the_table_that_the_command_writes():
    scores = np.array([0.1234565, 0.05, 0.05, 0.6000004, 0.1, 0.05, 0.0265431], np.float32)
    turned = Box((1.5, 2.4, 30.6, 40.5), 0.87654, None, "YuNet", turn=90)
    faces = (replace(face(1), probabilities=scores, box=turned, unsure=True), face(2, "Haar"))
    whole = replace(face(1), box=None)
    results = [
        ImageResult("clip.mp4", 96, 64, seen, None, "YuNet", second / 3, "compact", "aligned")
        for second, seen in enumerate([faces, (), (whole,)])
    ]
    log = VideoLog("clip.mp4", 5)
    for result in results:
        log.add(Sample(np.zeros((64, 96, 3), np.uint8), result, None))
    log.error = "clip.mp4 is damaged."
    end = ImageResult("clip.mp4", 0, 0, (), log.error, "YuNet", model="compact", framing="aligned")

    assert to_csv(log.to_frame()) == to_csv(to_frame([*results, end]))
