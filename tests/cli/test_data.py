from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli.data import app
from fer_core.data.download import fetch
from fer_core.errors import DataError, FerError
from tests.data.builders import images, png, read_files, write_files, write_zip

FILES = images(4)


@pytest.fixture(autouse=True)
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path / "data"


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, FerError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_download_from_a_zip_then_info(tmp_path, target):
    zip_path = write_zip(tmp_path / "faces.zip", FILES | {"notes.txt": b"x"})
    output = run("download", "--zip", zip_path)
    assert "28 training and 28 test images" in output
    assert "notes.txt: not an image" in output
    assert read_files(target) == FILES
    output = run("info")
    assert "imbalance ratio 1.0" in output
    assert [word in output for word in ("surprised", "validation", "21", "PublicTest")] == [
        True,
        True,
        True,
        False,
    ]


def test_download_from_a_folder(tmp_path, target):
    run("download", "--dir", write_files(tmp_path / "source/archive", FILES).parent)
    assert read_files(target) == FILES


def test_download_from_kaggle_reports_what_came(target, monkeypatch):
    def download(*, progress, unpack_progress, force):
        progress(5, 10)
        progress(10, 10)
        unpack_progress(1, 1)
        return write_files(target, FILES)

    monkeypatch.setattr(fetch, "download", download)
    assert "The data set is complete" in run("download")


def test_images_of_another_size_leave_the_old_set_and_name_the_option(tmp_path, target):
    run("download", "--zip", write_zip(tmp_path / "faces.zip", FILES))
    large = write_zip(tmp_path / "large.zip", {name: png(size=96) for name in images(2)})
    for source in (
        ("--zip", large),
        ("--dir", write_files(tmp_path / "large", images(1, size=96))),
    ):
        with pytest.raises(DataError, match=r"is 96x96 pixels; 48x48 is needed.*--resize"):
            run("download", *source)
        assert read_files(target) == FILES
    assert "14 training and 14 test images" in run("download", "--zip", large, "--resize")


def test_a_single_folder_of_another_kind_is_told_in_a_line(tmp_path, target):
    more = {f"train/contempt/im{number}.png": png() for number in range(9)}
    output = run("download", "--zip", write_zip(tmp_path / "faces.zip", FILES | more))
    assert "train/contempt, 9 files: the folder contempt is none of the seven classes" in output


def test_zip_and_dir_exclude_each_other(tmp_path):
    with pytest.raises(FerError, match="not both"):
        run("download", "--zip", tmp_path / "a.zip", "--dir", tmp_path)


def test_info_without_data_says_how_to_get_it():
    with pytest.raises(DataError, match="data download"):
        run("info")


def test_unreadable_files_are_listed(target):
    write_files(target, FILES | {f"train/sad/bad{number}.png": b"" for number in range(12)})
    output = run("info")
    assert "12 files were skipped" in output
    assert "train/sad, 12 files: is empty (0 bytes)" in output


def test_synthetic_faces_are_marked_wherever_shown(tmp_path):
    folder = tmp_path / "drawn"
    output = run("synthetic", folder, "--train-per-class", 2, "--test-per-class", 1, "--seed", 5)
    assert "Drew 21 faces" in output
    assert "FER_DATA_DIR=" in output
    assert "Synthetic: drawn faces" in run("info", "--dir", folder)


def test_options_out_of_range_are_refused(tmp_path):
    result = CliRunner().invoke(app, ["synthetic", str(tmp_path / "a"), "--train-per-class", "0"])
    assert result.exit_code == 2
    assert not (tmp_path / "a").exists()
