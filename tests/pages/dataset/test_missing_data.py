"""What the Dataset page shows without the images, and how they are fetched from it."""

import threading
from pathlib import Path

import pytest

from fer_core.data import fer2013
from fer_core.data.download import fetch
from fer_core.data.layout import MANIFEST, SYNTHETIC_MARKER
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import DownloadError
from fer_core.progress import Progress
from pages.parts.shared import decoding, install, memory, owner
from tests.data.builders import images, write_zip
from tests.pages.dataset.page import click, html, labels, open_page, pictures, text_of
from tests.pages.opened import at_page


def test_shows_published_counts_without_the_images() -> None:
    page = open_page()
    assert not page.exception
    assert "The images are not on this machine" in text_of(page)
    assert "published counts" in text_of(page)
    bars = html(page)
    assert "Training, 21,535 images" in bars
    assert "Validation, 7,174 images" in bars
    assert "Test, 7,178 images" in bars
    assert labels(page) == {"Download data set"}
    assert not pictures(page)


def test_download_button_brings_the_data_set(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def download(progress: install.Report, unpack_progress: install.Report) -> None:
        progress(1, 2)
        write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)

    monkeypatch.setattr(fetch, "download", download)
    page = open_page()
    click(page, "Download data set")
    install.installer().wait(30)
    page.run()
    assert not page.exception
    assert len(pictures(page)) == 21


def test_every_visitor_sees_the_progress_of_a_download(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def work(report: install.Report) -> None:
        report("Downloading, MB", 16, 64)
        go.wait(30)

    stranger = open_page()
    assert "Download data set" in labels(stranger)
    monkeypatch.setattr(owner, "is_unlocked", lambda: False)
    install.installer().start(work)
    stranger.run()  # as its fragment does by itself
    assert not stranger.exception
    progress = stranger.get("progress")[0].proto
    assert (progress.value, progress.text) == (25, "Downloading, MB: 16 of 64")
    assert "Download data set" not in labels(stranger)
    assert next(button for button in stranger.button if button.label == "Cancel").disabled
    go.set()


def test_a_stranger_cannot_download_to_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(fetch, "download", lambda **arguments: calls.append(1))
    monkeypatch.setattr(owner, "is_unlocked", lambda: False)
    page = open_page()
    button = next(b for b in page.button if b.label == "Download data set")

    assert button.disabled
    assert "for the owner of this server" in text_of(page)
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
    page = open_page()
    click(page, "Download data set")
    install.installer().wait(10)
    page.run()
    assert page.error[0].value == "Kaggle cannot be reached. Try again later."
    click(page, "Try again")
    page.run()
    assert "Wait" in page.error[0].value
    assert len(calls) == 1


def test_local_paths_are_offered_to_the_owner_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not open_page().text_input
    monkeypatch.setenv("FER_ALLOW_LOCAL_PATHS", "1")
    page = open_page()
    page.text_input(key="local-path").set_value("/nowhere/at/all.zip").run()
    click(page, "Use it")
    assert "There is no such file" in page.error[0].value


def test_an_uploaded_zip_becomes_the_data_set_and_a_bad_one_says_why(tmp_path: Path) -> None:
    page = open_page()
    bad = write_zip(tmp_path / "large.zip", images(1, size=96)).read_bytes()
    page.file_uploader(key="data-zip").upload("large.zip", bad, "application/zip").run()
    install.installer().wait(30)
    page.run()
    assert "96x96 pixels; 48x48 is needed" in page.error[0].value

    page.file_uploader(key="data-zip").upload("big.zip", b"", memory.NO_ROOM).run()
    assert "No room for big\\.zip" in page.warning[0].value

    good = write_zip(tmp_path / "good.zip", images(4)).read_bytes()
    page.file_uploader(key="data-zip").upload("good.zip", good, "application/zip").run()
    install.installer().wait(30)
    page.run()
    assert not page.exception
    assert len(pictures(page)) == 21


def test_nobody_but_the_owner_uploads_a_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "is_unlocked", lambda: False)
    assert not open_page().get("file_uploader")


def test_an_incomplete_data_set_is_a_sentence_and_can_be_mended(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    for file in (data_dir / "train" / "sad").iterdir():
        file.unlink()
    page = open_page()
    assert not page.exception
    assert "sad" in page.error[0].value
    assert str(data_dir) not in page.error[0].value
    assert "Download data set" in labels(page)
    assert not page.get("progress")
    assert "35,887" not in text_of(page)
    assert "not on this machine" not in text_of(page)


def test_ones_own_images_that_cannot_be_used_are_read_once_and_again_after_a_while(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    for name in (SYNTHETIC_MARKER, MANIFEST):  # as if the user had put them there
        (data_dir / name).unlink(missing_ok=True)
    broken = {file: file.read_bytes() for file in (data_dir / "test" / "sad").iterdir()}
    for file in broken:
        file.write_bytes(b"nothing")
    calls: list[Path] = []
    load = fer2013.load
    monkeypatch.setattr(fer2013, "load", lambda *given: calls.append(given[0]) or load(*given))
    page = open_page()
    page.run()
    assert "test/sad" in page.error[0].value
    assert len(calls) == 1
    assert "Download data set" not in labels(page), "It would replace them."

    for file, content in broken.items():  # in place: no folder changes
        file.write_bytes(content)
    monkeypatch.setattr(decoding, "AGAIN_SECONDS", 0.0)
    page.run()
    assert not page.error
    assert len(pictures(page)) == 21


def test_decoding_goes_on_when_the_visitor_who_began_it_leaves(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    calls: list[Path] = []
    go, load = threading.Event(), fer2013.load

    def slow(root: Path, progress: Progress) -> fer2013.Dataset:
        calls.append(root)
        while not go.wait(0.05):
            progress(1, 77)
        return load(root, progress)

    monkeypatch.setattr(fer2013, "load", slow)
    with pytest.raises(RuntimeError, match="timed out"):
        at_page("dataset", timeout=1).run()
    go.set()
    page = open_page()
    assert not page.exception
    assert len(pictures(page)) == 21
    assert len(calls) == 1
