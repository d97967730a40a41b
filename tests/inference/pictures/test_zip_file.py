import stat
import struct
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from fer_core.errors import ImageError
from fer_core.inference.pictures.zip_file import VISITOR_LIMITS, PictureArchive
from tests.builders import with_zip64_record
from tests.inference.media import make_zip, png

PICTURE = png(np.full((8, 8, 3), 90, np.uint8))


def read_all(data, name="a.zip", limits=VISITOR_LIMITS):
    """Bytes, or the reason why not, of every member by its name."""
    found = {}
    with PictureArchive(data, name, limits) as pictures:
        for key, member in pictures.members():
            try:
                found[member] = pictures.read(key)
            except ImageError as exc:
                found[member] = str(exc)
    return found


def test_members_are_read_in_order_and_named_with_their_folder():
    found = read_all(make_zip(("b/1.png", PICTURE), ("a.png", b"x")))
    assert list(found) == ["a.zip/b/1.png", "a.zip/a.png"]
    assert found["a.zip/b/1.png"] == PICTURE


def test_a_file_on_disk_is_read_alike(tmp_path):
    (tmp_path / "p.zip").write_bytes(make_zip(("1.png", PICTURE)))
    assert read_all(tmp_path / "p.zip") == {"a.zip/1.png": PICTURE}


def test_folders_and_what_systems_add_are_passed_over():
    members = (("d/", b""), ("__MACOSX/._1.png", b"x"), ("d/.DS_Store", b"x"), ("1.png", PICTURE))
    assert list(read_all(make_zip(*members))) == ["a.zip/1.png"]


def test_two_members_of_one_name_are_both_read():
    with pytest.warns(UserWarning, match="Duplicate"):
        data = make_zip(("1.png", b"first"), ("1.png", b"second"))
    with PictureArchive(data, "a.zip") as pictures:
        assert [pictures.read(key) for key, _ in pictures.members()] == [b"first", b"second"]


@pytest.mark.parametrize(
    "name", ["../1.png", "/etc/1.png", "a/../../1.png", "..\\1.png", "C:/1.png"]
)
def test_a_name_that_points_outside_is_refused_and_the_others_are_read(name):
    found = read_all(make_zip((name, PICTURE), ("good.png", PICTURE)))
    assert [isinstance(value, bytes) for value in found.values()] == [False, True]
    assert "points outside" in next(iter(found.values()))


def test_a_link_is_refused():
    info = zipfile.ZipInfo("link.png")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    (reason,) = read_all(make_zip((info, b"/etc/passwd"))).values()
    assert "is a link" in reason


def test_an_encrypted_member_is_refused():
    data = bytearray(make_zip(("1.png", PICTURE)))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + offset] |= 1
    (reason,) = read_all(bytes(data)).values()
    assert "encrypted" in reason


def test_a_member_that_would_grow_a_thousand_times_is_refused():
    (reason,) = read_all(make_zip(("zeros.bmp", bytes(8 * 2**20)))).values()
    assert "would grow" in reason


def test_a_zip_in_a_zip_is_refused_with_what_to_do():
    found = read_all(make_zip(("inner.ZIP", make_zip(("1.png", PICTURE))), ("good.png", PICTURE)))
    assert "Unpack the outer one" in found["a.zip/inner.ZIP"]
    assert found["a.zip/good.png"] == PICTURE


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_unpacks_without_bound_is_refused(method):
    (reason,) = read_all(make_zip(("1.png", PICTURE), method=method)).values()
    assert "unusual method" in reason


def test_a_member_above_the_limit_of_a_picture_is_refused_before_it_is_read():
    noise = np.random.default_rng(0).bytes(3000)
    limits = replace(VISITOR_LIMITS, member=2000)
    (reason,) = read_all(make_zip(("big.png", noise)), limits=limits).values()
    assert "at most" in reason


def test_a_member_that_is_longer_than_it_says_is_refused():
    data = bytearray(make_zip(("1.png", bytes(2000))))
    struct.pack_into("<L", data, data.find(b"PK\x01\x02") + 24, 100)
    (reason,) = read_all(bytes(data)).values()
    assert "damaged" in reason


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (replace(VISITOR_LIMITS, members=2), "holds 3 files; at most 2"),
        (replace(VISITOR_LIMITS, directory=100), "lists too many files"),
        (replace(VISITOR_LIMITS, total=20), "would grow to"),
    ],
)
def test_limits_of_the_whole(limits, words):
    data = make_zip(*((f"{i}.png", bytes(100)) for i in range(3)))
    with pytest.raises(ImageError, match=words):
        PictureArchive(data, "a.zip", limits)


@pytest.mark.parametrize("announced", [0, 46, 0xFFFFFFFF])
def test_a_table_of_contents_hidden_in_a_64_bit_record_is_counted(announced):
    large, size = with_zip64_record(make_zip(*((f"{i}.png", b"x") for i in range(30))), announced)
    assert len(read_all(large)) == 30
    with pytest.raises(ImageError, match="lists too many files"):
        PictureArchive(large, "a.zip", replace(VISITOR_LIMITS, directory=size - 1))


@pytest.mark.parametrize("data", [b"", b"PK", b"nothing", make_zip(("1.png", PICTURE))[:-10]])
def test_what_is_no_archive_is_said(data):
    with pytest.raises(ImageError, match=r"^a\.zip is not a ZIP archive"):
        PictureArchive(data, "a.zip")


def test_an_empty_archive_is_said():
    with pytest.raises(ImageError, match="is an empty ZIP"):
        PictureArchive(make_zip(), "a.zip")


def test_control_characters_of_a_name_are_not_shown():
    (name,) = read_all(make_zip(("\x1b[31mred\n.png", PICTURE)))
    assert name.isprintable()
