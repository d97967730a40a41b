import io

import numpy as np
import pytest
from PIL import Image

from fer_core.inference import file_types
from fer_core.inference.file_types import FileKind, kind_of, kind_of_content
from tests.inference.media import gray_frames, make_video, make_zip

GRAY = Image.new("RGB", (16, 16), "gray")


def saved(form: str) -> bytes:
    buffer = io.BytesIO()
    GRAY.save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "form",
    ["JPEG", "MPO", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "PPM", "JPEG2000"],
)
def test_a_picture_without_an_ending_is_known_by_its_content(form):
    assert kind_of("photo", saved(form)[: file_types.HEAD_SIZE]) is FileKind.PICTURE


@pytest.mark.parametrize(
    ("form", "codec"),
    [
        *(("mp4", "mpeg4"), ("mov", "mpeg4"), ("matroska", "mpeg4"), ("avi", "mpeg4")),
        *(("mpeg", "mpeg1video"), ("mpegts", "mpeg2video"), ("asf", "mpeg4"), ("flv", "flv1")),
    ],
)
def test_a_video_without_an_ending_is_known_by_its_content(form, codec):
    data = make_video(gray_frames(3), form, codec, rate=25)
    assert kind_of("clip", data[: file_types.HEAD_SIZE]) is FileKind.VIDEO


def test_content_goes_before_the_name():
    assert kind_of("clip.mp4", saved("JPEG")) is FileKind.PICTURE
    assert kind_of("photo.jpg_large", saved("PNG")) is FileKind.PICTURE
    assert kind_of("photo.jpg", make_video(gray_frames(3))) is FileKind.VIDEO


def test_a_zip_is_an_archive_by_name_or_where_it_has_none():
    data = make_zip(("1.png", b"x"))
    assert kind_of("album.ZIP", data) is FileKind.ARCHIVE
    assert kind_of("album", data) is FileKind.ARCHIVE
    assert kind_of("letter.docx", data) is None


def test_a_camera_s_raw_file_is_no_tiff():
    assert kind_of("scan", saved("TIFF")) is FileKind.PICTURE
    assert kind_of("x.3fr", saved("TIFF")) is None


@pytest.mark.parametrize(
    "head",
    [b"", b"\0", b"BM is no bitmap", b"P1 is a plan", b"Dear reader", bytes(512), b"\xff\xd8"],
)
def test_other_files_are_nothing(head):
    assert kind_of_content(head) is None
    assert kind_of("note.txt", head) is None


def test_the_names_alone():
    assert kind_of("A.JFIF") is kind_of("b.heic") is kind_of("c.pbm") is FileKind.PICTURE
    assert kind_of("a.3gp") is kind_of("b.WMV") is kind_of("c.m2ts") is FileKind.VIDEO
    assert kind_of("a.txt") is kind_of(".jpg") is kind_of("") is None


def test_no_ending_is_in_two_lists():
    every = [
        *(*file_types.PICTURE_SUFFIXES, *file_types.VIDEO_SUFFIXES),
        *(*file_types.ARCHIVE_SUFFIXES, *file_types.REFUSED_SUFFIXES),
    ]
    assert len(every) == len(set(every))


def test_random_bytes_are_never_an_error():
    rng = np.random.default_rng(0)
    for size in range(0, 200, 7):
        kind_of("x", rng.bytes(size))


@pytest.mark.parametrize(
    "name", ["👨\u200d👩.jpg", "می\u200cخواهم.jpg", "日本.png", "a\u200fb.jpg"]
)
def test_names_of_every_script_stay_as_they_are(name):
    assert file_types.printable(name) == name


@pytest.mark.parametrize("name", ["a\nb", "a\x1bb", "a\u202eb", "a\u2066b", "a\u2028b", "a\udcffb"])
def test_what_a_terminal_would_act_on_is_replaced_in_names(name):
    assert file_types.printable(name) == "a\ufffdb"
