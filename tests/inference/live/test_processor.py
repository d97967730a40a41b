"""Live video as the page feeds it: frames in, drawn frames and figures out."""

import gc
import threading
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.inference.box import Box
from fer_core.inference.live import processor as live_module
from fer_core.inference.live.processor import LiveProcessor
from fer_core.inference.live.state import TIMELINE, LiveSettings, timeline_table
from fer_core.inference.predictor import Predictor


class Clock:
    """Advances by `step` seconds whenever it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 100.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class FakeDetector:
    """Gives `boxes`, and remembers how it was asked."""

    name = "YuNet"
    note = ""

    def __init__(self, boxes: list[Box]) -> None:
        self.boxes = boxes
        self.asked: list[dict[str, Any]] = []

    def detect(self, frame: NDArray[np.uint8], confidence: float, **options: Any) -> list[Box]:
        self.asked.append({"confidence": confidence, **options})
        if (frame == 13).all():
            raise RuntimeError("This frame breaks the detector.")
        return [box for box in self.boxes if box.confidence >= confidence]


class FakeClassifier:
    """Gives the same probabilities to every face."""

    run_id = "fake"

    def __init__(self, label: int, share: float = 0.9) -> None:
        self.row = np.full(NUM_CLASSES, (1 - share) / (NUM_CLASSES - 1), np.float32)
        self.row[label] = share

    def predict(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.tile(self.row, (len(faces), 1))


def _box(x: float = 100.0, confidence: float = 0.9, size: float = 120.0) -> Box:
    eyes = np.array([[x + 30, 90], [x + 90, 90], [x + 60, 120], [x + 40, 150], [x + 80, 150]])
    return Box((x, 60, x + size, 60 + size), confidence, eyes.astype(np.float32))


def _predictor(boxes: list[Box], label: int = 3, share: float = 0.9) -> Predictor:
    return Predictor(FakeClassifier(label, share), FakeDetector(boxes))  # type: ignore[arg-type]


def _frame(value: int = 90) -> NDArray[np.uint8]:
    return np.full((480, 640, 3), value, np.uint8)


PLAIN = LiveSettings(mirrored=False)


def test_a_box_is_drawn_where_the_face_is() -> None:
    frame = _frame()
    drawn = LiveProcessor(_predictor([_box()]), PLAIN).process(frame)
    rows, columns = np.where((drawn != frame).any(axis=2))
    assert drawn.shape == frame.shape
    assert drawn.dtype == np.uint8
    assert 90 <= columns.min() <= 105
    assert 215 <= columns.max() <= 260
    assert rows.max() <= 60 + 120 + 20
    assert (frame == 90).all(), "The caller's frame was drawn on."


def test_a_mirrored_view_is_flipped_before_it_is_drawn_on() -> None:
    frame = _frame()
    frame[:, :50] = 200
    drawn = LiveProcessor(_predictor([]), LiveSettings(mirrored=True)).process(frame)
    assert np.array_equal(drawn, frame[:, ::-1])


def test_the_bar_is_as_long_as_the_face_is_probable() -> None:
    def coloured(share: float) -> int:
        processor = LiveProcessor(_predictor([_box()], 3, share), PLAIN)
        below = processor.process(_frame())[184:188, 102:218].astype(int)
        return int((np.ptp(below, axis=2) > 60).sum())

    assert coloured(0.3) > 0
    assert coloured(0.9) == pytest.approx(3 * coloured(0.3), rel=0.1)


def test_the_newest_frame_wins() -> None:
    processor = LiveProcessor(_predictor([_box()]), PLAIN)
    decoded = []

    def decode(value: int) -> NDArray[np.uint8]:
        decoded.append(value)
        return _frame(value)

    drawn = processor.process_newest(list(range(20, 30)), decode)
    assert decoded == [29]
    assert drawn[0, 0, 0] == 29
    figures = processor.state().statistics
    assert figures.processed == 1
    assert figures.drop_rate == pytest.approx(0.9)


def test_figures_follow_the_clock() -> None:
    clock = Clock()
    processor = LiveProcessor(_predictor([_box()]), PLAIN, clock)
    for _ in range(40):
        clock.step = 0.01  # each look at the clock: work
        processor.process(_frame())
        clock.step, clock.now = 0.0, clock.now + 0.1
    figures = processor.state().statistics
    assert figures.processed == figures.with_face == 40
    assert 5 < figures.fps < 10
    assert 20 <= figures.latency_p95 <= 100
    clock.now += 60
    later = processor.state().statistics
    assert (later.fps, later.drop_rate, later.processed) == (0.0, 0.0, 40)


def test_settings_act_from_the_next_frame_on() -> None:
    predictor = _predictor([_box(confidence=0.7)], share=0.5)
    processor = LiveProcessor(predictor, PLAIN)
    processor.process(_frame())
    assert processor.state().faces[0].label == "happy"
    processor.configure(predictor, LiveSettings(unsure_below=0.6))
    processor.process(_frame())
    assert processor.state().faces[0].label == "not sure"
    processor.configure(predictor, LiveSettings(min_confidence=0.8))
    processor.process(_frame())
    assert processor.state().faces == ()


def test_smoothing_steadies_a_change_of_expression() -> None:
    clock = Clock()
    happy, sad = _predictor([_box()], 3), _predictor([_box()], 5)

    def after_change(half_life: float) -> float:
        settings = LiveSettings(half_life=half_life)
        processor = LiveProcessor(happy, settings, clock)
        for _ in range(10):
            processor.process(_frame())
            clock.now += 0.1
        processor.configure(sad, settings)
        processor.process(_frame())
        return float(processor.state().faces[0].probabilities[5])

    assert after_change(0.0) == pytest.approx(0.9)
    assert after_change(2.0) < 0.3


def test_several_faces_keep_their_numbers() -> None:
    processor = LiveProcessor(_predictor([_box(100), _box(400)]), PLAIN)
    for _ in range(3):
        processor.process(_frame())
        assert [face.number for face in processor.state().faces] == [1, 2]


def test_the_leading_face_changes_only_for_a_clearly_larger_one() -> None:
    predictor = _predictor([])
    detector: Any = predictor.detector
    processor = LiveProcessor(predictor, PLAIN)

    def leading(*sizes: tuple[float, float]) -> int:
        boxes = [_box(x, size=size) for x, size in sizes]
        detector.boxes = sorted(boxes, key=lambda box: -box.size)
        processor.process(_frame())
        return processor.state().faces[0].number

    assert leading((100, 120), (400, 118)) == 1
    assert leading((100, 118), (400, 120)) == 1, "A pixel more is no reason to change."
    assert leading((100, 100), (400, 140)) == 2
    assert leading((100, 120)) == 1, "The one that led is gone."
    assert processor.state().timeline[-1].number is not None


def test_eyes_are_looked_at_closely_now_and_then_and_move_with_the_box() -> None:
    clock = Clock()
    predictor = _predictor([_box(100)])
    detector: Any = predictor.detector
    processor = LiveProcessor(predictor, PLAIN, clock)
    for x in (100.0, 110.0, 120.0, 130.0):
        moved = _box(x)
        assert moved.landmarks is not None
        # Without a close look the eye points stay where they are, which is wrong.
        detector.boxes = [Box(moved.xyxy, 0.9, _box(100).landmarks)]
        processor.process(_frame())
        landmarks = processor.state().faces[0].box.landmarks
        assert landmarks is not None
        if x < 130:
            assert landmarks == pytest.approx(moved.landmarks, abs=0.01)
        clock.now += 0.11
    assert [asked["exact_eyes"] for asked in detector.asked] == [True, False, False, True]
    assert all(asked["long_side"] == live_module.LONG_SIDE for asked in detector.asked)


def test_a_bad_frame_does_not_end_the_video(caplog: pytest.LogCaptureFixture) -> None:
    processor = LiveProcessor(_predictor([_box()]), PLAIN)
    assert (processor.process(_frame(13)) == 13).all()
    processor.process(_frame())
    figures = processor.state().statistics
    assert (figures.processed, figures.failed, figures.with_face) == (2, 1, 1)
    assert "could not be read" in caplog.text


def test_a_huge_frame_is_shrunk() -> None:
    drawn = LiveProcessor(_predictor([]), PLAIN).process(np.zeros((2160, 3840, 3), np.uint8))
    assert drawn.shape == (720, 1280, 3)


def test_the_timeline_is_bounded_and_shows_gaps() -> None:
    clock = Clock()
    predictor = _predictor([_box()])
    detector: Any = predictor.detector
    processor = LiveProcessor(predictor, PLAIN, clock)
    for i in range(1000):
        detector.boxes = [] if i % 100 > 50 else [_box()]
        processor.process(_frame())
        clock.now += 0.05
    timeline = processor.state().timeline
    assert len(timeline) <= TIMELINE / 0.2 + 1
    assert timeline[-1].time - timeline[0].time <= TIMELINE
    assert {point.probabilities is None for point in timeline} == {True, False}


def test_an_ended_video_keeps_figures_and_no_picture() -> None:
    processor = LiveProcessor(_predictor([_box()]), PLAIN)
    processor.process(_frame(77))
    kept = processor.last_frame()
    assert kept is not None
    assert (kept == 77).all(), "A snapshot has nothing drawn on it."
    processor.end()
    assert processor.last_frame() is None
    assert processor.state().faces == ()
    assert processor.state().statistics.processed == 1
    processor.begin()
    assert processor.state().statistics.processed == 0
    assert processor.state().timeline == ()


def test_other_threads_may_look_at_any_time() -> None:
    predictor = _predictor([_box()])
    processor = LiveProcessor(predictor, PLAIN)
    stop = threading.Event()
    problems: list[Exception] = []

    def look() -> None:
        while not stop.is_set():
            try:
                state = processor.state()
                assert len(state.faces) <= 1
                processor.last_frame()
                processor.configure(predictor, PLAIN)
            except Exception as exc:
                problems.append(exc)
                return

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(100):
        processor.process(_frame())
    stop.set()
    for thread in threads:
        thread.join()
    assert not problems
    assert processor.state().statistics.processed == 100


def test_a_real_face_is_read(yunet: Any, astronaut: NDArray[np.uint8], tmp_path: Path) -> None:
    from fer_core.inference.classifier import Classifier
    from tests.builders import make_run

    processor = LiveProcessor(Predictor(Classifier(make_run(tmp_path)), yunet), PLAIN)
    drawn = processor.process(astronaut)
    state = processor.state()
    assert state.statistics.with_face == 1
    assert state.faces[0].probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert not np.array_equal(drawn, astronaut)
    stages = processor.stages
    assert min(stages.detect, stages.frame, stages.classify, stages.draw) > 0


def test_a_frame_in_work_when_the_video_ends_leaves_nothing_in_memory() -> None:
    predictor = _predictor([_box()])
    begun, go_on = threading.Event(), threading.Event()
    plain_detect = predictor.detector.detect

    def detect(*args: Any, **options: Any) -> list[Box]:
        begun.set()
        assert go_on.wait(10)
        return plain_detect(*args, **options)

    predictor.detector.detect = detect  # type: ignore[method-assign]
    processor = LiveProcessor(predictor, PLAIN)
    frames = [_frame()]
    known = weakref.ref(frames[0])
    thread = threading.Thread(target=lambda: processor.process(frames.pop()))
    thread.start()
    assert begun.wait(10)
    processor.end()
    go_on.set()
    thread.join(10)
    assert processor.last_frame() is None
    assert processor.state().faces == ()
    gc.collect()
    assert known() is None, "something holds the frame"


def test_a_late_frame_is_not_kept_and_the_next_video_is() -> None:
    clock = Clock()
    processor = LiveProcessor(_predictor([_box()]), PLAIN, clock)
    processor.process(_frame())
    processor.end()
    clock.now += live_module.LATE / 2
    processor.process(_frame())
    assert processor.last_frame() is None
    processor.begin()
    processor.process(_frame())
    assert processor.last_frame() is not None


def test_the_whole_session_becomes_a_table_of_the_leading_face() -> None:
    detector = FakeDetector([_box()])
    predictor = Predictor(FakeClassifier(3), detector)  # type: ignore[arg-type]
    clock = Clock()
    processor = LiveProcessor(predictor, LiveSettings(half_life=0), clock)
    for number in range(100):
        detector.boxes = [] if number == 1 else [_box()]
        clock.now += 1
        processor.process(_frame())
        processor.configure(predictor, LiveSettings(half_life=0 if number < 50 else 0.3))
    table = timeline_table(processor.whole_timeline())
    assert list(table) == ["seconds", "face", "expression", "network", "smoothing", *CLASS_NAMES]
    assert len(table) == 100, "More than the timeline of the page shows."
    assert table["seconds"].iloc[[0, 1, -1]].tolist() == [0, 1, 99]
    assert table.loc[0, "happy"] == pytest.approx(0.9)
    read = table[["expression", "network", "smoothing"]]
    assert read.iloc[0].tolist() == ["happy", "fake", "none"]
    assert read.iloc[-1].tolist() == ["happy", "fake", "exponential with half-life 0.3 s"]
    assert table.iloc[1, 1:].isna().all()


def test_faces_beyond_the_largest_six_are_counted() -> None:
    boxes = [_box(10.0 * n, size=120.0 - n) for n in range(9)]
    processor = LiveProcessor(_predictor(boxes), PLAIN)
    processor.process(_frame())
    state = processor.state()
    assert (len(state.faces), state.left_out) == (6, 3)
    processor.end()
    assert processor.state().left_out == 0
