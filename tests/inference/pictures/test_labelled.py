"""Pictures whose folder says what they show."""

import os
import re
import sys
from pathlib import Path

import pytest

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.errors import DataError, ImageError
from fer_core.inference.pictures.labelled import class_of, of_archive, open_labelled
from fer_core.inference.pictures.zip_file import PictureArchive
from tests.inference.media import make_zip


def make_files(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"not yet read")
    return root


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        *((name, name) for name in CLASS_NAMES),
        ("Anger", "angry"),
        ("DISGUST", "disgusted"),
        ("fear", "fearful"),
        ("Happiness", "happy"),
        ("sadness", "sad"),
        ("surprise", "surprised"),
        ("Joy", "happy"),
        ("scared", "fearful"),
        (" Neutral ", "neutral"),
    ],
)
def test_a_folder_is_a_class_by_its_name_or_a_common_other_one(folder: str, name: str) -> None:
    assert class_of(folder) == CLASS_INDEX[name]


def test_the_nearest_folder_of_a_class_is_the_label(tmp_path: Path) -> None:
    make_files(tmp_path, "test/sad/b.png", "test/sad/old/c.jpg", "happy/Fear/a.PNG", "sad/x.txt")

    with open_labelled(tmp_path) as found:
        labels = [(picture.name, CLASS_NAMES[picture.label]) for picture in found.pictures]

    assert labels == [
        ("happy/Fear/a.PNG", "fearful"),
        ("test/sad/b.png", "sad"),
        ("test/sad/old/c.jpg", "sad"),
    ]


def test_folders_of_no_class_are_counted_and_contempt_is_explained(tmp_path: Path) -> None:
    make_files(tmp_path, "happy/a.png", "Contempt/b.png", "Contempt/c.png", "misc/d.png", "e.png")

    with open_labelled(tmp_path) as found:
        told = found.describe_unknown()

    assert "Contempt (2 pictures), misc (1 picture), no folder (1 picture)" in told
    assert "None of the models here knows contempt." in told


def test_hidden_files_are_no_pictures(tmp_path: Path) -> None:
    make_files(tmp_path, "happy/a.png", "happy/._a.png", ".cache/happy/b.png")

    with open_labelled(tmp_path) as found:
        assert [picture.name for picture in found.pictures] == ["happy/a.png"]


def test_a_zip_is_read_without_unpacking_and_its_wrapping_folder_does_not_matter() -> None:
    data = make_zip(("set/happy/a.png", b"1"), ("__MACOSX/x", b""), ("set/anger/b.png", b"2"))

    found = of_archive(PictureArchive(data, "set.zip"))

    assert [picture.name for picture in found.pictures] == ["set/anger/b.png", "set/happy/a.png"]
    assert [picture.read() for picture in found.pictures] == [b"2", b"1"]


def test_files_of_one_name_in_a_zip_are_several_pictures() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = make_zip(("happy/a.png", b"1"), ("happy/a.png", b"2"))

    found = of_archive(PictureArchive(data, "set.zip"))

    assert [picture.name for picture in found.pictures] == ["happy/a.png", "happy/a.png (2)"]
    assert [picture.read() for picture in found.pictures] == [b"1", b"2"]


def test_long_paths_in_a_zip_keep_their_class_and_apart() -> None:
    long = "x" * 70
    names = [f"{long}/happy/{long}{n}{long}.png" for n in "ab"]

    found = of_archive(PictureArchive(make_zip(*((n, b"") for n in names)), "set.zip"))

    assert [picture.name for picture in found.pictures] == names


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_no_utf8_is_written_as_one(tmp_path: Path) -> None:
    make_files(tmp_path, "happy/" + os.fsdecode(b"\xe9.png"))

    with open_labelled(tmp_path) as found:
        assert [picture.name for picture in found.pictures] == ["happy/\ufffd.png"]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["train", "test"], "train and test."),
        (["train", "val"], "train and val."),
        (
            ["fer/Training", "fer/PublicTest", "fer/PrivateTest"],
            "Training and PrivateTest, PublicTest.",
        ),
        (["TRAIN", "Validation"], "TRAIN and Validation."),
    ],
)
def test_training_and_test_images_are_not_evaluated_together(tmp_path, names, told) -> None:
    make_files(tmp_path, *(f"{name}/happy/a.png" for name in names))
    refused = f"holds both {re.escape(told)} Give one of these folders alone"
    with pytest.raises(DataError, match=refused), open_labelled(tmp_path):
        pass


@pytest.mark.parametrize("names", [["PublicTest", "PrivateTest"], ["train"], ["trained", "test"]])
def test_images_of_one_part_are_evaluated_wherever_they_lie(tmp_path, names) -> None:
    make_files(tmp_path, *(f"{name}/happy/a.png" for name in names))

    with open_labelled(tmp_path) as found:
        assert len(found.pictures) == len(names)


def test_pictures_in_no_folder_are_told_so(tmp_path: Path) -> None:
    make_files(tmp_path, "a.png", "b.png")

    with pytest.raises(DataError, match=r"surprised\. Its pictures lie in no folder\.$"):
        open_labelled(tmp_path).__enter__()


def test_what_holds_no_class_says_what_is_expected(tmp_path: Path) -> None:
    make_files(tmp_path, "smiling/a.png")
    with pytest.raises(DataError, match=r"angry, disgusted, .* Folders found: smiling"):
        open_labelled(tmp_path).__enter__()
    with pytest.raises(DataError, match="does not exist"):
        open_labelled(tmp_path / "nowhere").__enter__()
    with pytest.raises(DataError, match="neither a folder nor a ZIP"):
        open_labelled(tmp_path / "smiling" / "a.png").__enter__()
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    with pytest.raises(ImageError, match="not a ZIP archive"):
        open_labelled(tmp_path / "broken.zip").__enter__()


def test_files_that_are_no_pictures_are_named(tmp_path) -> None:
    (tmp_path / "happy").mkdir()
    for name, content in (
        ("a.png", b"1"),
        ("b", b"\x89PNG\r\n\x1a\n"),
        ("notes.txt", b"Dear reader"),
    ):
        (tmp_path / "happy" / name).write_bytes(content)
    with open_labelled(tmp_path) as found:
        assert [picture.name for picture in found.pictures] == ["happy/a.png", "happy/b"]
        assert "1 file (happy/notes.txt)" in found.describe_unknown()
