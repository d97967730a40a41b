import random
import stat
import struct
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fer_core.archives import ArchiveError
from fer_core.data.download import unpack as unpacking
from fer_core.data.layout import SYNTHETIC_MARKER
from fer_core.errors import DataError
from tests.builders import with_zip64_record
from tests.data.builders import images, read_files, write_zip

FILES = images(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def unpack(tmp_path: Path, files: dict[str, bytes], prefix: str = ""):
    return unpacking.unpack(write_zip(tmp_path / "a.zip", files, prefix), tmp_path / "out")


def rest(tmp_path: Path) -> list[Path]:
    """Everything beneath the test's folder that is neither the ZIP nor the out folder."""
    return [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".zip"]


@pytest.mark.parametrize("prefix", ["", "archive/", "a/b/c/", "./", "archive\\"])
def test_the_data_set_may_lie_deeper(tmp_path, folder, prefix):
    contents = unpack(tmp_path, FILES, prefix)
    assert read_files(folder) == FILES
    assert not contents.skipped
    assert sum(place.startswith("test/happy/") for place in contents.taken.values()) == 1


def test_other_files_are_listed_and_not_written(tmp_path, folder):
    extra = {
        "README.md": b"x",
        "train/happy/notes.txt": b"x",
        "train/happy/.hidden.png": b"x",
        "train/contempt/im0.png": b"x",
        "train/happy/deep/im0.png": b"x",
        "__MACOSX/train/happy/._im0.png": b"x",
        "train/Happy/im0.png": b"x",
        "train/happy/IM0.PNG": b"x",
    }
    contents = unpack(tmp_path, FILES | extra)
    assert {name for name, _ in contents.skipped} == set(extra)
    assert read_files(folder) == FILES


def test_the_mark_of_drawn_faces_is_seen(tmp_path, folder):
    assert unpack(tmp_path, FILES | {SYNTHETIC_MARKER: b""}).synthetic


def test_missing_classes_are_named(tmp_path, folder):
    files = {name: data for name, data in FILES.items() if "test/sad" not in name}
    with pytest.raises(DataError, match=r"no image in test/sad\."):
        unpack(tmp_path, files)


def test_something_else_entirely(tmp_path, folder):
    with pytest.raises(DataError, match="not the data set"):
        unpack(tmp_path, {"holiday/beach.png": b"x"})


@pytest.mark.parametrize(
    "name", ["../evil.png", "train/happy/../../../evil.png", "/etc/evil.png", "C:\\evil.png"]
)
def test_a_member_that_points_outside_is_refused(tmp_path, folder, name):
    with pytest.raises(DataError, match="points outside"):
        unpack(tmp_path, FILES | {name: b"x"})
    assert not rest(tmp_path)


def test_a_link_is_refused(tmp_path, folder):
    path = write_zip(tmp_path / "a.zip", FILES)
    link = zipfile.ZipInfo("train/happy/im7.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="is a link"):
        unpacking.unpack(path, folder)
    assert not rest(tmp_path)


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("member", 100, "at most"),
        ("total", 5000, "would grow to"),
        ("members", 5, "holds 14 files"),
        ("directory", 100, "too many files"),
        ("archive", 1000, "right file"),
    ],
)
def test_limits_hold_before_anything_is_decoded(tmp_path, folder, monkeypatch, limit, value, words):
    monkeypatch.setattr(unpacking, "LIMITS", replace(unpacking.LIMITS, **{limit: value}))
    with pytest.raises(DataError, match=words):
        unpack(tmp_path, FILES)
    assert not rest(tmp_path)


@pytest.mark.parametrize("announced", [0, 46, 0xFFFFFFFF])
def test_a_table_of_contents_hidden_in_a_64_bit_record_is_counted(
    tmp_path, folder, monkeypatch, announced
):
    path = write_zip(tmp_path / "a.zip", FILES)
    data, size = with_zip64_record(path.read_bytes(), announced)
    path.write_bytes(data)
    unpacking.unpack(path, folder)
    monkeypatch.setattr(unpacking, "LIMITS", replace(unpacking.LIMITS, directory=size - 1))
    with pytest.raises(DataError, match="too many files"):
        unpacking.unpack(path, folder)


def test_a_bomb_is_refused(tmp_path, folder):
    with pytest.raises(DataError, match="would grow"):
        unpack(tmp_path, FILES | {"train/happy/im1.png": bytes(1_000_000)})
    assert not rest(tmp_path)


def test_a_member_that_lies_about_its_size_is_damaged(tmp_path, folder):
    path = write_zip(tmp_path / "a.zip", FILES)
    data = bytearray(path.read_bytes())
    start = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, start + 24, 10)
    path.write_bytes(data)
    with pytest.raises(DataError, match="damaged"):
        unpacking.unpack(path, folder)


def test_an_encrypted_zip_names_the_other_way(tmp_path, folder):
    path = write_zip(tmp_path / "a.zip", FILES)
    data = bytearray(path.read_bytes())
    start = data.find(b"PK\x01\x02")
    data[start + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"encrypted.*--dir"):
        unpacking.unpack(path, folder)


@pytest.mark.parametrize("kind", ["empty", "text", "half", "folder", "absent"])
def test_not_a_whole_zip(tmp_path, folder, kind):
    path = write_zip(tmp_path / "a.zip", FILES)
    whole = path.read_bytes()
    if kind == "folder":
        path = folder
    elif kind == "absent":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "text": b"hello", "half": whole[: len(whole) // 2]}[kind])
    with pytest.raises(DataError, match=path.name):
        unpacking.unpack(path, folder)


def test_a_flipped_byte_in_an_image_is_noticed(tmp_path, folder):
    path = write_zip(tmp_path / "a.zip", FILES)
    data = bytearray(path.read_bytes())
    data[1000] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match="damaged"):
        unpacking.unpack(path, folder)


def test_too_little_space_is_told_before_writing(tmp_path, folder, monkeypatch):
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(unpacking.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(DataError, match="disk is too full") as caught:
        unpack(tmp_path, FILES)
    assert not isinstance(caught.value, ArchiveError)  # the download is kept


def fuzz(tmp_path: Path, folder: Path, seeds: range) -> None:
    """Damages a ZIP at random; it must unpack, or be refused in our words."""
    path = write_zip(tmp_path / "a.zip", FILES)
    whole = path.read_bytes()
    directory = whole.find(b"PK\x01\x02")
    for seed in seeds:
        rng = random.Random(seed)
        data = bytearray(whole)
        low = rng.choice([0, directory])
        for _ in range(rng.choice([1, 1, 2, 8, 64])):
            data[rng.randrange(low, len(data))] = rng.randrange(256)
        if rng.random() < 0.2:
            del data[rng.randrange(len(data)) :]
        path.write_bytes(data)
        with suppress(DataError):
            unpacking.unpack(path, folder)
        assert all(folder in file.parents for file in rest(tmp_path)), seed


def test_fuzzed_archives(tmp_path, folder):
    fuzz(tmp_path, folder, range(60))


@pytest.mark.long
def test_many_fuzzed_archives(tmp_path, folder):
    fuzz(tmp_path, folder, range(100, 6000))
