"""FER2013's own CSV file, in a ZIP, in a folder or by itself."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.data import fer2013
from fer_core.data.download import fetch
from fer_core.data.download.install import read_manifest
from fer_core.errors import DataError
from tests.data.builders import images, read_files, write_zip

NUMBERS = {"angry": 0, "disgusted": 1, "fearful": 2, "happy": 3, "sad": 4, "surprised": 5}
NUMBERS |= {"neutral": 6}
USAGES = ("Training", "PublicTest", "PrivateTest")


@pytest.fixture(autouse=True)
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "data" / "set"


def rows(files: dict[str, bytes]) -> list[tuple[str, str, str]]:
    """Emotion, pixels and usage of images whose folders are named after their usage."""
    made = []
    for name, data in files.items():
        usage, emotion, _ = name.split("/")
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        made.append((str(NUMBERS[emotion]), " ".join(map(str, image.ravel().tolist())), usage))
    return made


def source(per_class: int = 2) -> dict[str, bytes]:
    folder_of = {"train": USAGES[:1], "test": USAGES[1:]}
    return {
        name.replace(split, usage): data
        for name, data in images(per_class).items()
        for split in [name.split("/")[0]]
        for usage in folder_of[split]
    }


def fer2013_csv(lines: list[tuple[str, str, str]]) -> bytes:
    return "\r\n".join(["emotion,pixels,Usage", *map(",".join, lines)]).encode()


def icml_csv(lines: list[tuple[str, str, str]]) -> bytes:
    swapped = [f"{emotion}, {usage}, {pixels}" for emotion, pixels, usage in lines]
    return "\n".join(["emotion, Usage, pixels", *swapped, ""]).encode("utf-8-sig")


@pytest.mark.parametrize("write", [fer2013_csv, icml_csv])
@pytest.mark.parametrize("way", ["zip", "file", "dir"])
def test_images_of_the_table_become_the_folders(tmp_path, target, write, way):
    content = write(rows(source()))
    if way == "zip":
        given = write_zip(tmp_path / "a.zip", {"fer2013/fer2013.csv": content, "README": b"x"})
    else:
        given = tmp_path / "challenge" / "table.csv"
        given.parent.mkdir()
        given.write_bytes(content)
    (fetch.from_dir if way == "dir" else fetch.from_zip)(
        given.parent if way == "dir" else given, target
    )
    assert len(read_files(target)) == 7 * 2 + 7 * 4
    dataset = fer2013.load(target)
    image = cv2.imdecode(np.frombuffer(images(2)["train/sad/im1.png"], np.uint8), 0)
    row = dataset.train.paths.tolist().index("train/sad/im1.png")
    np.testing.assert_array_equal(dataset.train.images[row, :, :, 0], image)


def test_private_test_images_come_last_whatever_the_order_of_the_lines(tmp_path, target):
    lines = rows(source(1))[::-1]
    (tmp_path / "fer2013.csv").write_bytes(fer2013_csv(lines))
    fetch.from_zip(tmp_path / "fer2013.csv", target)
    public = cv2.imdecode(np.frombuffer(images(1)["test/happy/im0.png"], np.uint8), 0)
    stored = cv2.imread(str(target / "test/happy/im0.png"), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(stored, public)


def test_lines_without_an_image_are_listed(tmp_path, target):
    good = rows(source())
    bad = [("9", good[0][1], "Training"), ("3", "1 2 3", "Training"), ("3", good[0][1], "other")]
    bad += [("-1", good[0][1], "Training"), ("3", good[0][1].replace(" ", " 300 ", 1), "Training")]
    (tmp_path / "fer2013.csv").write_bytes(fer2013_csv([*bad, *good]))
    fetch.from_zip(tmp_path / "fer2013.csv", target)
    skipped = read_manifest(target)["skipped"]
    assert [name for name, _ in skipped] == [f"line {number}" for number in range(2, 7)]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"emotion,pixels\n3,1 2 3", "columns emotion, pixels;.*Usage are needed"),
        (b"", "columns none"),
        (b"emotion,pixels,Usage\n" + b"1" * 100_000, "too long"),
        (b"emotion,pixels,Usage\n3,1 2,Training", "1 of 1 images cannot be used"),
    ],
)
def test_another_table_is_refused(tmp_path, target, content, words):
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(DataError, match=words):
        fetch.from_zip(tmp_path / "table.csv", target)
    assert not target.exists()


@pytest.mark.parametrize("usages", [USAGES[:1], USAGES[1:], ()])
def test_a_table_without_some_part_names_what_is_missing(tmp_path, target, usages):
    lines = [row for row in rows(source(1)) if row[2] in usages]
    (tmp_path / "fer2013.csv").write_bytes(fer2013_csv(lines))
    with pytest.raises(DataError, match=r"has no image of (test/angry|train/angry), .* changed\."):
        fetch.from_zip(tmp_path / "fer2013.csv", target)
    assert not target.exists()


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_a_table_that_would_fill_the_memory_is_refused_unopened(
    tmp_path, target, method, monkeypatch
):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as file:
        file.writestr("fer2013.csv", b"emotion,pixels,Usage\n" + b" " * 1_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("It was opened."))

    with pytest.raises(DataError, match=r"unusual method|would grow"):
        fetch.from_zip(tmp_path / "a.zip", target)


@pytest.mark.parametrize("name", ["fer2013.csv", "faces.zip"])
@pytest.mark.parametrize("kind", ["gone", "folder", "refused"])
def test_a_source_that_cannot_be_read_is_not_taken_for_the_data_folder(
    tmp_path, target, name, kind, monkeypatch
):
    target.mkdir(parents=True)
    if kind == "folder":
        (tmp_path / name).mkdir()
    elif kind == "refused":
        (tmp_path / name).touch()
        monkeypatch.setattr(Path, "open", _refuse)
    else:
        (target / "thesis.docx").touch()
    with pytest.raises(DataError, match=rf"^'{name}' (does not exist|is not a|cannot be read)"):
        fetch.from_zip(tmp_path / name, target)


def _refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("below", ["", "archive"])
def test_a_table_in_the_data_folder_itself_is_not_a_data_set_that_is_there(target, below):
    (target / below).mkdir(parents=True)
    (target / below / "fer2013.csv").write_bytes(fer2013_csv(rows(source(1))))
    with pytest.raises(DataError, match=r"holds other files .* Move them away"):
        fetch.from_dir(target, target)


def test_an_archive_of_another_kind_is_named(tmp_path, target):
    (tmp_path / "fer2013.tar.gz").write_bytes(b"x")
    with pytest.raises(DataError, match=r"not a ZIP. Unpack it.*--dir"):
        fetch.from_zip(tmp_path / "fer2013.tar.gz", target)
