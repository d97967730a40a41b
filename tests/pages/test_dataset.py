"""What a visitor sees on the Dataset page, with and without the images."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from fer_core.classes import CLASS_NAMES
from fer_core.data import fer2013
from fer_core.data.download import fetch
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import DownloadError
from fer_core.quality import label_report
from fer_core.quality.audit import audit
from fer_core.quality.audit_report import machine_folder, write_audit
from fer_core.quality.label_report import Agreement, LabelQuality, QualityFacts, write_quality
from fer_core.runs.store import Predictions, Run
from pages.parts.dataset import install
from pages.parts.shared import owner
from tests.builders import make_run
from tests.pages.opened import at_page


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder that does not exist yet, and a fresh cache."""
    folder = tmp_path / "data"
    monkeypatch.setenv("FER_DATA_DIR", str(folder))
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FER_ALLOW_LOCAL_PATHS", raising=False)
    monkeypatch.setattr(owner, "is_unlocked", lambda: True)
    monkeypatch.setattr(install, "_installer", install.Installer())
    st.cache_resource.clear()
    st.cache_data.clear()
    yield folder
    install.installer().cancel()
    install.installer().wait(10)
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def page(data_dir: Path) -> AppTest:
    """The page over a small drawn data set."""
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    return _open()


def test_shows_published_counts_without_the_images() -> None:
    page = _open()
    assert not page.exception
    assert "The images are not on this machine" in _text(page)
    assert "published counts" in _text(page)
    bars = _html(page)
    assert "Train, 21,535 images" in bars
    assert "Validation, 7,174 images" in bars
    assert "Test, 7,178 images" in bars
    assert _labels(page) == {"Download data set"}
    assert not _pictures(page)


def test_the_published_audit_lists_files_without_columns_that_say_nothing() -> None:
    page = _open()
    _go(page, "Audit")
    assert not page.exception
    files = page.dataframe[-1].value
    assert len(files) == 1271
    assert not files.isna().all().any()


def test_the_figures_are_a_table_once_its_box_is_opened() -> None:
    page = _open()
    assert not page.dataframe
    page.session_state["balance-table"] = True
    page.run()
    assert not page.exception
    table = page.dataframe[0].value.set_index("class")
    assert table["test"].sum() == 7178
    assert table["train"].sum() == 21535
    assert table["validation"].sum() == 7174
    assert table["train_share"].sum() == pytest.approx(100)


def test_shows_samples_and_marks_drawn_ones(page: AppTest) -> None:
    assert not page.exception
    assert "synthetic data set" in page.info[0].value
    assert page.subheader[0].value == "Samples (drawn faces)"
    assert len(_pictures(page)) == 21
    assert "byte-identical" not in _text(page)


def test_the_first_line_says_what_is_wrong_with_the_published_images() -> None:
    text = _text(_open())
    assert "1,516 groups" in text
    assert "568 test images that are also in the training set" in text
    assert "57 groups with conflicting labels" in text


def test_the_same_seed_shows_the_same_samples(page: AppTest) -> None:
    before = _pictures(page)
    next(b for b in page.button if b.label == "Other samples").click().run()
    assert page.number_input(key="seed").value == 1
    assert _pictures(page) != before
    page.number_input(key="seed").set_value(0).run()
    assert _pictures(page) == before


def test_mean_faces_and_grays_once_their_box_is_opened(page: AppTest) -> None:
    assert not page.get("plotly_chart")
    page.session_state["class-looks"] = True
    page.run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1
    assert _captions(page) == list(CLASS_NAMES)


def test_filters_choose_the_images(page: AppTest) -> None:
    _go(page, "Samples")
    assert "77 drawn faces" in _text(page)
    assert len(_pictures(page)) == 24
    page.selectbox(key="class").set_value("sad")
    page.selectbox(key="part").set_value("test").run()
    assert not page.exception
    assert "3 drawn faces" in _text(page)
    assert [_caption(b) for b in _faces(page)] == [f"sad test im{i}.png" for i in range(3)]
    page.number_input(key="file").set_value(1).run()
    assert [_caption(b) for b in _faces(page)] == ["sad test im1.png"]
    page.slider(key="brightness").set_value((254, 255)).run()
    assert not page.exception
    assert "No drawn faces match these filters" in _text(page)


def test_copies_only_shows_identical_images(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data_dir / "train" / "sad" / "im0.png", data_dir / "test" / "happy" / "im9.png")
    page = _open()
    _go(page, "Samples")
    page.toggle(key="copies").set_value(True).run()
    assert [_caption(b) for b in _faces(page)] == ["sad train im0.png", "happy test im9.png"]


def test_another_page_shows_other_images_and_a_filter_goes_back_to_the_first(
    page: AppTest,
) -> None:
    _go(page, "Samples")
    first = _pictures(page)
    page.session_state["samples-page"] = 2
    page.run()
    assert not page.exception
    assert not set(first) & set(_pictures(page))
    page.selectbox(key="part").set_value("trained on").run()
    assert page.session_state["samples-page"] == 1
    assert "1–24 shown" in _text(page)


def test_choosing_an_image_opens_what_is_known_of_it(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data_dir / "train" / "sad" / "im0.png", data_dir / "test" / "happy" / "im9.png")
    runs = tmp_path / "runs"
    run = make_run(runs, "mine")
    other = make_run(runs, "of-other-images")
    assert other.config.data_fingerprint != fer2013.load(data_dir).fingerprint
    config = run.config.model_copy(update={"data_fingerprint": fer2013.load(data_dir).fingerprint})
    Run(run.folder, config).write_config()
    scores = np.full((1, 7), 0.05, np.float32)
    scores[0, 3] = 0.7
    run.write_predictions(
        Predictions(
            np.array(["test/happy/im9.png"]), np.array(["test"]), np.array([3], np.int8), scores
        )
    )
    monkeypatch.setenv("FER_RUNS_DIR", str(runs))
    page = _open()
    _go(page, "Samples")
    page.number_input(key="file").set_value(9).run()
    _faces(page)[0].click().run()
    assert not page.exception
    text = _text(page)
    assert "test/happy/im9.png" in text
    assert "Label **happy**" in text
    table = page.dataframe[0].value
    assert table["run"].tolist() == ["mine (drawn faces)"] or table["run"].tolist() == ["mine"]
    assert table["predicted"].tolist() == ["happy"]
    assert table["confidence"].tolist() == [70.0]
    assert table["right"].tolist() == ["yes"]
    assert _captions(page) == ["train/sad\nim0.png\nidentical"]


def test_without_an_audit_the_tab_says_how_to_make_one(page: AppTest) -> None:
    _go(page, "Audit")
    assert not page.exception
    assert "0 groups of byte-identical images" in _text(page)
    assert "have not been audited yet" in _text(page)
    assert page.code[0].value == "python -m fer_core data audit"


def test_an_audit_of_these_images_is_shown_as_pictures_and_lists(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data_dir / "train" / "sad" / "im0.png", data_dir / "test" / "happy" / "im9.png")
    dataset = fer2013.load(data_dir)
    write_audit(audit(dataset, None), machine_folder(dataset.fingerprint))
    page = _open()
    _go(page, "Audit")
    assert not page.exception
    table = page.dataframe[0].value.set_index("what")
    assert table.loc["in train and test", ["groups", "images", "test"]].tolist() == [1, 2, 1]
    assert "no face found" not in table.index
    assert page.selectbox(key="finding").value == "in train and test"
    assert [_caption(b) for b in _faces(page)] == ["sad train im0.png", "happy test im9.png"]
    page.selectbox(key="finding").set_value("nearly empty").run()
    assert not page.exception
    assert "None found" in _text(page)


def test_without_a_list_of_labels_the_tab_says_how_to_make_one(page: AppTest) -> None:
    _go(page, "Label quality")
    assert not page.exception
    assert "have not been checked yet" in _text(page)
    assert "label-quality" in page.code[0].value


def test_suspicious_labels_stand_beside_the_suggestion_and_ferplus(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    dataset = fer2013.load(data_dir)
    write_quality(_quality(dataset.fingerprint), label_report.machine_folder(dataset.fingerprint))
    page = _open()
    _go(page, "Label quality")
    assert not page.exception
    assert [metric.value for metric in page.metric] == ["50.0 %", "25.0 %", "1 of 2", "1 of 2"]
    assert [_caption(b) for b in _faces(page)] == [
        "given sad, suggested happy, FER+ happy",
        "given angry, suggested sad, FER+ undecided",
    ]
    page.toggle(key="confirmed").set_value(True).run()
    assert [_caption(b) for b in _faces(page)] == ["given sad, suggested happy, FER+ happy"]
    page.selectbox(key="given").set_value("fearful").run()
    assert not page.exception
    assert "No listed image matches" in _text(page)


def test_shares_replace_counts(page: AppTest) -> None:
    page.segmented_control(key="unit").set_value("shares").run()
    assert not page.exception
    assert _bar_values(page)[:7] == ["14.3 %"] * 7


def test_download_button_brings_the_data_set(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(progress: install.Report, unpack_progress: install.Report) -> None:
        progress(1, 2)
        write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)

    monkeypatch.setattr(fetch, "download", download)
    page = _open()
    _click(page, "Download data set")
    install.installer().wait(30)
    page.run()
    assert not page.exception
    assert len(_pictures(page)) == 21


def test_a_stranger_cannot_download_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(fetch, "download", lambda **arguments: calls.append(1))
    monkeypatch.setattr(owner, "is_unlocked", lambda: False)
    page = _open()
    button = next(b for b in page.button if b.label == "Download data set")

    assert button.disabled
    assert "for the owner of this server" in _text(page)
    assert calls == []
    assert not install.installer().running


def test_a_failed_download_says_why_and_is_not_repeated_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []

    def download(progress: install.Report, unpack_progress: install.Report) -> None:
        calls.append(1)
        raise DownloadError("Kaggle cannot be reached. Try again later.")

    monkeypatch.setattr(fetch, "download", download)
    page = _open()
    _click(page, "Download data set")
    install.installer().wait(10)
    page.run()
    assert page.error[0].value == "Kaggle cannot be reached. Try again later."
    _click(page, "Download data set")
    page.run()
    assert "Wait" in page.error[0].value
    assert len(calls) == 1


def test_local_paths_are_offered_to_the_owner_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _open().text_input
    monkeypatch.setenv("FER_ALLOW_LOCAL_PATHS", "1")
    page = _open()
    page.text_input(key="local-path").set_value("/nowhere/at/all.zip").run()
    _click(page, "Use it")
    assert "There is no such file" in page.error[0].value


def test_an_incomplete_data_set_is_a_sentence_and_can_be_mended(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    for file in (data_dir / "train" / "sad").iterdir():
        file.unlink()
    page = _open()
    assert not page.exception
    assert "sad" in page.error[0].value
    assert str(data_dir) not in page.error[0].value
    assert "Download data set" in _labels(page)


def _open() -> AppTest:
    return at_page("dataset").run()


def _click(page: AppTest, label: str) -> None:
    next(b for b in page.button if b.label == label).click().run()


def _go(page: AppTest, tab: str) -> None:
    page.session_state["tab"] = tab
    page.run()


def _labels(page: AppTest) -> set[str]:
    """Labels of the buttons that are no faces."""
    return {button.label for button in page.button if not button.label.startswith("![")}


def _faces(page: AppTest) -> list[Button]:
    return [button for button in page.button if button.label.startswith("![")]


def _caption(face: Button) -> str:
    return face.label.rpartition(") ")[2]


def _pictures(page: AppTest) -> list[str]:
    return [re.findall(r"\((data:[^)]+)\)", face.label)[0] for face in _faces(page)]


def _captions(page: AppTest) -> list[str]:
    return re.findall(r"<figcaption>([^<]*)</figcaption>", _html(page))


def _bar_values(page: AppTest) -> list[str]:
    return re.findall(r"<td>([^<]+)</td></tr>", _html(page))


def _html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def _text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader]
    return "\n".join(str(element.value) for element in shown)


def _quality(fingerprint: str) -> LabelQuality:
    """Two suspicious labels, one of them confirmed."""
    facts = QualityFacts(
        fingerprint=fingerprint,
        preset="hog-svm",
        model="hog-svm",
        setting="C=1",
        folds=2,
        seed=0,
        images=56,
        accuracy=0.5,
        suspicious=2,
        agreement=Agreement(
            judged=2,
            with_majority=1,
            errors=1,
            suggested_right=1,
            all_images=56,
            all_with_majority=50,
            all_errors=14,
        ),
        versions={},
    )
    rows = pd.DataFrame(
        {
            "path": ["train/sad/im1.png", "train/angry/im2.png"],
            "given": ["sad", "angry"],
            "suggested": ["happy", "sad"],
            "score": [0.1, 0.2],
            "p_given": [0.1, 0.2],
            "p_suggested": [0.9, 0.6],
            "ferplus": ["happy", ""],
            "ferplus_given": [0.1, 0.4],
            "ferplus_suggested": [0.9, 0.4],
        }
    )
    return LabelQuality(facts, rows)
