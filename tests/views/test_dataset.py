"""What a visitor sees on the Dataset page, with and without the images."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.data import kaggle
from fer_core.data.synthetic import write_synthetic
from fer_core.errors import DownloadError
from fer_core.paths import PROJECT_ROOT
from views.ui import install

PAGE = str(PROJECT_ROOT / "views" / "explore" / "dataset.py")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder that does not exist yet, and a fresh cache."""
    folder = tmp_path / "data"
    monkeypatch.setenv("FER_DATA_DIR", str(folder))
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("FER_ALLOW_LOCAL_PATHS", raising=False)
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


def test_shows_samples_and_marks_drawn_ones(page: AppTest) -> None:
    assert not page.exception
    assert "synthetic data set" in page.info[0].value
    assert page.subheader[0].value == "Samples (drawn faces)"
    assert len(_pictures(page)) == 21
    assert "byte-identical" not in _text(page)


def test_class_and_part_choose_the_samples(page: AppTest) -> None:
    page.selectbox(key="class").set_value("sad")
    page.segmented_control(key="part").set_value("test").run()
    assert not page.exception
    assert len(_pictures(page)) == 3
    assert set(_captions(page)) == {"sad"}


def test_other_samples_change_the_seed_and_the_pictures(page: AppTest) -> None:
    before = _pictures(page)
    next(b for b in page.button if b.label == "Other samples").click().run()
    assert page.number_input(key="seed").value == 1
    assert _pictures(page) != before
    page.number_input(key="seed").set_value(0).run()
    assert _pictures(page) == before


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

    monkeypatch.setattr(kaggle, "download", download)
    page = _open()
    _click(page, "Download data set")
    install.installer().wait(30)
    page.run()
    assert not page.exception
    assert len(_pictures(page)) == 21


def test_a_failed_download_says_why_and_is_not_repeated_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []

    def download(progress: install.Report, unpack_progress: install.Report) -> None:
        calls.append(1)
        raise DownloadError("Kaggle cannot be reached. Try again later.")

    monkeypatch.setattr(kaggle, "download", download)
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
    return AppTest.from_file(PAGE, default_timeout=60).run()


def _click(page: AppTest, label: str) -> None:
    next(b for b in page.button if b.label == label).click().run()


def _labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button}


def _pictures(page: AppTest) -> list[str]:
    return re.findall(r'<img src="(data:[^"]+)"', _html(page))


def _captions(page: AppTest) -> list[str]:
    return re.findall(r"<figcaption>([^<]*)</figcaption>", _html(page))


def _bar_values(page: AppTest) -> list[str]:
    return re.findall(r"<td>([^<]+)</td></tr>", _html(page))


def _html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def _text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader]
    return "\n".join(str(element.value) for element in shown)
