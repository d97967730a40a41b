"""Overview: what it says, answers and leads to, driven as a visitor drives it."""

import threading
from pathlib import Path
from typing import NoReturn

import numpy as np
import onnx
import pytest
import streamlit as st
from skimage import data
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.classes import FINGERPRINT
from fer_core.errors import ImageError
from fer_core.evaluation import timing
from fer_core.images import jpeg, png
from fer_core.inference import detector, detector_file
from fer_core.inference.box import Box
from fer_core.runs.store import Run
from pages.parts.overview import answered, prepared
from pages.parts.shared import cached, memory, pictures
from tests.builders import make_predictions, make_run, with_config
from tests.pages.opened import at_page


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in (paths.RUNS_DIR_VARIABLE, paths.DATA_DIR_VARIABLE, paths.CACHE_DIR_VARIABLE):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector())
    monkeypatch.setattr(answered, "_PATIENCE", 60.0)
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path / paths.RUNS_DIR_VARIABLE


def make_full_run(root: Path, run_id: str, accuracy: float) -> Run:
    """A run with as many test images as the published set has, that says to be of it."""
    run = with_config(make_run(root, run_id), data_fingerprint=FINGERPRINT)
    run.write_predictions(make_predictions(7178, accuracy))
    return run


def open_page(**query: str) -> AppTest:
    app = at_page("overview", **query).run()
    assert not app.exception
    assert not app.error
    return app


def html(app: AppTest) -> str:
    return "\n".join(block.proto.body for block in app.get("html"))


def sentence(app: AppTest) -> str:
    return next(block.value for block in app.markdown if "Reads seven" in block.value)


def verdict(app: AppTest) -> str:
    return next(block.value for block in app.markdown if "Looks" in block.value)


def drop(app: AppTest, content: bytes) -> None:
    app.file_uploader(key="own-picture").set_value(("me.png", content, "image/png")).run()


def test_one_sentence_says_what_it_does_and_how_often_it_is_right(runs: Path) -> None:
    run = make_full_run(runs, "mine", 0.6)
    test = run.predictions().subset("test")

    said = sentence(open_page())

    assert f"**{100 * (test.y_pred == test.y_true).mean():.1f} %**" in said
    assert "65 %" in said
    assert "52.4 %" in said


def test_a_run_on_other_images_is_not_set_against_the_report(runs: Path) -> None:
    make_run(runs, "mine")
    said = sentence(open_page())
    assert "140 test faces of its own" in said
    assert "52.4 %" not in said


def test_a_picture_is_answered_before_anything_is_asked(runs: Path) -> None:
    make_run(runs, "mine")

    app = open_page()

    assert "fer-boxed" in html(app)
    assert "<b>1</b>" in html(app)
    assert 'data-testid="emotion-bars"' in html(app)
    assert verdict(app)
    assert any("what speaks most for" in block.value for block in app.caption)


def test_an_answer_that_takes_long_keeps_nobody_waiting_and_is_no_failure(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(runs, "mine")
    monkeypatch.setattr(answered, "_PATIENCE", 0.0)
    is_served = threading.Event()
    decode = pictures.decode
    monkeypatch.setattr(pictures, "decode", lambda picture: is_served.wait(60) and decode(picture))

    app = open_page()
    assert "The server is busy; the answer will come here." in html(app)
    assert not app.warning
    app.segmented_control(key="ranked-on").set_value("PrivateTest").run()
    assert not app.exception

    is_served.set()
    assert answered.of_example(cached.runs()[0], "astronaut").wait(60)
    app.run()
    assert "fer-boxed" in html(app)
    assert "The server is busy" not in html(app)


def test_an_answer_below_the_threshold_is_told_as_not_sure(runs: Path) -> None:
    run = make_run(runs, "mine")
    careful = run.config.model_copy(update={"abstain_below": 0.5})
    Run(run.folder, careful).write_config()
    model = onnx.load(str(run.onnx_path))  # weights of nothing: all classes alike
    model.graph.initializer[0].CopyFrom(
        onnx.numpy_helper.from_array(np.zeros((48 * 48, 7), np.float32), "weights")
    )
    onnx.save(model, str(run.onnx_path))

    app = open_page()

    assert any(block.value.startswith("#### Not sure: ") for block in app.markdown)
    assert "border-color:#FFFFFF" in html(app), "White, and no class's colour."
    assert not any("Looks" in block.value for block in app.markdown)


def test_a_box_over_the_edge_ends_at_the_picture(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(runs, "mine")
    found = Box((-50.0, 256.0, 256.0, 900.0), 0.9)
    monkeypatch.setattr(detector.FaceDetector, "detect", lambda *args, **options: [found])

    app = open_page(example="astronaut")

    assert "left:0.0%;top:50.0%;width:50.0%;height:50.0%" in html(app)


def test_a_click_on_an_example_answers_it_in_place(runs: Path) -> None:
    make_run(runs, "mine")
    app = open_page()

    app.button(key="example-drawn-sad").click().run()

    assert not app.exception
    assert "Drawn face, sad" in html(app)
    assert "Eileen Collins" not in html(app)
    assert app.query_params["example"] == "drawn-sad"


def test_a_dropped_picture_is_answered_in_place_and_an_example_after_it(runs: Path) -> None:
    make_run(runs, "mine")
    app = open_page(example="drawn-sad")

    drop(app, png(data.astronaut()))
    assert "me.png, 1 face found" in html(app)

    app.button(key="example-drawn-happy").click().run()
    assert "Drawn face, happy" in html(app)
    assert "me.png" not in html(app)


def test_of_camera_and_file_the_one_that_came_last_is_answered(runs: Path) -> None:
    make_run(runs, "mine")
    app, face = open_page(), png(data.astronaut())
    shot = jpeg(data.astronaut()[..., ::-1], quality=90)
    app.toggle(key="own-camera").set_value(True).run()
    app.camera_input(key="own-shot").set_value(("shot.jpg", shot, "image/jpeg")).run()
    assert "Camera picture, 1 face found" in html(app)
    drop(app, face)
    assert "me.png, 1 face found" in html(app)
    app.camera_input(key="own-shot").set_value(("again.jpg", shot, "image/jpeg")).run()
    assert "Camera picture, 1 face found" in html(app)
    app.toggle(key="own-camera").set_value(False).run()
    assert "me.png, 1 face found" in html(app)


def test_a_picture_that_found_no_room_is_named_and_the_example_stays(runs: Path) -> None:
    make_run(runs, "mine")
    app = open_page()
    before = html(app)
    app.file_uploader(key="own-picture").set_value(("me.png", b"", memory.NO_ROOM)).run()
    assert "No room for me\\.png" in app.warning[0].value
    assert html(app) == before


def test_a_file_above_the_limit_is_refused_before_it_is_sent(runs: Path) -> None:
    make_run(runs, "mine")
    assert open_page().file_uploader(key="own-picture").proto.max_upload_size_mb == 50


def test_a_server_that_takes_less_says_so_at_the_field(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(runs, "mine")
    monkeypatch.setattr(st, "get_option", {"server.maxUploadSize": 20}.__getitem__)
    assert open_page().file_uploader(key="own-picture").proto.max_upload_size_mb == 20


def test_an_example_is_answered_again_once_the_better_detector_has_come(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(runs, "mine")
    first = answered.of_example(run, "drawn-sad")
    assert answered.of_example(run, "drawn-sad") is first
    monkeypatch.setattr(detector_file, "find", lambda: Path("yunet.onnx"))
    assert answered.of_example(run, "drawn-sad") is not first


def test_an_example_that_failed_once_is_asked_again_but_not_without_end(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run(runs, "mine")
    asked: list[str] = []

    def fail(picture: pictures.Picture) -> NoReturn:
        asked.append(picture.name)
        raise ImageError("There was too little memory.")

    with monkeypatch.context() as patch:
        patch.setattr(pictures, "decode", fail)
        app = open_page()
        for _ in range(3):
            app.run()
        assert "too little memory" in app.warning[0].value
        assert asked.count("Astronaut Eileen Collins") == 2

    assert "fer-boxed" in html(open_page())


def test_a_broken_picture_is_told_and_the_page_goes_on(runs: Path) -> None:
    make_run(runs, "mine")
    app = open_page()

    drop(app, b"not a picture")

    assert not app.exception
    assert "me\\.png" in app.warning[0].value
    assert any("Trained on FER2013" in block.value for block in app.caption)


def test_the_name_of_a_broken_picture_shows_as_it_is(runs: Path) -> None:
    make_run(runs, "mine")
    app = open_page()
    name = "a*b*_[1](x).jpg"

    app.file_uploader(key="own-picture").set_value((name, b"not a picture", "image/jpeg")).run()

    said = app.warning[0].value
    assert pictures.plain(name) in said
    assert name not in said


def test_the_time_shown_is_the_stored_one_with_its_machine(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(runs, "mine")
    assert "not measured" in html(open_page())

    stored = timing.Timing(12.34, 1, "ONNX Runtime", "Abacus", "2026-11-29", 0.0, run.model_stamp())
    timing.write(run, stored)
    monkeypatch.setattr(timing, "measure", None)  # nothing is measured anew
    shown = html(open_page())

    assert "12.3 ms" in shown
    assert "Abacus, November 2026" in shown


def test_a_damaged_time_is_told_and_the_rest_of_the_page_stands(runs: Path) -> None:
    run = make_full_run(runs, "mine", 0.7)
    (run.folder / timing.FILE_NAME).write_text("{", encoding="utf-8")

    app = at_page("overview").run()

    assert not app.exception
    assert "Hardest class" in html(app)
    assert "evaluate mine --time" in html(app)


def chart(app: AppTest, name: str) -> str:
    found = app.get("plotly_chart")
    return next(item.proto.spec for item in found if name in item.proto.id)


def test_the_switch_ranks_like_with_like(runs: Path) -> None:
    make_full_run(runs, "mine", 0.6)
    app = open_page()
    assert "the default here" in chart(app, "ranking")
    assert "ResNet18" not in chart(app, "ranking")
    assert not any("Open marks" in block.value for block in app.caption)

    app.segmented_control(key="ranked-on").set_value("PrivateTest").run()
    app.segmented_control(key="passes").set_value("Ten crops").run()

    assert "ResNet18" in chart(app, "ranking")
    assert "big_XCEPTION" not in chart(app, "ranking")
    assert "mine" not in chart(app, "ranking")
    assert any("Open marks" in block.value for block in app.caption)


def test_the_choices_say_what_they_mean(runs: Path) -> None:
    app = open_page(**{"ranked-on": "Leak-free"})

    assert any(
        "Leak-free: without the test images that have an identical copy" in block.value
        for block in app.caption
    )
    assert "on which papers report" in app.segmented_control(key="ranked-on").help
    assert "ten crops of each image" in app.segmented_control(key="passes").help


def test_passes_that_nobody_measured_are_not_offered(runs: Path) -> None:
    app = open_page(passes="Ten crops", **{"ranked-on": "PrivateTest"})

    app.segmented_control(key="ranked-on").set_value("Leak-free").run()

    assert not app.exception
    assert app.segmented_control(key="passes").options == ["Single pass"]
    assert app.segmented_control(key="passes").value == "Single pass"
    assert "passes" not in app.query_params
    assert "big_XCEPTION" in chart(app, "ranking")


def test_a_link_to_passes_that_nobody_measured_is_told(runs: Path) -> None:
    app = open_page(**{"ranked-on": "Leak-free", "passes": "Ten crops"})

    assert "Ten crops" in app.warning[0].value
    assert "big_XCEPTION" in chart(app, "ranking")


def test_the_student_report_is_introduced_and_one_click_away(runs: Path) -> None:
    make_full_run(runs, "mine", 0.6)
    app = open_page()

    assert "the student report that this project began from" in sentence(app)
    link = next(link.proto for link in app.get("page_link") if "report" in link.proto.label)
    assert "topic=The" in link.query_string


def test_what_is_missing_is_told_and_nothing_else(runs: Path) -> None:
    make_full_run(runs, "mine", 0.6)
    (runs.parent / paths.DATA_DIR_VARIABLE).mkdir()
    app = open_page()

    assert any("No data set." in block.value for block in app.markdown)
    assert "Get the data set" in [link.proto.label for link in app.get("page_link")]
    assert not any("No test figures" in block.value for block in app.markdown)


def test_the_whole_list_opens_at_a_click(runs: Path) -> None:
    make_run(runs, "mine")
    app = open_page()
    assert not app.dataframe

    app.session_state["sources"] = True
    app.run()

    table = app.dataframe[0].value
    assert len(table) > 20
    assert {"passes", "checkpoint chosen on", "source"} <= set(table.columns)


def test_four_tiles_lead_on(runs: Path) -> None:
    make_run(runs, "mine")
    links = [link.proto.label for link in open_page().get("page_link")]
    assert links[1:5] == [
        "See its mistakes",
        "Wrong labels in the data",
        "Try the live camera",
        "Train on drawn faces, a minute",
    ]


@pytest.mark.parametrize("count", [0, 60])
def test_no_run_and_many_with_long_names(runs: Path, count: int) -> None:
    for number in range(count):
        make_run(runs, f"{number:02}-a-run-with-a-name-as-long-as-forty-1")
    app = open_page()
    assert bool(count) != any("No model yet" in block.value for block in app.subheader)


def test_the_first_visitor_waits_for_no_predictions_to_be_read(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_full_run(runs, "mine", 0.6)
    prepared.prepare()
    monkeypatch.setattr(Run, "predictions", lambda run: pytest.fail("They are read anew."))
    assert "test faces" in sentence(open_page())
