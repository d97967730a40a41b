"""Videos are sampled, followed and steadied; what cannot be read says why."""

import io
import threading

import av
import numpy as np
import pytest

from fer_core.errors import VideoError
from fer_core.inference.box import Box
from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.framing import Cropping
from fer_core.inference.predictor import Predictor
from fer_core.inference.results import ImageResult, time_code
from fer_core.inference.video import file, reader
from fer_core.inference.video.file import VideoFile, VideoLimits
from fer_core.inference.video.log import VideoLog
from fer_core.inference.video.reader import Sample, VideoReader, VideoSettings, read_video
from tests.inference.media import gray_frames, make_video

HAPPY, SAD = 3, 5


class Moving:
    """Sees one face that moves, and a second in the later half of the gray range."""

    name = "YuNet"
    note = ""

    def detect(self, frame_bgr, min_confidence=0.6, **options):
        value = float(frame_bgr.mean())
        x = value / 10
        boxes = [Box((x, 5, x + 40, 45), 0.9)]
        return boxes + ([Box((60, 30, 80, 50), 0.8)] if value > 100 else [])


class Flicker:
    """Happy for all faces but every fifth, which is sad."""

    run_id = "flicker"

    def __init__(self):
        self.calls = 0

    def predict(self, faces):
        self.calls += 1
        scores = np.full((len(faces), 7), 0.02, np.float32)
        scores[:, SAD if self.calls % 5 == 0 else HAPPY] = 0.88
        return scores


@pytest.fixture
def predictor():
    return Predictor(Flicker(), Moving())


@pytest.mark.parametrize(
    ("form", "codec"),
    [("mp4", "mpeg4"), ("mp4", "libx264"), ("webm", "libvpx-vp9"), ("avi", "mjpeg")],
)
def test_containers_are_sampled_at_the_chosen_rate(form, codec):
    data = make_video(gray_frames(40), form, codec)
    with VideoFile(data, "x", rate=5) as video:
        samples = [(round(seconds, 2), float(frame.mean())) for seconds, frame in video]
    assert [seconds for seconds, _ in samples] == [round(0.2 * i, 2) for i in range(10)]
    assert [value for _, value in samples] == pytest.approx([16 * i for i in range(10)], abs=6)
    assert video.complete
    assert video.duration == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(
    ("form", "codec"), [("mp4", "libx264"), ("matroska", "mpeg4"), ("avi", "mjpeg")]
)
def test_the_last_picture_counts_until_the_picture_ends_and_not_the_sound(predictor, form, codec):
    log = VideoLog("clip", 5)
    data = make_video(gray_frames(40), form, codec, sound=30)
    for sample in read_video(data, "clip", predictor, on_end=log.set_complete):
        log.add(sample)
    assert log.duration == pytest.approx(30, abs=0.2)
    assert log.end == pytest.approx(2, abs=0.12)
    assert log.shares()[0][HAPPY] == 1
    assert log.lasting() == [1, 2]


def test_a_higher_rate_than_the_video_has_gives_every_frame_once():
    with VideoFile(make_video(gray_frames(10)), "x", rate=50) as video:
        assert len(list(video)) == 10


def test_a_file_on_disk_is_read_alike(tmp_path):
    path = tmp_path / "clip.bin"
    path.write_bytes(make_video(gray_frames(20)))
    with VideoFile(path, "x", rate=5) as video:
        assert len(list(video)) == 5


def test_reading_ends_at_the_limit():
    data = make_video(gray_frames(60))
    with VideoFile(data, "x", rate=5, limits=VideoLimits(seconds=1.0)) as video:
        assert [round(seconds, 1) for seconds, _ in video] == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert not video.complete


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", r"^x is empty"),
        (b"hello there, this is text", r"^x is not a video"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", r"^x is not a video"),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(100), r"^x (is damaged|holds no)"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(200), r"^x (is damaged|holds no)"),
    ],
)
def test_what_is_no_video_says_why(data, words):
    with VideoFile(data, "x", rate=5) as video, pytest.raises(VideoError, match=words):
        list(video)


def test_an_odd_codec_is_refused():
    data = make_video(gray_frames(3), "avi", "snow")
    with VideoFile(data, "x", rate=5) as video, pytest.raises(VideoError, match="codec snow"):
        list(video)


def test_too_many_pixels_are_refused():
    data = make_video([np.zeros((3200, 3200, 3), np.uint8)], "avi", "mjpeg")
    with VideoFile(data, "x", rate=5) as video, pytest.raises(VideoError, match="too many pixels"):
        list(video)


def test_a_decoder_that_stays_silent_is_given_up(monkeypatch):
    import subprocess
    import sys

    def sleeping(request):
        return subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    monkeypatch.setattr(file, "_start", sleeping)
    with (
        VideoFile(b"x" * 10**6, "x", rate=5, silence=0.3) as video,
        pytest.raises(VideoError, match="no picture came for"),
    ):
        list(video)
    assert video._process.poll() is not None


def test_a_decoder_that_needs_too_much_memory_is_an_error(monkeypatch):
    monkeypatch.setattr(file, "MEMORY", 60 * 2**20)
    data = make_video(gray_frames(10))
    with VideoFile(data, "x", rate=5) as video, pytest.raises(VideoError, match=r"^x "):
        list(video)


def test_leaving_early_leaves_no_process_and_no_thread():
    before = set(threading.enumerate())
    with VideoFile(make_video(gray_frames(200)), "x", rate=20) as video:
        next(iter(video))
    assert video._process.poll() is not None
    assert set(threading.enumerate()) <= before


def test_faces_keep_their_number_and_flicker_is_smoothed(predictor):
    samples = list(read_video(make_video(gray_frames(60)), "clip", predictor))
    results = [sample.result for sample in samples]
    assert [result.seconds for result in results] == pytest.approx([0.2 * i for i in range(15)])
    assert [result.faces[0].number for result in results] == [1] * 15
    later = [result for result in results if len(result.faces) == 2]
    assert later
    assert all(result.faces[1].number == 2 for result in later)
    assert all(result.faces[0].label == "happy" for result in results)
    raw = list(
        read_video(
            make_video(gray_frames(60)),
            "clip",
            Predictor(Flicker(), Moving()),
            VideoSettings(half_life=0),
        )
    )
    assert sum(sample.result.faces[0].label == "sad" for sample in raw) == 3


def test_a_smoothed_face_below_the_threshold_gets_no_answer():
    sample = next(
        read_video(
            make_video(gray_frames(2)), "x", Predictor(Flicker(), Moving(), unsure_below=0.9)
        )
    )
    assert sample.result.faces[0].answer == "not sure"
    assert sample.result.faces[0].label == "happy"


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_video_that_was_filmed_on_its_side_or_head_is_read_upright(yunet, astronaut, degrees):
    predictor = Predictor(Classifier(served_run("compact")), yunet)
    frame = np.ascontiguousarray(np.rot90(astronaut, degrees // 90))
    frames = [np.full_like(frame, 120)] * 2 + [frame] * 18

    samples = list(read_video(make_video(frames), "x", predictor))

    faces = [face for sample in samples for face in sample.result.faces]
    assert {(face.number, face.label, face.turn) for face in faces} == {(1, "happy", degrees)}
    assert len(faces) == len(samples) - 1


@pytest.mark.parametrize(("faces", "tried"), [(True, [True, False, False]), (False, [True] * 3)])
def test_directions_are_tried_until_there_is_a_face(faces, tried, monkeypatch):
    asked = []

    class Asked(Moving):
        def detect(self, *args, any_turn=True, **options):
            asked.append(any_turn)
            return super().detect(*args, **options) if faces else []

    monkeypatch.setattr(reader, "TRIES", 3)
    video = VideoReader(Predictor(Flicker(), Asked()), VideoSettings())
    for seconds in range(3):
        video.read(gray_frames(1)[0], "x", seconds)
    assert asked == tried
    video.read(gray_frames(1)[0], "x", 3)
    assert not asked[-1], "A video without a face is not slowed down to its end."


def test_whole_frames_are_one_face_that_is_followed():
    reader = VideoReader(Predictor(Flicker(), Moving(), Cropping.WHOLE), VideoSettings())
    for seconds in (0.0, 5.0):
        result = reader.read(gray_frames(1)[0], "x", seconds)
        assert [face.number for face in result.faces] == [1]


def filled_log(predictor, frames=60, name="clip.mp4") -> VideoLog:
    log = VideoLog(name, 5)
    for sample in read_video(make_video(gray_frames(frames)), name, predictor):
        log.add(sample)
    return log


def test_every_frame_of_a_long_video_is_decoded_within_the_decoder_s_memory():
    """Threads of the scaler, made anew for each frame, once used up what the process may have."""
    with VideoFile(make_video(gray_frames(400, (320, 240))), "long.mp4", rate=20) as video:
        assert sum(1 for _ in video) == 400
    assert video.complete


def test_the_log_counts_time_by_emotion(predictor):
    log = filled_log(predictor)
    shares, unsure = log.shares(1)
    assert shares[HAPPY] == 1
    assert unsure == 0
    assert log.numbers() == [1, 2]
    assert log.samples == log.with_face == 15
    unsure_log = filled_log(Predictor(Flicker(), Moving(), unsure_below=0.99))
    assert unsure_log.shares() == (pytest.approx(np.zeros(7)), 1.0)


def test_the_table_has_time_codes_and_every_probability(predictor):
    table = filled_log(predictor).to_frame()
    assert table["time_code"][1] == "0:00:00.200"
    assert (table["image"] == "clip.mp4").all()
    assert table["happy"].between(0.5, 0.9).all()
    assert set(table["face"]) == {1, 2}


def test_a_sample_without_a_face_is_a_row(predictor):
    log = VideoLog("x", 5)
    empty = ImageResult("x", 96, 64, (), None, "YuNet", 0.2)
    (first,) = read_video(make_video(gray_frames(2)), "x", predictor)
    log.add(first)
    log.add(Sample(first.frame_bgr, empty, None))

    table = log.to_frame()

    assert list(table["time_code"]) == ["0:00:00.000", "0:00:00.200"]
    assert list(table["face"].isna()) == [False, True]
    for column in ("label", "unsure", "confidence", "left", "face_confidence", "happy"):
        assert list(table[column].isna()) == [False, True], column
    assert log.numbers() == [1]
    assert log.shares()[0][HAPPY] == 1


def test_as_many_faces_are_read_as_is_asked_for_and_the_others_counted():
    frames = [np.full((64, 96, 3), 150, np.uint8)] * 2

    def results(**settings):
        predictor = Predictor(Flicker(), Moving())
        samples = read_video(make_video(frames), "x", predictor, VideoSettings(**settings))
        return [(len(sample.result.faces), sample.result.left_out) for sample in samples]

    assert results() == [(2, 0)]
    assert results(max_faces=1) == [(1, 1)]


def test_the_timeline_breaks_where_a_face_is_gone(predictor):
    log = VideoLog("x", 5)
    samples = list(read_video(make_video(gray_frames(40)), "x", predictor))
    for index, sample in enumerate(samples):
        if index in (3, 4):
            sample = type(sample)(
                sample.frame_bgr,
                type(sample.result)("x", 96, 64, (), None, "YuNet", sample.result.seconds),
                None,
            )
        log.add(sample)
    seconds, scores = log.timeline(1)
    assert np.isnan(scores).all(axis=1).sum() == 1
    assert 0.4 < seconds[np.isnan(scores).any(axis=1)][0] < 1.0
    assert (np.diff(seconds) > 0).all()


def test_the_log_has_an_annotated_video_of_what_was_read_so_far(predictor):
    log = filled_log(predictor, 40)
    log.close()
    with av.open(io.BytesIO(log.annotated)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == log.samples == 10
    assert frames[-1].time == pytest.approx(log.seconds, abs=0.01)


def test_the_table_names_the_model_and_has_whole_pixels(predictor):
    table = filled_log(predictor).to_frame()
    assert (table["model"] == "flicker").all()
    assert (table["framing"] == "aligned").all()
    assert {str(table[name].dtype) for name in ("left", "top", "right", "bottom")} == {"Int64"}


def test_boxes_are_of_the_frame_as_it_is_shown(predictor):
    """Also where it has more pixels than faces are searched in."""
    frames = gray_frames(2, (2560, 1440))
    sample = next(iter(read_video(make_video(frames), "big.mp4", predictor)))
    assert (sample.result.width, sample.result.height) == (2560, 1440)


def test_an_empty_log_has_no_shares():
    log = VideoLog("x", 5)
    assert log.shares()[0].sum() == 0
    assert log.numbers() == []
    assert log.to_frame().empty


def test_time_code():
    assert time_code(83.25) == "0:01:23.250"
    assert time_code(3725.9996) == "1:02:06.000"
