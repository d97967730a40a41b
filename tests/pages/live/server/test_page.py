"""What a visitor sees on the Live page before, beside and in place of the video."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from skimage import data
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import component

from fer_core.classes import CLASS_NAMES
from fer_core.images import jpeg
from fer_core.inference import detector
from fer_core.inference.live.sessions import LiveSessions
from fer_core.paths import PROJECT_ROOT
from fer_core.runs.store import Run, get_run
from pages.parts.live.server import connection, readings, session
from pages.parts.live.server.ice import find_ice_servers
from pages.parts.shared import memory, pictures
from tests.builders import make_pooled, make_run, make_temporal
from tests.pages.opened import at_page


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv("FER_RUNS_DIR", str(folder))
    monkeypatch.setenv("FER_ICE_SERVERS", "none")
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector())
    # AppTest's runtime has no sessions to ask for; without an answer the component goes on.
    monkeypatch.setattr(component, "get_this_session_info", lambda: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    session.places.cache_clear()
    yield folder
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(runs: Path) -> AppTest:
    make_run(runs, "first")
    return at_page("live", mode="server")


def test_says_what_to_do_without_a_model() -> None:
    page = at_page("live", mode="server").run()
    assert not page.exception
    assert "No trained model yet" in _text(page)


def test_shows_its_state_and_that_nothing_is_stored(page: AppTest) -> None:
    page.run()
    assert not page.exception
    text = _text(page)
    assert "Camera off" in text
    assert "nothing is stored" in text
    assert "FER_ICE_SERVERS" in text


def test_controls_reach_the_running_video(page: AppTest) -> None:
    page.run()
    page.slider(key="smoothing").set_value(1.5)
    page.slider(key="confidence").set_value(0.8)
    page.toggle(key="mirrored").set_value(False).run()
    processor = page.session_state["live-session"].processor
    settings = processor._settings
    assert (settings.half_life, settings.min_confidence, settings.mirrored) == (1.5, 0.8, False)


def test_a_recurrent_network_reads_the_running_video_where_it_is_chosen(
    page: AppTest, runs: Path
) -> None:
    make_pooled(get_run("first", runs))
    temporal = make_temporal(runs, features_of=("first",))
    config = temporal.config.model_copy(update={"abstain_below": 0.99})
    Run(temporal.folder, config).write_config()
    frame = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    seen = {}
    for way in ("exponential", "recurrent"):
        page.query_params["over-time"] = way
        page.run()
        assert not page.exception
        processor = page.session_state["live-session"].processor
        processor.process(frame)
        (seen[way],) = processor.state().faces
    assert processor.state().statistics.failed == 0
    assert np.abs(seen["exponential"].probabilities - seen["recurrent"].probabilities).max() > 0.01
    assert (seen["exponential"].unsure, seen["recurrent"].unsure) == (False, True), (
        "Each by its own threshold."
    )


def test_the_session_can_be_saved_as_a_table(page: AppTest) -> None:
    page.run()
    assert not page.get("download_button")
    processor = page.session_state["live-session"].processor
    processor.process(np.ascontiguousarray(data.astronaut()[:, :, ::-1]))
    page.run()
    assert [button.label for button in page.get("download_button")] == [
        "Download the session (CSV)"
    ]


def test_the_next_visitor_is_told_and_offered_pictures(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = LiveSessions(1)
    places.claim("somebody else")
    monkeypatch.setattr(session, "places", lambda: places)
    page.run()
    assert not page.exception
    assert "in use by 1 visitor" in page.info[0].value
    assert len(page.get("camera_input")) == 1
    places.release("somebody else")
    page.run()
    assert not page.info
    assert not page.get("camera_input")


def test_a_single_picture_leaves_what_was_read_on_the_upload_page(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.switch_page("pages/upload.py")
    page.query_params["sample"] = "astronaut"
    page.run()
    before = dict(page.session_state["readings"])
    assert before
    monkeypatch.setattr(session, "places", lambda: LiveSessions(0))
    page.switch_page("pages/live.py")
    page.query_params["mode"] = "server"
    page.run()
    shot = jpeg(np.ascontiguousarray(data.astronaut()[..., ::-1]), quality=90)
    page.camera_input(key="live-shot").set_value(("shot.jpg", shot, "image/jpeg")).run()
    assert not page.exception
    assert [e for e in page.html if "emotion-bars" in str(e.proto.body)]
    assert page.session_state["readings"] == before


def test_a_single_picture_says_where_the_model_is_not_sure(
    page: AppTest, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = get_run("first", runs)
    config = run.config.model_copy(update={"abstain_below": 1.0})
    Run(run.folder, config).write_config()
    monkeypatch.setattr(session, "places", lambda: LiveSessions(0))
    page.run()
    shot = jpeg(np.ascontiguousarray(data.astronaut()[..., ::-1]), quality=90)
    page.camera_input(key="live-shot").set_value(("shot.jpg", shot, "image/jpeg")).run()
    assert not page.exception
    (reading,) = page.session_state["live-reading"].values()
    assert [face.unsure for face in reading.result.faces] == [True]
    page.camera_input(key="live-shot").set_value(None).run()
    assert "live-reading" not in page.session_state, "Nor its bytes."


def test_a_single_picture_that_found_no_room_is_named(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "places", lambda: LiveSessions(0))
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", memory._add_where_room_is)
    monkeypatch.setattr(memory, "VISITOR_MB", 0)
    page.run()
    page.camera_input(key="live-shot").set_value(("shot.jpg", b"content", "image/jpeg")).run()
    assert "No room for shot\\.jpg" in page.warning[0].value
    assert not page.error


def test_live_video_can_be_turned_off(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "places", lambda: LiveSessions(0))
    page.run()
    assert "turned off. Choose 'In your browser' above, or take single" in page.info[0].value


def test_a_failed_connection_leads_to_pictures_and_says_why(page: AppTest) -> None:
    page.run()
    page.session_state["live-session"].failed = True
    page.run()
    assert not page.exception
    assert "No picture came" in page.warning[0].value
    assert "No helper server is used" in page.warning[0].value
    assert len(page.get("camera_input")) == 1


def test_the_watchdog_waits_fifteen_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = _visitor()
    reruns = []
    monkeypatch.setattr(st, "rerun", lambda: reruns.append(1))
    visitor.follow(running=True)
    session.watch(visitor)
    assert not visitor.failed
    assert visitor.started is not None
    visitor.started -= session.WATCHDOG + 1
    session.watch(visitor)
    assert visitor.failed
    assert len(reruns) == 1
    session.watch(visitor)
    assert len(reruns) == 1, "The page is drawn again once, not at every look."
    visitor.processor.process(np.zeros((48, 64, 3), np.uint8))
    session.watch(visitor)
    assert not visitor.failed, "A picture that comes late is welcome."


def test_a_visitor_without_a_picture_keeps_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    visitor = _visitor()
    visitor.places = LiveSessions(1, lease=20, clock=lambda: now[0])
    reruns = []
    monkeypatch.setattr(st, "rerun", lambda: reruns.append(1))
    assert visitor.places.claim(visitor.visitor)
    visitor.follow(running=True)
    assert visitor.started is not None
    for _ in range(10):
        now[0] += 5
        session.watch(visitor)
        assert not visitor.places.claim("the next"), "The place is kept while there is hope."
    visitor.started -= session.WATCHDOG + 1
    for _ in range(5):
        now[0] += 5
        session.watch(visitor)
    assert visitor.places.claim("the next")
    reruns.clear()
    visitor.processor.process(np.zeros((48, 64, 3), np.uint8))
    session.watch(visitor)
    assert reruns, "The page is drawn again, and says that every place is taken."


def test_says_why_there_is_no_picture() -> None:
    visitor = _visitor()
    ice = find_ice_servers({"FER_ICE_SERVERS": "none"})
    visitor.follow(running=True)
    assert "within 15 seconds" in connection.failure(visitor, ice)
    assert ice.meaning in connection.failure(visitor, ice)
    visitor.follow(running=False)
    assert "within" not in connection.failure(visitor, ice), "It was stopped before."
    visitor.follow(running=True)
    visitor.processor.process(np.zeros((48, 64, 3), np.uint8))
    assert "has stopped" in connection.failure(visitor, ice)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://192.168.1.5:8501/live", False),
        ("https://faces.example/live", True),
        ("http://localhost:8501/live", True),
        ("http://127.0.0.1:8501/live", True),
        ("http://[::1]:8501/live", True),
    ],
)
def test_a_page_by_http_says_that_it_gets_no_camera(
    runs: Path, monkeypatch: pytest.MonkeyPatch, address: str, allowed: bool
) -> None:
    make_run(runs, "first")
    monkeypatch.setattr(st.context.__class__, "url", address)
    page = AppTest.from_file(str(PROJECT_ROOT / "app.py"), default_timeout=60)
    page.switch_page("pages/live.py").run()
    assert not page.exception
    told = [warning.value for warning in page.warning]
    assert any("opened by http" in text for text in told) is not allowed
    assert any("stay in this browser" in told.value for told in page.caption) is allowed


def test_an_attempt_that_ends_without_a_picture_failed() -> None:
    visitor = _visitor()
    visitor.follow(running=True)
    visitor.follow(running=False)
    assert not visitor.failed, "Stopped at once: the visitor changed their mind."
    visitor.follow(running=True)
    assert visitor.started is not None
    visitor.started -= 8
    visitor.follow(running=False)
    assert visitor.failed


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.0, "Camera off"), (8.0, "Connection lost")], ids=["stopped", "lost"]
)
def test_a_lost_connection_is_told_from_a_camera_that_was_stopped(
    monkeypatch: pytest.MonkeyPatch, seconds: float, told: str
) -> None:
    visitor = _visitor()
    visitor.follow(running=True)
    visitor.processor.process(np.zeros((48, 64, 3), np.uint8))
    monkeypatch.setattr(session.LiveSession, "silent_for", seconds)
    visitor.ended()
    monkeypatch.setattr(session.LiveSession, "silent_for", 20.0)  # a slow page hears of it late
    visitor.follow(running=False)
    assert readings.connection_text(visitor, visitor.processor.state()) == told


def test_an_ended_video_frees_its_place_and_picture() -> None:
    visitor = _visitor()
    assert visitor.places.claim(visitor.visitor)
    visitor.processor.process(np.zeros((48, 64, 3), np.uint8))
    visitor.ended()
    assert visitor.places.claim("the next")
    assert visitor.processor.last_frame() is None


def test_the_session_is_a_file_that_is_made_at_the_click(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = _visitor()
    photograph = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    visitor.processor.process(photograph)
    offered: list[Callable[[], str]] = []
    monkeypatch.setattr(st, "download_button", lambda words, make, **_: offered.append(make))
    readings.offer_timeline(visitor)
    monkeypatch.setattr(visitor.processor, "_timeline", 2 * [*visitor.processor._timeline])
    header, *rows = offered[0]().splitlines()
    assert header.startswith("seconds,face,expression,network,smoothing,angry")
    assert len(rows) == 2, "With what was seen since the button was drawn."


def test_faces_that_are_not_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = _visitor()
    photograph = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    said: list[str] = []
    monkeypatch.setattr(st, "caption", said.append)
    monkeypatch.setattr(readings.faces, "emotion_bars", lambda scores: None)
    visitor.processor.process(photograph)
    readings.show_now(visitor)
    assert "not read" not in " ".join(said)
    detect = visitor.processor._predictor.detector.detect
    monkeypatch.setattr(
        type(visitor.processor._predictor.detector),
        "detect",
        lambda self, *args, **options: detect(*args, **options)[:1] * 9,
    )
    visitor.processor.process(photograph)
    readings.show_now(visitor)
    assert "3 smaller faces not read: live video reads the 6 largest." in said


def test_a_screen_reader_hears_the_expression_when_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor = _visitor()
    shown: list[str] = []
    monkeypatch.setattr(st, "html", lambda body: shown.append(body))
    now = [100.0]
    monkeypatch.setattr(readings.time, "perf_counter", lambda: now[0])

    def heard(after: float) -> str:
        now[0] += after
        readings.show_now(visitor)
        (status,) = [body for body in shown if 'role="status"' in body]
        shown.clear()
        return status.partition(">")[2].partition("<")[0]

    assert not heard(after=0)
    visitor.follow(running=True)
    visitor.processor.process(np.ascontiguousarray(data.astronaut()[:, :, ::-1]))
    label = visitor.processor.state().faces[0].label
    assert heard(after=0) == label
    for _ in range(9):  # the face goes, and is not waited for any more
        visitor.processor.process(np.zeros((480, 640, 3), np.uint8))
    assert heard(after=1) == label, "Not at every frame."
    assert heard(after=3) == "no face"
    visitor.follow(running=False)
    assert not heard(after=0)


def test_the_timeline_breaks_where_the_face_is_gone() -> None:
    visitor = _visitor()
    seen = {"face": True}
    photograph = np.ascontiguousarray(data.astronaut()[:, :, ::-1])
    now = [0.0]
    visitor.processor._clock = lambda: now[0]
    for number in range(9):
        now[0] = number * 0.5
        seen["face"] = number not in (3, 4, 5)
        visitor.processor.process(photograph if seen["face"] else np.zeros_like(photograph))
    seconds, scores = visitor.processor.state().leading_scores()
    assert len(seconds) == len(scores)
    assert np.isnan(scores).all(axis=1).any()
    assert np.isfinite(scores).all(axis=1).sum() == 6
    assert "most recently" in readings.timeline_alt(visitor.processor.state())


def test_a_snapshot_reaches_the_upload_page_and_can_be_forgotten(runs: Path) -> None:
    make_run(runs, "first")
    page = at_page("upload")
    page.session_state["handed-over"] = ("live-1", _png(data.astronaut()), None)
    page.run()
    assert not page.exception
    assert any(pictures.SNAPSHOT in text.value for text in page.markdown)
    page.button(key="forget-uploads").click().run()
    assert not page.exception
    assert not any(pictures.SNAPSHOT in text.value for text in page.markdown)


def _visitor() -> session.LiveSession:
    from fer_core.inference.live.processor import LiveProcessor
    from fer_core.inference.predictor import Predictor

    class Uniform:
        run_id = "uniform"

        def predict(self, crops: np.ndarray) -> np.ndarray:
            return np.full((len(crops), len(CLASS_NAMES)), 1 / len(CLASS_NAMES), np.float32)

    classifier: Any = Uniform()
    return session.LiveSession(
        LiveProcessor(Predictor(classifier, detector.haar_detector())), LiveSessions(2)
    )


def _png(rgb: np.ndarray) -> bytes:
    import cv2

    done, buffer = cv2.imencode(".png", rgb[..., ::-1])
    assert done
    return buffer.tobytes()


def _text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader]
    return "\n".join(str(element.value) for element in shown)
