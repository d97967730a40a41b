"""Videos beside pictures."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from skimage import data
from streamlit.testing.v1 import AppTest

from fer_core.classes import CLASS_NAMES
from fer_core.inference.video.log import VideoLog
from fer_core.inference.video.reader import Sample
from fer_core.runs.records import Place
from fer_core.runs.store import get_run
from pages.parts.shared import over_time, tables
from pages.parts.upload import video_result
from pages.parts.upload.progress import Progress
from tests.builders import make_pooled, make_run, make_temporal
from tests.inference.media import make_video
from tests.pages.opened import at_page
from tests.pages.upload.page import bars, png, text, upload


def test_a_video_gives_shares_of_time_and_a_timeline(page: AppTest) -> None:
    frames = [np.ascontiguousarray(data.astronaut()[..., ::-1])] * 20
    upload(page, ("clip.mp4", make_video(frames)))
    assert not page.exception
    assert "1.0 s read" in text(page) or "0.8 s read" in text(page)
    assert "a face in 100.0 % of them" in text(page)
    shares = [str(e.proto.body) for e in page.html if "video-shares" in str(e.proto.body)]
    assert shares[0].count("</tr>") == len(CLASS_NAMES)
    assert len(page.get("plotly_chart")) == 1
    assert len(page.get("video")) == 1


def test_a_video_says_first_what_was_seen_and_where_no_face_was(page: AppTest) -> None:
    face = np.ascontiguousarray(data.astronaut()[..., ::-1])
    half = [np.zeros_like(face)] * 20 + [face] * 20
    upload(page, ("half.mp4", make_video(half)), ("none.mp4", make_video([half[0]] * 5)))
    assert " 100.0 % of the time.**" in text(page)
    assert "a face in 50.0 % of them, 1 face." in text(page)
    assert "**No face found.**" in text(page)


def test_pictures_and_videos_are_read_together_and_stopped_apart(page: AppTest) -> None:
    frames = [np.zeros((64, 96, 3), np.uint8)] * 5
    files = [("a.mp4", make_video(frames)), ("b.mp4", make_video(frames))]
    upload(page, ("face.png", png(data.astronaut())), *files)
    assert not page.exception
    names = [header.value for header in page.subheader]
    assert names == ["a\\.mp4", "b\\.mp4"]
    assert len(bars(page)) == 1
    assert text(page).count("No face found") == 2


def _probabilities(page: AppTest) -> np.ndarray:
    """Of every sample of the one video, (n, 7)."""
    ((_, log),) = page.session_state["video-logs"].values()
    return log.to_frame()[list(CLASS_NAMES)].to_numpy(float)


def test_the_way_of_smoothing_drives_what_is_seen_in_a_video_and_is_told(
    page: AppTest, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_pooled(get_run("first", runs))
    make_temporal(runs, features_of=("first",))
    face = np.ascontiguousarray(data.astronaut()[..., ::-1])
    saved: dict[str, set[str]] = {}
    monkeypatch.setattr(
        tables, "csv_button", lambda table, *_: saved.update(ways={*table["smoothing"]})
    )
    names = {
        **{"exponential": "exponential with half-life 0.5 s", "none": "none"},
        **{"recurrent": "recurrent network temporal"},
    }
    upload(page, ("clip.mp4", make_video([face] * 5 + [face // 2] * 5)))
    seen = {}
    for way in ("exponential", "none", "recurrent"):
        page.segmented_control(key="over-time").set_value(way).run()
        assert not page.exception
        seen[way] = _probabilities(page)
        assert f"Smoothing over time: {names[way]}; change it under" in text(page)
        assert saved["ways"] == {names[way]}
    assert seen["none"].shape == seen["recurrent"].shape
    for first, second in itertools.combinations(seen.values(), 2):
        assert np.abs(first - second).max() > 1e-5
    page.button(key="reset-reading").click().run()
    assert page.segmented_control(key="over-time").value == "exponential"
    assert "over-time" not in page.query_params


def test_a_recurrent_network_that_cannot_be_used_is_not_offered_and_the_reason_is_told(
    page: AppTest, runs: Path
) -> None:
    make_pooled(get_run("first", runs))
    temporal = make_temporal(runs, features_of=("first",))
    page.query_params["over-time"] = "recurrent"
    page.run()
    assert page.segmented_control(key="over-time").value == "recurrent"
    damaged = temporal.onnx_path.read_bytes()[:100]
    for change, told in (
        (lambda: temporal.onnx_path.write_bytes(damaged), "is damaged: ONNX Runtime cannot load"),
        (lambda: shutil.rmtree(temporal.folder), "No recurrent network has been trained yet"),
        (lambda: make_temporal(runs, features_of=("other",)), "was trained for other, not for"),
    ):
        change()
        page.run()
        upload(page, ("none.mp4", make_video([np.zeros((48, 64, 3), np.uint8)] * 3)))
        assert not page.exception
        choice = page.segmented_control(key="over-time")
        assert choice.value == "exponential"
        assert choice.options == ["None", "Exponential"]
        assert told in text(page)
        (outside,) = [line for line in text(page).splitlines() if line.startswith("Smoothing is")]
        assert told in outside


def test_why_a_recurrent_network_is_not_used_shows_as_it_is_written(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_time, "look", lambda network: (None, "No *such* thing."))
    page.query_params["over-time"] = "recurrent"
    upload(page, ("none.mp4", make_video([np.zeros((48, 64, 3), np.uint8)] * 3)))
    assert text(page).count(r"No \*such\* thing.") == 2


@pytest.mark.parametrize("button", ["reset-reading", "forget-uploads"])
def test_a_half_life_is_put_back_with_the_rest(runs: Path, button: str) -> None:
    make_pooled(make_run(runs, "first"))
    make_temporal(runs, features_of=("first",), default_in=(Place.VIDEO,))
    page = at_page("upload", 90, sample="astronaut", **{"video-smoothing": "1.0"}).run()
    assert page.segmented_control(key="over-time").value == "exponential"
    page.button(key=button).click().run()
    assert not page.exception
    assert page.slider(key="video-smoothing").value == 0.5
    assert page.segmented_control(key="over-time").value == "recurrent"
    assert "over-time" not in page.query_params


def test_a_half_life_moved_to_its_default_stays_exponential(runs: Path) -> None:
    make_pooled(make_run(runs, "first"))
    make_temporal(runs, features_of=("first",), default_in=(Place.VIDEO,))
    page = at_page("upload", 90, **{"video-smoothing": "1.0"}).run()
    page.slider(key="video-smoothing").set_value(0.5).run()
    assert page.segmented_control(key="over-time").value == "exponential"
    assert page.query_params["over-time"] == "exponential"
    page.segmented_control(key="over-time").set_value("recurrent").run()
    assert page.segmented_control(key="over-time").value == "recurrent"
    assert "over-time" not in page.query_params


def test_the_name_of_a_video_shows_as_it_is(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    name, shown = "*my* :red[clip].mp4", r"\*my\* \:red\[clip\]\.mp4"
    told: list[str] = []
    monkeypatch.setattr(Progress, "show", lambda _, share, text: told.append(text))
    clip = make_video([np.zeros((48, 64, 3), np.uint8)] * 3)
    upload(page, (name, clip))
    assert told[0] == f"Opening {shown}"
    assert told[1].startswith(f"Reading {shown}, ")
    monkeypatch.setattr(Progress, "is_cancelled", property(lambda _: True))
    upload(page, (name, clip))
    assert page.info[0].value == f"Cancelled. {shown} was not read to its end."
    assert not page.exception


def test_a_bad_video_is_a_sentence(page: AppTest) -> None:
    upload(page, ("clip.mp4", b"this is no video"))
    assert not page.exception
    assert "is not a video that can be read" in page.error[0].value


def test_what_was_read_stays_where_the_models_were_loaded_again(page: AppTest, runs: Path) -> None:
    """Others' choice of models, or a forged message, empties the cache of networks."""
    clip = make_video([np.zeros((48, 64, 3), np.uint8)] * 3)
    upload(page, ("face.png", png(data.astronaut())), ("clip.mp4", clip))

    def read() -> list[int]:
        kept = [page.session_state[key].values() for key in ("readings", "video-logs")]
        return [id(reading) for values in kept for reading in values]

    before = read()
    st.cache_resource.clear()
    page.run()
    assert read() == before
    shutil.copy(make_run(runs, "other", seed=5).onnx_path, runs / "first" / "model.onnx")
    page.run()
    assert not set(read()) & set(before), "Another model answers otherwise."


def test_a_video_that_takes_too_long_is_read_to_its_end_where_nobody_waits(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_result, "_MINUTES", 0)
    upload(page, ("clip.mp4", make_video([np.zeros((48, 64, 3), np.uint8)] * 20)))
    assert not page.error
    assert "1 sample, " not in text(page)


def test_a_video_that_takes_too_long_keeps_what_was_read_where_somebody_waits(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_result, "_MINUTES", 0)
    add = VideoLog.add

    def add_while_another_comes(log: VideoLog, sample: Sample) -> None:
        add(log, sample)
        queue.append(object())

    queue: list[object] = []
    monkeypatch.setattr(video_result, "_queue", queue)
    monkeypatch.setattr(VideoLog, "add", add_while_another_comes)
    page.number_input(key="min-face").set_value(8).run()
    upload(page, ("clip.mp4", make_video([np.zeros((2160, 3840, 3), np.uint8)] * 20)))
    assert not page.exception
    told = page.error[0].value.replace("\\", "")
    assert "Reading ended 0:00:00.000 into the video: others wait" in told
    assert "1 sample, " in text(page)
    assert "Faces from 35 pixels on were looked for, not from 8" in text(page)
    page.run()
    assert "1 sample, " in text(page), "It is not read again."


def test_who_waits_for_a_video_is_told_how_many_come_first() -> None:
    first, told = object(), []
    video_result._queue.append(first)

    def wait(share: float, words: str) -> None:
        told.append(words)
        if len(told) == 1:
            with pytest.raises(KeyboardInterrupt), video_result._turn(leave):
                pass
            video_result._queue.remove(first)

    def leave(share: float, words: str) -> None:
        told.append(words)
        raise KeyboardInterrupt

    with video_result._turn(wait):
        assert len(video_result._queue) == 1
    assert not video_result._queue
    assert told == [
        "Another visitor's video is being read; yours is next",
        "2 other visitors' videos are read before yours",
    ]
