"""The Upload page's view With labels: models on the visitor's own labelled pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import streamlit as st
from skimage import data
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fer_core.errors import RunError
from fer_core.evaluation import labelled as evaluation
from fer_core.images import png
from fer_core.inference import detector
from fer_core.inference.classifier import Classifier
from pages.parts.shared import memory
from pages.parts.upload import labelled as view
from tests.builders import draw_noise, make_run
from tests.inference.media import make_zip
from tests.pages.opened import at_page

FACES = [
    (f"mine/{name}/{i}.png", png(draw_noise(7 * i))) for i in range(3) for name in ("joy", "sad")
]


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector(""))
    for seed, name in enumerate(("one", "two")):
        make_run(tmp_path / "runs", name, seed=seed, accuracy=0.9 - seed / 10)
    st.cache_resource.clear()
    st.cache_data.clear()


def drop(*members: tuple[str, bytes], name: str = "mine.zip") -> AppTest:
    page = at_page("upload", 90, upload="With labels").run()
    page.file_uploader(key="labelled-zip").set_value((name, make_zip(*members), "application/zip"))
    page.run()
    assert not page.exception, page.exception
    return page


def text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info]
    shown_html = [str(block.proto.body) for block in page.get("html")]
    # Without the signs by which names of folders are kept from being read as Markdown.
    words = [str(element.value).replace("\\", "") for element in shown]
    return "\n".join([*words, *shown_html])


def test_a_zip_gives_accuracy_matrix_and_table_by_class() -> None:
    page = drop(*FACES)

    shown = text(page)
    assert "Accuracy of each model on your pictures" in shown
    assert 'data-testid="labelled-classes"' in shown
    assert ">–<" in shown, "A class without pictures has a dash."
    assert "nan" not in shown
    assert "No image of angry, disgusted, fearful, neutral, surprised here; averages" in shown
    assert page.get("plotly_chart")


def test_a_zip_that_found_no_room_is_named_as_such() -> None:
    page = at_page("upload", 90, upload="With labels").run()
    page.file_uploader(key="labelled-zip").set_value(("b.zip", b"", memory.NO_ROOM)).run()
    assert "No room for b.zip: 200 MB of your files" in text(page)
    assert not page.error
    assert not page.exception


def test_why_a_model_is_not_asked_shows_as_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise RunError("'*one*' is damaged.")

    monkeypatch.setattr(evaluation, "answers", fail)
    assert drop(*FACES).error[0].value == r"'\*one\*' is damaged."


def test_an_error_that_is_almost_certain_is_not_told_as_certain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = np.full(7, 0.004 / 6, np.float32)
    answer[0] = 0.996
    monkeypatch.setattr(
        Classifier, "predict", lambda self, faces, *_, **__: np.tile(answer, (len(faces), 1))
    )

    page = drop(*FACES)

    assert "angry 99.6 %" in text(page).replace("\N{NO-BREAK SPACE}", " ")


def test_several_models_stand_side_by_side_and_one_is_shown() -> None:
    page = drop(*FACES)
    page.multiselect(key="labelled-models").set_value(["one", "two"]).run()
    assert not page.exception
    for name in ("one", "two"):
        assert f'<th scope="row">{name}</th>' in text(page)

    page.segmented_control(key="labelled-shown").set_value("two").run()
    assert not page.exception
    assert "of two**" in text(page) or "two reads every one" in text(page)


def test_what_cannot_be_read_is_listed_and_the_rest_goes_on() -> None:
    wall = png(np.full((200, 300, 3), 90, np.uint8))
    more = (("sad/broken.jpg", b"x"), ("sad/wall.png", wall), ("contempt/a.png", b"y"))
    page = drop(*FACES, *more)

    shown = text(page)
    assert "None of the models here knows contempt." in shown
    (box,) = page.expander
    assert box.label == (
        "Left out: 1 picture without a face that was found and 1 picture that cannot be read"
    )
    assert page.dataframe[0].value["path"].tolist() == ["sad/wall.png", "sad/broken.jpg"]


def test_a_photograph_gives_its_face_and_as_a_whole_it_is_one() -> None:
    page = drop(("happy/her.png", png(data.astronaut())), *FACES)
    assert "<td>7</td>" in text(page)

    page.toggle(key="labelled-whole").set_value(True).run()

    assert not page.exception
    assert "<td>7</td>" in text(page)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([("smiling/a.png", b"x")], "has no picture in a folder named as a class"),
        ([("train/sad/a.png", b"x"), ("test/sad/a.png", b"x")], "holds both train and test"),
        ([("sad/a.png", b"x")], "No face was read in these pictures"),
    ],
)
def test_a_zip_that_does_not_serve_is_a_sentence(
    members: list[tuple[str, bytes]], told: str
) -> None:
    assert told in text(drop(*members))


def test_a_file_that_is_no_zip_is_a_sentence() -> None:
    page = at_page("upload", 90, upload="With labels").run()
    page.file_uploader(key="labelled-zip").set_value(("a.zip", b"no zip", "application/zip")).run()

    assert not page.exception
    assert "not a ZIP archive" in page.error[0].value


@pytest.mark.parametrize("members", [(("smiling/a.png", b"x"),), (("a.txt", b"x"),), FACES])
def test_the_name_of_a_zip_shows_as_it_is(members: tuple[tuple[str, bytes], ...]) -> None:
    page = drop(*members, name="*my* $x$ :red[faces].zip")
    if members is FACES:
        page.switch_page("pages/about.py").run()
        page.switch_page("pages/upload.py").run()
        told = [each.value for each in page.caption if "is still here" in each.value]
    else:
        told = [page.error[0].value]
    assert told[0].startswith(r"\*my\* \$x\$ \:red\[faces\]\.zip")


def test_a_zip_that_is_removed_is_held_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[str] = []
    monkeypatch.setattr(
        MemoryUploadedFileManager,
        "remove_file",
        lambda _, session_id, file_id: freed.append(file_id),
    )
    page = drop(*FACES)
    assert not freed
    file = page.session_state["labelled-file"].file_id
    page.switch_page("pages/about.py").run()
    page.switch_page("pages/upload.py").run()
    page.button(key="labelled-forget").click().run()
    assert file in freed


def test_nothing_is_written_to_disk(files: Callable[[], set[Path]]) -> None:
    before = files()
    drop(*FACES)
    assert files() == before


def test_answers_and_figures_can_be_downloaded() -> None:
    page = drop(*FACES)

    names = [button.label for button in page.get("download_button")]
    assert names == ["Answers (CSV)", "Figures (JSON)"]


def test_what_was_read_is_not_read_again_for_another_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = drop(*FACES)

    def fail(*_: object) -> None:
        raise AssertionError("It is read again.")

    monkeypatch.setattr(view, "_decode", fail)
    page.multiselect(key="labelled-models").set_value(["two"]).run()

    assert not page.exception
    assert "two" in text(page)


def test_a_model_is_asked_once_about_each_face(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "SLICE", 2)
    asked: list[int] = []
    predict = Classifier.predict
    monkeypatch.setattr(
        Classifier, "predict", lambda self, faces: asked.append(len(faces)) or predict(self, faces)
    )
    page = drop(*FACES)
    assert asked == [2, 2, 2]
    opened = page.session_state["labelled-opened"]
    page.multiselect(key="labelled-models").set_value(["one", "two"]).run()
    assert asked == [2] * 6
    page.segmented_control(key="labelled-shown").set_value("two").run()
    assert asked == [2] * 6
    assert page.session_state["labelled-opened"] is opened
    page.toggle(key="labelled-whole").set_value(True).run()
    assert asked == [2] * 12, "Other faces."


def test_a_model_that_was_stopped_is_asked_about_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "SLICE", 2)
    page = drop(*FACES)
    key, answered, parts = page.session_state["labelled-asked"]
    answered.clear()
    (slices,) = parts.values()
    last = slices.pop()
    page.session_state["cancelled-readings"].add((f"asked-{key}", "one"))
    page.run()
    assert "Cancelled. Not asked about every face: one." in text(page)
    assert not page.get("plotly_chart")

    next(button for button in page.button if button.label == "Ask the rest").click().run()

    assert not page.exception
    assert "Accuracy of each model" in text(page)
    assert len(slices) == 3
    np.testing.assert_array_equal(slices[-1], last)


def test_a_cancelled_reading_says_how_far_it_came_and_goes_on() -> None:
    page = drop(*FACES)
    (key, known) = page.session_state["labelled-read"]
    known.pop(next(iter(known)))
    page.session_state["cancelled-readings"].add((f"labelled-{key}",))
    page.run()
    assert "5 of 6 pictures were read." in text(page)

    next(button for button in page.button if button.label == "Read the rest").click().run()

    assert not page.exception
    assert "Accuracy of each model" in text(page)
    assert len(page.session_state["labelled-read"][1]) == 6
