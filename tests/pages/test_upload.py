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
from streamlit.testing.v1.element_tree import Button

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS
from fer_core.inference import detector
from fer_core.inference.video.file import is_video_name
from fer_core.runs.store import State, Status
from pages.parts.shared import pictures
from pages.parts.upload import batch, brought, opened, progress, result
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
    assert "astronaut\\.png, 1 face" in _text(page)
    assert "<strong>" in _html(page, "verdict")
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
    (reasons,) = page.error
    assert len(reasons.value.split("  \n")) == 3
    assert all(name in reasons.value for name in ("empty", "cut", "text"))
    assert [button.label.split()[-1] for button in _thumbnails(page)] == ["good\\.png"]
    assert "1 picture, 1 face, 3 files could not be read" in _text(page)


def test_offers_the_whole_picture_where_no_face_is_found(page: AppTest) -> None:
    _upload(page, ("noise.png", _png(np.full((80, 80, 3), 90, np.uint8))))
    assert "No face found" in _text(page)
    assert not _bars(page)
    assert "threshold" not in _text(page), "The Haar cascade has none."
    next(b for b in page.button if "whole picture" in b.label).click().run()
    assert not page.exception
    assert len(_bars(page)) == 1
    assert "whole picture was read as one face" in _text(page)


def test_an_example_is_read_at_a_click_and_says_where_it_is_from(page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    assert not page.exception
    assert len(_bars(page)) == 1
    assert "NASA" in _text(page)
    assert "astronaut" in page.query_params["sample"]


def test_files_take_the_place_of_an_example_and_an_example_that_of_files(page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    _upload(page, ("wall.png", _png(np.full((80, 80, 3), 90, np.uint8))))
    assert "sample" not in page.query_params
    assert "No face found" in _text(page)
    page.button(key="sample-astronaut").click().run()
    assert "No face found" not in _text(page)


def test_files_are_added_to_those_that_are_here_on_request(page: AppTest) -> None:
    _upload(page, ("a.png", _png(data.astronaut())))
    page.checkbox(key=brought.ADD).check().run()
    _upload(page, ("b.png", _png(data.astronaut()[:400])))
    assert "2 pictures, 2 faces" in _text(page)
    page.checkbox(key=brought.ADD).uncheck().run()
    _upload(page, ("c.png", _png(data.astronaut()[:300])))
    assert "c\\.png, 1 face" in _text(page)


def test_a_face_is_chosen_from_the_numbered_list_or_by_its_box(page: AppTest) -> None:
    _upload(page, ("three.png", _png(_three_faces())))
    (faces,) = page.pills
    assert [option.split()[0] for option in faces.options] == ["1", "2", "3"]
    first = _html(page, "emotion-bars")
    faces.set_value(2).run()
    assert not page.exception
    assert _html(page, "emotion-bars") != first


def test_a_name_with_markup_shows_as_it_is(page: AppTest) -> None:
    face = _png(data.astronaut())
    _upload(page, ("**a**<b>$x$_:red[z].png", face), ("b.png", face))
    assert pictures.plain("**a**<b>$x$_:red[z].png") in _thumbnails(page)[0].label


def test_more_than_the_limit_are_left_out_and_said(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought, "MAX_PICTURES", 3)
    small = _png(np.zeros((8, 8, 3), np.uint8))
    _upload(page, *[(f"{i}.png", small) for i in range(5)])
    assert "the last 2" in page.warning[0].value
    names = [button.label.split()[-1] for button in _thumbnails(page)]
    assert names == ["0\\.png", "1\\.png", "2\\.png"]


def test_a_batch_is_a_table_with_a_row_for_each_face_and_each_bad_member(page: AppTest) -> None:
    good = _png(data.astronaut())
    wall = _png(np.full((80, 80, 3), 90, np.uint8))
    members = [(f"set/{i}.png", wall) for i in range(5)]
    _upload(page, ("a.zip", make_zip(("face.png", good), ("../x.png", good), *members)))
    assert not page.exception
    page.segmented_control(key="view").set_value("Table").run()
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
    later = at_page("upload", 90)
    for key in ("brought", "readings"):
        later.session_state[key] = page.session_state[key]
    later.run()
    assert "face\\.png, 1 face" in _text(later)
    later.button(key="forget-uploads").click().run()
    assert "1 face" not in _text(later)
    assert not later.exception


def test_a_refused_archive_is_one_sentence(page: AppTest) -> None:
    _upload(page, ("a.zip", b"PK nothing"))
    assert not page.exception
    assert "is not a ZIP archive" in page.error[0].value


def test_annotated_pictures_can_be_taken_along(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = _png(data.astronaut())
    _upload(page, ("face.png", face), ("again.png", face), ("bad.png", b"nothing"))
    kept: dict[str, bytes | Callable[[], str]] = {}

    def keep(label: str, content: bytes, *arguments: object, **options: object) -> bool:
        kept[label.split(" (")[0]] = content
        return False

    monkeypatch.setattr(st, "download_button", keep)
    page.button(key="prepare-annotated").click().run()
    assert not page.exception
    made = kept["Annotated ZIP"]
    assert isinstance(made, bytes)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["0001-face.jpg", "0002-again.jpg", "faces.csv"]
        drawn = cv2.imdecode(np.frombuffer(archive.read("0001-face.jpg"), np.uint8), 1)
    assert drawn.shape == (512, 512, 3)
    assert np.abs(drawn[..., ::-1].astype(int) - data.astronaut()).max() > 100


def test_the_annotated_archive_is_removed_with_its_pictures(page: AppTest) -> None:
    face = _png(data.astronaut())
    _upload(page, ("a.png", face), ("b.png", face))
    page.button(key="prepare-annotated").click().run()
    assert "annotated" in page.session_state
    _upload(page, ("c.png", face), ("d.png", face))
    assert "annotated" not in page.session_state


def test_a_long_batch_shows_what_there_is_and_goes_on(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time for more than one at a time the page is run once for each."""
    shown = []
    monkeypatch.setattr(result, "_SECONDS", 1e-9)
    real = batch.show
    monkeypatch.setattr(
        batch,
        "show",
        lambda readings, *given: (shown.append(len(readings)), real(readings, *given)),
    )
    face = _png(data.astronaut())
    _upload(page, *[(f"{number}.png", face) for number in range(4)])
    assert not page.exception
    assert shown == [1, 2, 3, 4]
    assert "4 pictures, 4 faces" in _text(page)


def test_cancelled_reading_keeps_what_is_there_and_can_be_continued(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = _png(np.full((80, 80, 3), 90, np.uint8))
    _upload(page, ("a.png", wall), ("b.png", wall))
    keys = tuple(picture.key for picture in page.session_state["brought"].pictures)
    page.session_state[progress.CANCELLED] = {keys}
    page.session_state["readings"] = dict(list(page.session_state["readings"].items())[:1])
    page.run()
    assert "1 of 2 pictures were not read" in page.info[0].value
    assert len(_thumbnails(page)) == 1
    next(button for button in page.button if button.label == "Read the rest").click().run()
    assert not page.info
    assert len(_thumbnails(page)) == 2


def test_a_thumbnail_opens_its_picture_with_previous_and_next(page: AppTest) -> None:
    face, wall = _png(data.astronaut()), _png(np.full((80, 80, 3), 90, np.uint8))
    _upload(page, ("a.png", face), ("b.png", wall), ("c.png", face))
    _thumbnails(page)[1].click().run()
    assert not page.exception
    assert "2 of 3: **b\\.png**" in _text(page)
    assert "No face found" in _text(page)
    page.button(key="picture-next").click().run()
    assert "3 of 3: **c\\.png**" in _text(page)
    assert page.button(key="picture-next").disabled
    page.button(key="picture-previous").click().run()
    page.button(key="picture-previous").click().run()
    assert "1 of 3: **a\\.png**" in _text(page)


def test_a_selected_row_opens_and_a_filter_moves_it_to_no_other_picture(page: AppTest) -> None:
    face, wall = _png(data.astronaut()), _png(np.full((80, 80, 3), 90, np.uint8))
    _upload(page, ("a.png", wall), ("b.png", face), ("c.png", wall))
    page.segmented_control(key="view").set_value("Table").run()
    keys = [picture.key for picture in page.session_state["brought"].pictures]
    page.session_state["opened-picture"] = opened.Opened(keys, 2)
    page.run()
    assert "3 of 3: **c\\.png**" in _text(page)
    page.pills(key="batch-outcomes").set_value(["no face"]).run()
    assert "3 of 3: **c\\.png**" in _text(page)
    assert list(page.dataframe[0].value["picture"]) == ["a.png", "c.png"]


def test_pictures_are_sorted_by_confidence_and_shares_count_every_face(page: AppTest) -> None:
    face, wall = _png(data.astronaut()), _png(np.full((80, 80, 3), 90, np.uint8))
    other = _png(data.astronaut()[:, ::-1] // 2)
    _upload(page, ("a.png", wall), ("b.png", face), ("c.png", other))
    page.segmented_control(key="view").set_value("Table").run()
    page.selectbox(key="batch-order").set_value("lowest confidence").run()
    found = page.dataframe[0].value["confidence"]
    assert found[0] <= found[1]
    assert np.isnan(found[2])
    assert "Shares of 2 faces" in _html(page, "batch-shares")
    assert "1 picture without a face" in _text(page)


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
    page.button(key="sample-astronaut").click().run()
    assert "not sure" in _html(page, "verdict")
    assert "Most likely" in _text(page)
    assert "angry 14.3 %" in _html(page, "verdict"), "The figure names what it is of."
    assert "50.0 %" in _text(page)


def test_what_speaks_for_the_answer_is_shown_at_once_and_for_others_on_request(
    page: AppTest,
) -> None:
    page.button(key="sample-astronaut").click().run()
    assert "where the model looks" in _text(page)
    page.selectbox(key="explain-class-example-astronaut-0").set_value("sad").run()
    assert not page.exception
    assert "for sad" in _text(page)


def test_several_models_answer_side_by_side(runs: Path) -> None:
    for seed, name in enumerate(("first", "second", "third", "fourth", "fifth")):
        make_run(runs, name, seed=seed)
    page = at_page("upload", 90, sample="astronaut")
    page.session_state["behind-example-astronaut-0"] = "Other models"
    page.run()
    assert not page.exception
    chosen = page.multiselect(key="compared-models")
    assert len(chosen.value) == 3
    table = _html(page, "compared-scores")
    assert all(f"{name}<small>" in table for name in chosen.value)
    assert table.count("<tr") == len(CLASS_NAMES) + 1
    assert "models say **" in _text(page)
    chosen.set_value(["first"]).run()
    assert "first says **" in _text(page)
    chosen.set_value([]).run()
    assert "Choose at least one model" in _text(page)


def test_the_face_is_shown_under_each_corruption_with_the_answer(page: AppTest) -> None:
    page.session_state["behind-example-astronaut-0"] = "Corrupted"
    page.button(key="sample-astronaut").click().run()
    assert not page.exception
    faces = _html(page, "fer-faces")
    assert faces.count("<img") == len(CORRUPTIONS) + 1
    assert all(kind.title in faces for kind in CORRUPTIONS)
    assert f"of {len(CORRUPTIONS)} corrupted copies" in _text(page)


def test_the_whole_picture_can_be_the_face(page: AppTest) -> None:
    page.radio(key="framing").set_value("Whole picture").run()
    page.button(key="sample-astronaut").click().run()
    assert not page.exception
    assert "whole picture was read as one face" in _text(page)
    assert not page.warning, "Where no face is searched for, no detector is missed."


def test_many_pictures_say_how_they_were_read(page: AppTest) -> None:
    faces = [(f"{name}.png", _png(data.astronaut())) for name in "ab"]
    _upload(page, *faces)
    assert "Model first; faces found by Haar cascade." in _text(page)

    page.radio(key="framing").set_value("Whole picture").run()

    assert "Model first; each picture read as one face." in _text(page)


def test_a_video_gives_shares_of_time_and_a_timeline(page: AppTest) -> None:
    frames = [np.ascontiguousarray(data.astronaut()[..., ::-1])] * 20
    _upload(page, ("clip.mp4", make_video(frames)))
    assert not page.exception
    assert "1.0 s read" in _text(page) or "0.8 s read" in _text(page)
    assert "a face in 100.0 % of them" in _text(page)
    shares = [str(e.proto.body) for e in page.html if "video-shares" in str(e.proto.body)]
    assert shares[0].count("</tr>") == len(CLASS_NAMES)
    assert len(page.get("plotly_chart")) == 1
    assert len(page.get("video")) == 1


def test_pictures_and_videos_are_read_together_and_stopped_apart(page: AppTest) -> None:
    frames = [np.zeros((64, 96, 3), np.uint8)] * 5
    files = [("a.mp4", make_video(frames)), ("b.mp4", make_video(frames))]
    _upload(page, ("face.png", _png(data.astronaut())), *files)
    assert not page.exception
    names = [header.value for header in page.subheader]
    assert names == ["a\\.mp4", "b\\.mp4"]
    assert len(_bars(page)) == 1
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
    rows = kept["Table (CSV)"].strip().splitlines()
    assert len(rows) == 3
    assert all(name in rows[0] for name in CLASS_NAMES)
    images = json.loads(kept["JSON"])
    assert [image["image"] for image in images] == ["good.png", "bad.png"]
    assert images[1]["error"]
    assert {image["model"] for image in images} == {"first"}
    assert ",first,levelled," in rows[1]
    assert sum(images[0]["faces"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_the_weaker_detector_is_told_above_the_result_with_another_attempt(page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    assert page.warning[0].value == NOTE
    words = [str(getattr(element, "value", "")) for element in page.main]
    assert words.index(NOTE) < words.index("**Astronaut Eileen Collins, 1 face**")
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
    page.button(key="sample-astronaut").click().run()
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
    page.segmented_control(key="view").set_value("Table").run()
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


def _html(page: AppTest, mark: str) -> str:
    """The element of the page's own HTML that has this mark."""
    return next(str(e.proto.body) for e in page.html if mark in str(e.proto.body))


def _thumbnails(page: AppTest) -> list[Button]:
    return [button for button in page.button if str(button.key).startswith("open-")]


def _three_faces() -> np.ndarray:
    """One face three times, each time darker."""
    face = data.astronaut()[:300, 100:400]
    return np.hstack([face, face // 2, face // 3])


def _text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader, *page.error]
    return "\n".join(str(element.value) for element in shown)
