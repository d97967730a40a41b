"""What a visitor sees of one picture: how it comes, and what is read in it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
from skimage import data
from streamlit.testing.v1 import AppTest

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS
from fer_core.inference import detector
from fer_core.inference.box import Box
from fer_core.inference.file_types import FileKind, kind_of
from fer_core.runs.store import State, Status
from pages.parts.shared import pictures
from pages.parts.upload import brought
from pages.parts.upload.settings import FALLBACK
from tests.builders import make_run
from tests.inference.fuzzing import ATTACKS
from tests.pages.opened import at_page
from tests.pages.upload.page import NOTE, bars, html, png, text, three_faces, thumbnails, upload


def test_says_what_to_do_without_a_model() -> None:
    page = at_page("upload", 90).run()
    assert not page.exception
    assert "No trained model yet" in text(page)
    assert "fer_core train" in page.code[0].value
    assert not page.file_uploader


def test_reads_a_face_in_a_photograph(page: AppTest) -> None:
    upload(page, ("astronaut.png", png(data.astronaut())))
    assert not page.exception
    assert "astronaut\\.png, 1 face" in text(page)
    assert "<strong>" in html(page, "verdict")
    drawn = bars(page)
    assert [name for name in CLASS_NAMES if f">{name}<" in drawn[0]] == list(CLASS_NAMES)
    assert drawn[0].count(" %</td>") == len(CLASS_NAMES)


def test_bad_files_get_a_sentence_and_good_ones_a_result(page: AppTest) -> None:
    good = png(data.astronaut())
    upload(
        page,
        ("empty.png", b""),
        ("good.png", good),
        ("cut.png", good[:3000]),
        ("text.jpg", b"not a picture"),
        ("old.tga", bytes(400)),
        ("raw.dng", b"II*\0 with a thumbnail"),
        ("no ending", good),
    )
    assert not page.exception
    (reasons,) = page.error
    assert len(reasons.value.split("  \n")) == 5
    assert all(name in reasons.value for name in ("empty", "cut", "text", "old", "raw"))
    assert "is a camera's raw picture" in reasons.value
    assert "is a picture of a rare format" in reasons.value
    assert [button.label.split()[-1] for button in thumbnails(page)] == ["good\\.png", "ending"]
    assert "2 pictures, 2 faces, 5 files could not be read" in text(page)


def test_offers_the_whole_picture_where_no_face_is_found(page: AppTest) -> None:
    upload(page, ("noise.png", png(np.full((80, 80, 3), 90, np.uint8))))
    assert "No face found" in text(page)
    assert not bars(page)
    assert "threshold" not in text(page), "The Haar cascade has none."
    next(b for b in page.button if "whole picture" in b.label).click().run()
    assert not page.exception
    assert len(bars(page)) == 1
    assert "whole picture was read as one face" in text(page)


def test_reading_the_whole_picture_can_be_taken_back(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind = SimpleNamespace(name="Haar cascade", note="", detect=lambda *_, **__: [])
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: blind)
    example, as_whole = "sample-astronaut", "whole-example-astronaut"
    page.button(key=example).click().run()
    page.button(key=as_whole).click().run()
    page.button(key="search-example-astronaut").click().run()
    assert "No face found" in text(page)
    page.button(key=as_whole).click().run()
    assert len(bars(page)) == 1
    page.button(key="forget-uploads").click().run()
    page.button(key=example).click().run()
    assert "No face found" in text(page), "Clear takes it back too."
    assert not page.exception


def test_an_example_is_read_at_a_click_and_says_where_it_is_from(page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    assert not page.exception
    assert len(bars(page)) == 1
    assert "NASA" in text(page)
    assert "astronaut" in page.query_params["sample"]


def test_files_take_the_place_of_an_example_and_an_example_that_of_files(page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    upload(page, ("wall.png", png(np.full((80, 80, 3), 90, np.uint8))))
    assert "sample" not in page.query_params
    assert "No face found" in text(page)
    page.button(key="sample-astronaut").click().run()
    assert "No face found" not in text(page)


def test_files_are_added_to_those_that_are_here_on_request(page: AppTest) -> None:
    upload(page, ("a.png", png(data.astronaut())))
    page.checkbox(key=brought.ADD).check().run()
    upload(page, ("b.png", png(data.astronaut()[:400])))
    assert "2 pictures, 2 faces" in text(page)
    page.checkbox(key=brought.ADD).uncheck().run()
    upload(page, ("c.png", png(data.astronaut()[:300])))
    assert "c\\.png, 1 face" in text(page)


def test_a_face_is_chosen_from_the_numbered_list_or_by_its_box(page: AppTest) -> None:
    upload(page, ("three.png", png(three_faces())))
    (faces,) = page.pills
    numbers = [option.split()[0] for option in faces.options]
    assert numbers[:3] == ["1", "2", "3"]
    assert f"three\\.png, {len(numbers)} faces: {len(numbers)} " in text(page)
    first = html(page, "emotion-bars")
    faces.set_value(2).run()
    assert not page.exception
    assert html(page, "emotion-bars") != first


def test_a_name_with_markup_shows_as_it_is(page: AppTest) -> None:
    face = png(data.astronaut())
    upload(page, ("**a**<b>$x$_:red[z].png", face), ("b.png", face))
    assert pictures.plain("**a**<b>$x$_:red[z].png") in thumbnails(page)[0].label


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
    assert "not sure" in html(page, "verdict")
    assert "angry 14.3 %" in html(page, "verdict"), "The figure names what it is of."
    assert "an answer from 50.0 % on" in text(page)


def test_what_speaks_for_the_answer_is_shown_at_once_and_for_others_on_request(
    page: AppTest,
) -> None:
    page.button(key="sample-astronaut").click().run()
    assert "where the model looks" in text(page)
    assert "third of the face" not in text(page), "The picture says it; its alt text has it."
    page.selectbox(key="explain-class-example-astronaut-0").set_value("sad").run()
    assert not page.exception
    assert page.selectbox(key="explain-class-example-astronaut-0").value == "sad"


def test_several_models_answer_side_by_side(runs: Path) -> None:
    for seed, name in enumerate(("first", "second", "third", "fourth", "fifth")):
        make_run(runs, name, seed=seed)
    page = at_page("upload", 90, sample="astronaut")
    page.session_state["behind-example-astronaut-0"] = "Other models"
    page.run()
    assert not page.exception
    chosen = page.multiselect(key="compared-models")
    assert len(chosen.value) == 3
    table = html(page, "compared-scores")
    assert all(f"{name}<small>" in table for name in chosen.value)
    assert table.count("<tr") == len(CLASS_NAMES) + 1
    assert "models say **" in text(page)
    chosen.set_value(["first"]).run()
    assert "first says **" in text(page)
    chosen.set_value([]).run()
    assert "Choose at least one model" in text(page)


def test_the_face_is_shown_under_each_corruption_with_the_answer(page: AppTest) -> None:
    page.session_state["behind-example-astronaut-0"] = "Corrupted"
    page.button(key="sample-astronaut").click().run()
    assert not page.exception
    faces = html(page, "fer-faces")
    assert faces.count("<img") == len(CORRUPTIONS) + 1
    assert all(kind.title in faces for kind in CORRUPTIONS)
    assert f"of {len(CORRUPTIONS)} corrupted copies" in text(page)


def test_the_whole_picture_can_be_the_face(page: AppTest) -> None:
    page.radio(key="framing").set_value("Whole picture").run()
    page.button(key="sample-astronaut").click().run()
    assert not page.exception
    assert "whole picture was read as one face" in text(page)
    assert FALLBACK not in text(page), "Where no face is searched for, no detector is missed."


def test_the_weaker_detector_is_told_above_the_result_with_another_attempt(page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    assert not page.warning, "It is a note, not the loudest thing on the page."
    (note,) = (caption for caption in page.caption if caption.value == FALLBACK)
    assert note.proto.help == NOTE
    words = [str(getattr(element, "value", "")) for element in page.main]
    assert words.index(FALLBACK) < words.index("**Astronaut Eileen Collins, 1 face**")
    page.button(key="retry-detector").click().run()
    assert not page.exception


def test_clear_puts_framing_and_threshold_back(page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    page.radio(key="framing").set_value("Whole picture").run()
    page.slider(key="threshold").set_value(0.8).run()
    assert page.button(key="reset-reading")

    page.button(key="forget-uploads").click().run()

    assert page.radio(key="framing").value == "Aligned"
    assert page.slider(key="threshold").value == 0.6
    page.button(key="sample-astronaut").click().run()
    assert not any(button.key == "reset-reading" for button in page.button)
    assert "whole picture was read" not in text(page)


class OneFace:
    """A detector that finds one face, lying on its side, in every picture; notes what it looks
    for.
    """

    name, note = "YuNet", ""

    def __init__(self) -> None:
        self.asked: list[float | None] = []

    def detect(
        self, frame_bgr: np.ndarray, min_confidence: float, **asked: float | None
    ) -> list[Box]:
        self.asked.append(asked["min_face"])
        self.blocks_others = pictures._one_at_a_time.locked()
        return [Box((100, 20, 200, 120), 0.9, None, turn=90)]


@pytest.fixture
def one_face(monkeypatch: pytest.MonkeyPatch) -> OneFace:
    found = OneFace()
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: found)
    return found


def test_a_picture_that_was_turned_says_so(one_face: OneFace, page: AppTest) -> None:
    page.button(key="sample-astronaut").click().run()
    assert "turned by 90 degrees to read it" in text(page)
    upload(page, ("a.png", png(data.astronaut())), ("b.png", png(data.astronaut())))
    page.segmented_control(key="view").set_value("Table").run()
    assert list(page.dataframe[0].value["turn"]) == [90, 90]


def test_the_smallest_face_is_chosen_in_pixels_of_the_file(
    one_face: OneFace, page: AppTest
) -> None:
    page.button(key="sample-astronaut").click().run()
    page.number_input(key="min-face").set_value(60).run()
    assert one_face.asked == [None, 60]
    page.number_input(key="min-face").set_value(None).run()
    assert one_face.asked[-1] is None, "By the picture's size again."
    assert not page.exception


def test_a_long_search_is_bounded_told_and_holds_up_nobody(
    one_face: OneFace, page: AppTest
) -> None:
    page.number_input(key="min-face").set_value(8).run()
    upload(page, ("a.png", png(np.full((3000, 4000, 3), 90, np.uint8))))
    assert one_face.asked[-1] == pytest.approx(20.8, abs=0.1)
    told = "Faces from 21 pixels on were looked for, not from 8"
    assert told in text(page)
    assert not one_face.blocks_others
    upload(page, ("b.png", png(data.astronaut())))
    assert one_face.asked[-1] == 8
    assert told not in text(page)


def test_a_picture_without_a_face_says_how_small_a_face_was_looked_for(
    one_face: OneFace, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_face, "detect", lambda *given, **options: [])
    upload(page, ("a.png", png(np.full((1000, 2000, 3), 90, np.uint8))))
    page.number_input(key="min-face").set_value(60).run()
    assert "Faces from 60 pixels on were looked for. Lower this or the detection" in text(page)


def test_who_asked_for_too_small_a_face_is_not_told_to_ask_for_a_smaller_one(
    one_face: OneFace, page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_face, "detect", lambda *given, **options: [])
    page.number_input(key="min-face").set_value(8).run()
    upload(page, ("a.png", png(np.full((3000, 4000, 3), 90, np.uint8))))
    assert "Faces from 21 pixels on were looked for. Lower the detection" in text(page)
    next(b for b in page.button if "whole picture" in b.label).click().run()
    assert "were looked for" not in text(page)


def test_a_file_that_cannot_be_read_is_one_sentence_without_a_download(page: AppTest) -> None:
    upload(page, ("note.png", b"words"))
    assert "**1 file could not be read**" in text(page)
    assert "is a text file" in page.error[0].value
    assert not page.get("popover")[-1].proto.popover.label.startswith("Download")


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


def test_nothing_is_written(page: AppTest, files: Callable[[], set[Path]]) -> None:
    before = files()
    upload(page, ("astronaut.png", png(data.astronaut())))
    assert files() == before


def test_hostile_files_become_rows_and_the_page_stands(page: AppTest) -> None:
    """Every attack that is no video at once: each refused with its reason, none with a trace."""
    files = [(name, make()) for name, make in ATTACKS if kind_of(name) is not FileKind.VIDEO]
    upload(page, *files)
    assert not page.exception
    page.segmented_control(key="view").set_value("Table").run()
    rows = page.dataframe[0].value
    assert (rows["outcome"] == "could not be read").all()
    assert rows["error"].str.contains(" ").all(), "A reason is a sentence."
    refused = {name.split("/")[0] for name in rows["picture"]}
    assert refused == {name for name, _ in files}
