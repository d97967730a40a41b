"""What a visitor sees on the Upload page."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import streamlit as st
from skimage import data
from streamlit.testing.v1 import AppTest

from fer_core.classes import CLASS_NAMES
from fer_core.inference import detector
from fer_core.inference.video.file import is_video_name
from fer_core.runs.store import State, Status
from pages.parts.shared import pictures
from pages.parts.upload import inputs, progress
from tests.builders import make_run
from tests.inference.fuzzing import ATTACKS
from tests.inference.media import make_video, make_zip
from tests.pages.opened import at_page

NOTE = "The better one could not be fetched."


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty runs folder, and the detector that needs no download."""
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector(NOTE))
    st.cache_resource.clear()
    st.cache_data.clear()
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(runs: Path) -> AppTest:
    make_run(runs, "first")
    return at_page("upload", 90).run()


def test_says_what_to_do_without_a_model() -> None:
    page = at_page("upload", 90).run()
    assert not page.exception
    assert "No trained model yet" in _text(page)
    assert "fer_core train" in page.code[0].value
    assert not page.file_uploader


def test_reads_a_face_in_a_photograph(page: AppTest) -> None:
    _upload(page, ("astronaut.png", _png(data.astronaut())))
    assert not page.exception
    assert "1 picture, 1 face" in _text(page)
    assert "Looks **" in _text(page)
    bars = _bars(page)
    assert [name for name in CLASS_NAMES if f">{name}<" in bars[0]] == list(CLASS_NAMES)
    assert bars[0].count(" %</td>") == len(CLASS_NAMES)


def test_bad_files_get_a_sentence_and_good_ones_a_result(page: AppTest) -> None:
    good = _png(data.astronaut())
    _upload(
        page,
        ("empty.png", b""),
        ("good.png", good),
        ("cut.png", good[:3000]),
        ("text.jpg", b"not a picture"),
    )
    assert not page.exception
    assert len(page.error) == 3
    assert all(any(name in e.value for e in page.error) for name in ("empty", "cut", "text"))
    assert len(_bars(page)) == 1
    assert "3 files could not be read" in _text(page)


def test_offers_the_whole_picture_where_no_face_is_found(page: AppTest) -> None:
    _upload(page, ("noise.png", _png(np.full((80, 80, 3), 90, np.uint8))))
    assert "No face found" in _text(page)
    assert not _bars(page)
    next(b for b in page.button if "whole picture" in b.label).click().run()
    assert not page.exception
    assert len(_bars(page)) == 1
    assert "whole picture was read as one face" in _text(page)


def test_drawn_faces_are_marked_and_can_be_chosen(page: AppTest) -> None:
    page.pills(key="sample").set_value([inputs.DRAWN]).run()
    assert not page.exception
    assert "synthetic" in _text(page)
    assert "Drawn as angry" in _text(page)
    page.pills(key=f"face-sample-{inputs.DRAWN}").set_value(6).run()
    assert "Drawn as surprised" in _text(page)


def test_a_name_with_markup_shows_as_it_is(page: AppTest) -> None:
    _upload(page, ("**a**<b>$x$_:red[z].png", _png(data.astronaut())))
    assert page.subheader[0].value == pictures.plain("**a**<b>$x$_:red[z].png")
    assert "\\*\\*a\\*\\*" in page.subheader[0].value


def test_more_than_the_limit_are_left_out_and_said(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "MAX_PICTURES", 3)
    small = _png(np.zeros((8, 8, 3), np.uint8))
    _upload(page, *[(f"{i}.png", small) for i in range(5)])
    assert "the last 2" in page.warning[0].value
    assert [header.value for header in page.subheader] == ["0\\.png", "1\\.png", "2\\.png"]


def test_a_batch_is_a_table_with_a_row_for_each_face_and_each_bad_member(page: AppTest) -> None:
    good = _png(data.astronaut())
    wall = _png(np.full((80, 80, 3), 90, np.uint8))
    members = [(f"set/{i}.png", wall) for i in range(5)]
    _upload(page, ("a.zip", make_zip(("face.png", good), ("../x.png", good), *members)))
    assert not page.exception
    (table,) = page.dataframe
    rows = table.value
    assert list(rows["outcome"]).count("no face") == 5
    assert list(rows["outcome"]).count("could not be read") == 1
    assert rows["thumbnail"][0].startswith("data:image/png")
    assert "points outside" in rows["error"][1]
    assert "6 pictures, 1 face, 1 file could not be read" in _text(page)
    page.pills(key="batch-outcomes").set_value(["no face"]).run()
    assert len(page.dataframe[0].value) == 5


def test_files_are_still_there_after_a_look_at_another_page(page: AppTest) -> None:
    _upload(page, ("face.png", _png(data.astronaut())))
    later = at_page("upload", 90)  # its drop zone is empty
    for key in ("kept-uploads", "readings"):
        later.session_state[key] = page.session_state[key]
    later.run()
    assert "1 picture, 1 face" in _text(later)
    later.button(key="forget-uploads").click().run()
    assert "1 picture" not in _text(later)
    assert not later.exception


def test_files_that_are_taken_away_are_gone(page: AppTest) -> None:
    _upload(page, ("face.png", _png(data.astronaut())))
    page.file_uploader[0].set_value([]).run()
    assert "1 picture" not in _text(page)
    assert "still here" not in _text(page)


def test_a_refused_archive_is_one_sentence(page: AppTest) -> None:
    _upload(page, ("a.zip", b"PK nothing"))
    assert not page.exception
    assert "is not a ZIP archive" in page.error[0].value


def test_annotated_pictures_can_be_taken_along(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    _upload(page, ("face.png", _png(data.astronaut())), ("bad.png", b"nothing"))
    kept: dict[str, bytes | Callable[[], str]] = {}

    def keep(label: str, content: bytes, *arguments: object, **options: object) -> bool:
        kept[label.split(" (")[0]] = content
        return False

    monkeypatch.setattr(st, "download_button", keep)
    page.button(key="prepare-annotated").click().run()
    assert not page.exception
    made = kept["Download annotated ZIP"]
    assert isinstance(made, bytes)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["0001-face.jpg", "faces.csv"]
        drawn = cv2.imdecode(np.frombuffer(archive.read("0001-face.jpg"), np.uint8), 1)
    assert drawn.shape == (512, 512, 3)
    assert np.abs(drawn[..., ::-1].astype(int) - data.astronaut()).max() > 100


def test_the_annotated_archive_is_removed_with_its_pictures(page: AppTest) -> None:
    page.pills(key="sample").set_value([inputs.ASTRONAUT]).run()
    page.button(key="prepare-annotated").click().run()
    assert "annotated" in page.session_state
    page.pills(key="sample").set_value([inputs.DRAWN]).run()
    assert "annotated" not in page.session_state


def test_cancelled_reading_keeps_what_is_there_and_can_be_continued(page: AppTest) -> None:
    page.pills(key="sample").set_value([inputs.DRAWN]).run()
    both = (f"sample-{inputs.ASTRONAUT}", f"sample-{inputs.DRAWN}")
    page.session_state[progress.CANCELLED] = {both}
    page.pills(key="sample").set_value([inputs.ASTRONAUT, inputs.DRAWN]).run()
    assert "1 of 2 pictures were not read" in page.info[0].value
    assert len(page.subheader) == 1
    next(button for button in page.button if button.label == "Read the rest").click().run()
    assert not page.info
    assert len(page.subheader) == 2


def test_a_face_below_the_threshold_of_the_run_gets_no_answer(runs: Path) -> None:
    run = make_run(runs, "careful")
    careful = run.config.model_copy(update={"abstain_below": 0.5})
    replace(run, config=careful).write_config()
    model = onnx.load(str(run.onnx_path))  # weights of nothing: all classes alike
    model.graph.initializer[0].CopyFrom(
        onnx.numpy_helper.from_array(np.zeros((48 * 48, 7), np.float32), "weights")
    )
    onnx.save(model, str(run.onnx_path))
    page = at_page("upload", 90).run()
    page.pills(key="sample").set_value([inputs.ASTRONAUT]).run()
    assert "Not sure" in _text(page)
    assert "14.3 %" in _text(page)
    assert "50.0 %" in _text(page)


def test_what_speaks_for_a_class_is_shown_on_request(page: AppTest) -> None:
    page.pills(key="sample").set_value([inputs.ASTRONAUT]).run()
    assert "colours are relative" not in _text(page)
    page.toggle(key=f"explain-sample-{inputs.ASTRONAUT}-0").set_value(True).run()
    assert not page.exception
    assert "colours are relative" in _text(page)
    page.selectbox(key=f"explain-class-sample-{inputs.ASTRONAUT}-0").set_value("sad").run()
    assert not page.exception
    assert "for sad" in _text(page)


def test_the_whole_picture_can_be_the_face(page: AppTest) -> None:
    page.radio(key="framing").set_value("Whole picture").run()
    page.pills(key="sample").set_value([inputs.ASTRONAUT]).run()
    assert not page.exception
    assert "whole picture was read as one face" in _text(page)


def test_a_video_gives_shares_of_time_and_a_timeline(page: AppTest) -> None:
    frames = [np.ascontiguousarray(data.astronaut()[..., ::-1])] * 20
    _upload(page, ("clip.mp4", make_video(frames)))
    assert not page.exception
    assert "1.0 s read" in _text(page) or "0.8 s read" in _text(page)
    assert "a face in 100.0 % of them" in _text(page)
    shares = [str(e.proto.body) for e in page.html if "video-shares" in str(e.proto.body)]
    assert shares[0].count("</tr>") == len(CLASS_NAMES)
    assert len(page.get("plotly_chart")) == 1


def test_pictures_and_videos_are_read_together_and_stopped_apart(page: AppTest) -> None:
    frames = [np.zeros((64, 96, 3), np.uint8)] * 5
    files = [("a.mp4", make_video(frames)), ("b.mp4", make_video(frames))]
    _upload(page, ("face.png", _png(data.astronaut())), *files)
    assert not page.exception
    names = [header.value for header in page.subheader]
    assert names == ["face\\.png", "a\\.mp4", "b\\.mp4"]
    assert _text(page).count("No face found") == 2


def test_a_bad_video_is_a_sentence(page: AppTest) -> None:
    _upload(page, ("clip.mp4", b"this is no video"))
    assert not page.exception
    assert "is not a video that can be read" in page.error[0].value


def test_downloads_hold_every_file(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}

    def keep(label: str, make: Callable[[], str], *arguments: object, **options: object) -> bool:
        kept[label] = make()
        return False

    monkeypatch.setattr(st, "download_button", keep)
    _upload(page, ("good.png", _png(data.astronaut())), ("bad.png", b"nothing"))
    rows = kept["Download CSV"].strip().splitlines()
    assert len(rows) == 3
    assert all(name in rows[0] for name in CLASS_NAMES)
    images = json.loads(kept["Download JSON"])
    assert [image["image"] for image in images] == ["good.png", "bad.png"]
    assert images[1]["error"]
    assert sum(images[0]["faces"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_says_which_detector_and_offers_another_attempt(page: AppTest) -> None:
    page.pills(key="sample").set_value([inputs.ASTRONAUT]).run()
    assert NOTE in _text(page)
    page.button(key="retry-detector").click().run()
    assert not page.exception


def test_unfinished_runs_are_marked_and_can_be_chosen(runs: Path) -> None:
    make_run(runs, "good", accuracy=0.9)
    make_run(runs, "half", accuracy=0.3).write_status(
        Status(state=State.STOPPED, epoch=1, epochs=3)
    )
    page = at_page("upload", 90)
    page.query_params["model"] = "half"
    page.run()
    assert page.selectbox[0].value == "half"
    assert any("half (epoch 1 of 3)" in option for option in page.selectbox[0].options)
    page.selectbox[0].set_value("good").run()
    assert "model" not in page.query_params


def test_a_damaged_model_is_a_sentence(runs: Path) -> None:
    make_run(runs, "broken").onnx_path.write_bytes(b"no model")
    page = at_page("upload", 90).run()
    page.pills(key="sample").set_value([inputs.ASTRONAUT]).run()
    assert not page.exception
    assert len(page.error) == 1
    assert str(runs) not in page.error[0].value


def test_nothing_is_written(page: AppTest, runs: Path) -> None:
    before = sorted(runs.parent.rglob("*"))
    _upload(page, ("astronaut.png", _png(data.astronaut())))
    assert sorted(runs.parent.rglob("*")) == before


def test_hostile_files_become_rows_and_the_page_stands(page: AppTest) -> None:
    """Every attack that is no video at once: each refused with its reason, none with a trace."""
    files = [(name, make()) for name, make in ATTACKS if not is_video_name(name)]
    _upload(page, *files)
    assert not page.exception
    rows = page.dataframe[0].value
    assert (rows["outcome"] == "could not be read").all()
    assert rows["error"].str.contains(" ").all(), "A reason is a sentence."
    refused = {name.split("/")[0] for name in rows["picture"]}
    assert refused == {name for name, _ in files}


def _upload(page: AppTest, *files: tuple[str, bytes]) -> None:
    page.file_uploader[0].set_value([(name, content, "image/png") for name, content in files])
    page.run()


def _png(rgb: np.ndarray) -> bytes:
    done, buffer = cv2.imencode(".png", rgb[..., ::-1])
    assert done
    return io.BytesIO(buffer.tobytes()).getvalue()


def _bars(page: AppTest) -> list[str]:
    return [str(e.proto.body) for e in page.html if "emotion-bars" in str(e.proto.body)]


def _text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader, *page.error]
    return "\n".join(str(element.value) for element in shown)
