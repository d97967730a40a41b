"""A user's own clips: what is read, what is left out and how that is said."""

import re

import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core.cli import app
from fer_core.errors import DataError, RunError
from fer_core.evaluation.temporal.course import Course
from fer_core.inference.temporal import load_temporal
from fer_core.models.registry import get_preset
from fer_core.temporal import folder as clips
from fer_core.temporal import run
from fer_core.temporal.features import SeenClip
from fer_core.temporal.folder import find_videos, split_clips
from tests.builders import make_run
from tests.inference.media import gray_frames, make_video


@pytest.fixture
def videos(tmp_path):
    """Three classes of three short videos each, and files that are none."""
    root = tmp_path / "clips"
    for number, name in enumerate(("happy", "sadness", "Surprised")):
        (root / name).mkdir(parents=True)
        for index in range(3):
            frames = [frame + 20 * number for frame in gray_frames(10)]
            (root / name / f"{index}.mp4").write_bytes(make_video(frames))
    (root / "happy" / "broken.mp4").write_bytes(b"no video at all")
    (root / "happy" / "notes.txt").write_text("mine", encoding="utf-8")
    (root / "contempt").mkdir()
    (root / "contempt" / "a.mp4").write_bytes(make_video(gray_frames(3)))
    return root


@pytest.fixture
def every_frame_is_a_face(monkeypatch):
    from fer_core.inference.framing import Cropping
    from fer_core.inference.predictor import Predictor

    def whole(classifier, detector):
        return Predictor(classifier, detector, Cropping.WHOLE)

    monkeypatch.setattr(clips, "Predictor", whole)


@pytest.mark.slow
def test_a_folder_of_videos_is_trained_and_measured_on(places, videos, every_frame_is_a_face):
    command = ["train", "--preset", "temporal", "--clips", str(videos), "--set", "epochs=1"]

    result = CliRunner().invoke(app, [*command, "--run-id", "mine"])

    assert result.exit_code == 0, (result.output, result.exception)
    assert "happy/broken.mp4" in result.output
    assert "contempt (1 video)" in result.output
    assert "There is no clip of angry." in result.output
    model = load_temporal(places / "mine")
    assert model.features_of == ("compact",)
    assert not (places / "mine" / clips.KEPT_FILE).exists()

    result = CliRunner().invoke(app, ["evaluate-folder", str(videos), "--model", "mine", "--csv"])

    assert result.exit_code == 1, (result.output, result.exception)  # one could not be read
    assert re.search(r"^recurrent,,compact,9,\d\d,", result.output, re.MULTILINE)


def test_videos_without_a_face_are_named(places, videos, monkeypatch):
    (videos / "happy" / "broken.mp4").unlink()
    monkeypatch.setenv("FER_DETECTOR", "/nowhere")

    result = CliRunner().invoke(app, ["train", "--preset", "temporal", "--clips", str(videos)])

    assert isinstance(result.exception, DataError)
    assert "None of the 9 videos" in str(result.exception)
    assert "a face was found in fewer than 5 frames" in str(result.exception)


def files(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True)
        (root / name).write_bytes(b"not yet read")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda root: None, "does not exist"),
        (lambda root: root.write_text("a file", encoding="utf-8"), "is no folder"),
        (lambda root: root.mkdir(), "has no video in a folder named as a class"),
        (
            lambda root: files(root, "train/joy/a.mp4", "val/joy/b.mp4"),
            r"holds both train and val\. Give one of these folders alone",
        ),
    ],
)
def test_a_folder_that_cannot_be_used_is_told(tmp_path, make, said):
    make(tmp_path / "given")

    with pytest.raises(DataError, match=said):
        find_videos(tmp_path / "given")


def test_of_two_that_make_a_run_of_clips_at_once_the_first_keeps_its_own(places, monkeypatch):
    def meanwhile(folder, network, progress):
        first = make_run(places, "mine")
        (first.folder / clips.KEPT_FILE).write_bytes(b"the first one's")
        return clips.FolderClips([a_clip(label) for label in (3, 3, 3)], ["a", "b", "c"])

    def a_clip(label):
        scores = np.full((6, 7), 1 / 7, np.float32)
        course = Course.of_one_class(label, np.arange(6.0))
        return SeenClip(course, np.zeros((6, 4), np.float32), scores)

    monkeypatch.setattr(run, "see_folder", meanwhile)

    with pytest.raises(RunError, match="There is a run 'mine' already"):
        run.create_of_clips(get_preset("temporal").config, places, "mine", lambda *_: None)
    assert (places / "mine" / clips.KEPT_FILE).read_bytes() == b"the first one's"


def test_clips_are_split_class_by_class_and_small_classes_are_told():
    labels = np.repeat([0, 1, 2], [10, 2, 1]).astype(np.int8)

    part, told = split_clips(labels, seed=0)

    assert np.bincount(part[labels == 0]).tolist() == [6, 2, 2]
    assert sorted(part[labels == 1]) == [0, 1]
    assert part[labels == 2] == [0]
    assert "disgusted has 2 clips: the test part has none of it" in told[0]
    assert "fearful has 1 clip: the validation and test part has none of it" in told[1]
