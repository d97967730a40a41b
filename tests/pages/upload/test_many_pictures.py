"""Many pictures: reading them, finding one among them, taking them along."""

import io
import json
import zipfile
from collections.abc import Callable

import cv2
import numpy as np
import pytest
import streamlit as st
from PIL import Image
from skimage import data
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fer_core.classes import CLASS_NAMES
from fer_core.inference.pictures import annotated_zip
from pages.parts.shared import memory
from pages.parts.upload import batch, brought, opened, progress, result
from tests.inference.media import make_video, make_zip
from tests.pages.opened import at_page
from tests.pages.upload.page import html, png, text, thumbnails, upload


def test_more_than_the_limit_are_left_out_and_said(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought, "MAX_PICTURES", 3)
    small = png(np.zeros((8, 8, 3), np.uint8))
    upload(page, *[(f"{i}.png", small) for i in range(5)])
    assert "the last 2" in page.warning[0].value
    names = [button.label.split()[-1] for button in thumbnails(page)]
    assert names == ["0\\.png", "1\\.png", "2\\.png"]


def test_what_is_beyond_the_limit_of_memory_is_omitted_and_named(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "VISITOR_MB", 1)
    small, large = png(np.zeros((8, 8, 3), np.uint8)), bytes(2**20 - 200)
    upload(page, ("a.png", small), ("b_c.png", large), ("d.png", large))
    told = page.warning[0].value
    assert "1 MB are read at a time, files on other pages included. Omitted: d\\.png. Bring" in told
    assert len(page.session_state["brought"].items) == 2
    page.session_state[brought.ADD] = True
    upload(page, ("e.png", large))
    assert "Omitted: e\\.png." in page.warning[0].value
    page.button(key="forget-uploads").click().run()
    upload(page, ("f.png", large))
    assert not page.warning


def test_what_finds_no_room_takes_the_place_of_nothing(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(page, ("a.png", png(np.zeros((8, 8, 3), np.uint8))))
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", memory._add_where_room_is)
    monkeypatch.setattr(memory, "VISITOR_MB", 0)
    upload(page, ("b.zip", b"content"))
    assert "Omitted: b\\.zip." in page.warning[0].value
    assert "a\\.png, 0 faces" in text(page)
    page.session_state[brought.CAMERA] = True
    page.run()
    page.camera_input(key="shot").set_value(("shot.jpg", b"content", "image/jpeg")).run()
    assert "Omitted: shot\\.jpg." in page.warning[0].value
    assert "a\\.png, 0 faces" in text(page)
    assert not page.error


def test_what_is_cleared_or_replaced_is_held_by_nobody(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[str] = []
    monkeypatch.setattr(
        MemoryUploadedFileManager,
        "remove_file",
        lambda _, session_id, file_id: freed.append(file_id),
    )
    small = png(np.zeros((8, 8, 3), np.uint8))
    upload(page, ("a.png", small), ("b.png", small))
    assert [picture.key for picture in page.session_state["brought"].pictures] == freed
    page.button(key="prepare-annotated").click().run()
    page.button(key="forget-uploads").click().run()
    assert not [key for key in ("brought", "readings", "annotated") if key in page.session_state]


def test_a_batch_is_a_table_with_a_row_for_each_face_and_each_bad_member(page: AppTest) -> None:
    good = png(data.astronaut())
    wall = png(np.full((80, 80, 3), 90, np.uint8))
    members = [(f"set/{i}.png", wall) for i in range(5)]
    upload(page, ("a.zip", make_zip(("face.png", good), ("../x.png", good), *members)))
    assert not page.exception
    page.segmented_control(key="view").set_value("Table").run()
    (table,) = page.dataframe
    rows = table.value
    assert list(rows["outcome"]).count("no face") == 5
    assert list(rows["outcome"]).count("could not be read") == 1
    assert rows["thumbnail"][0].startswith("data:image/png")
    assert "points outside" in rows["error"][1]
    assert "6 pictures, 1 face, 1 file could not be read" in text(page)
    page.pills(key="batch-outcomes").set_value(["no face"]).run()
    assert len(page.dataframe[0].value) == 5


def test_the_gallery_of_what_could_not_be_read_leads_to_the_reasons(page: AppTest) -> None:
    upload(page, ("a.png", png(np.zeros((8, 8, 3), np.uint8))), ("b.png", b"1"), ("c.jpg", b"2"))
    page.pills(key="batch-outcomes").set_value(["could not be read"]).run()
    assert "These files could not be read; the reasons stand above." in text(page)
    assert "0 pictures" not in text(page)
    assert "b\\.png" in page.error[0].value


def test_files_are_still_there_after_a_look_at_another_page(page: AppTest) -> None:
    upload(page, ("face.png", png(data.astronaut())))
    later = at_page("upload", 90)
    for key in ("brought", "readings"):
        later.session_state[key] = page.session_state[key]
    later.run()
    assert "face\\.png, 1 face" in text(later)
    later.button(key="forget-uploads").click().run()
    assert "1 face" not in text(later)
    assert not later.exception


def test_names_of_another_system_s_archive_are_read_and_can_be_read_otherwise(
    page: AppTest,
) -> None:
    plain = make_zip(("AAAA/BBBB.png", png(data.astronaut())))
    names = {b"AAAA": "张三".encode("gbk"), b"BBBB": "开心".encode("gbk")}
    for ascii_name, name in names.items():
        plain = plain.replace(ascii_name, name)
    upload(page, ("a.zip", plain))
    assert "a\\.zip/张三/开心\\.png, 1 face" in text(page)
    encoding = next(box for box in page.selectbox if "Encoding of names" in box.label)
    assert encoding.value == "gbk"

    encoding.set_value("big5").run()

    assert not page.exception
    assert "张三" not in text(page)
    assert "\\.png, 1 face" in text(page)


def test_what_an_archive_holds_beside_pictures_is_listed_and_its_videos_are_read(
    page: AppTest,
) -> None:
    clip = make_video([np.ascontiguousarray(data.astronaut()[..., ::-1])] * 5)
    members = [("a.png", png(data.astronaut())), ("readme.txt", b"words"), ("clip.mp4", clip)]
    upload(page, ("a.zip", make_zip(*members)))
    assert not page.exception
    left_out = "1 file of other kinds left out (readme\\.txt)"
    assert left_out in text(page)
    assert "a\\.png, 1 face" in text(page)
    assert [header.value for header in page.subheader] == ["a\\.zip/clip\\.mp4"]
    assert not page.error
    page.button(key="sample-astronaut").click().run()
    assert left_out not in text(page), "The ZIP is not shown now."


def test_a_refused_archive_is_one_sentence(page: AppTest) -> None:
    upload(page, ("a.zip", b"PK nothing"))
    assert not page.exception
    assert "is not a ZIP archive" in page.error[0].value


def test_annotated_pictures_can_be_taken_along(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = png(data.astronaut())
    upload(page, ("face.png", face), ("again.png", face), ("bad.png", b"nothing"))
    kept: dict[str, bytes | Callable[[], str]] = {}

    def keep(label: str, content: bytes, *arguments: object, **options: object) -> bool:
        kept[label.split(" (")[0]] = content
        return False

    monkeypatch.setattr(st, "download_button", keep)
    page.button(key="prepare-annotated").click().run()
    assert not page.exception
    made = kept["Annotated ZIP"]
    assert isinstance(made, bytes)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.namelist() == ["face-faces.jpg", "again-faces.jpg", "faces.csv"]
        drawn = cv2.imdecode(np.frombuffer(archive.read("face-faces.jpg"), np.uint8), 1)
        table = archive.read("faces.csv").decode()
    make_table = kept["Table"]
    assert callable(make_table)
    assert table == make_table()
    assert "bad.png" in table
    assert drawn.shape == (512, 512, 3)
    assert np.abs(drawn[..., ::-1].astype(int) - data.astronaut()).max() > 100


def test_pictures_that_the_annotated_archive_has_no_room_for_are_told(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(annotated_zip, "MAX_BYTES", 1)
    face = png(data.astronaut())
    upload(page, ("a.png", face), ("b.png", face), ("c.png", face))
    page.button(key="prepare-annotated").click().run()
    assert "2 pictures left out" in text(page)


def test_of_files_with_several_pictures_the_first_is_read_and_that_told(page: AppTest) -> None:
    frames = [Image.fromarray(data.astronaut()), Image.new("RGB", (512, 512))]
    pages = io.BytesIO()
    frames[0].save(pages, "TIFF", save_all=True, append_images=frames[1:])
    upload(page, ("scan.tif", pages.getvalue()))
    assert "several pages, of which the first was read" in text(page)
    upload(page, ("scan.tif", pages.getvalue()), ("b.png", png(data.astronaut())))
    assert "1 file of several pictures" in text(page)


def test_the_annotated_archive_is_removed_with_its_pictures(page: AppTest) -> None:
    face = png(data.astronaut())
    upload(page, ("a.png", face), ("b.png", face))
    page.button(key="prepare-annotated").click().run()
    assert "annotated" in page.session_state
    upload(page, ("c.png", face), ("d.png", face))
    assert "annotated" not in page.session_state


def test_a_long_batch_shows_what_there_is_and_goes_on(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time for more than one at a time the page is run once for each."""
    shown = []
    monkeypatch.setattr(result, "_SECONDS", 1e-9)
    real = batch.show
    monkeypatch.setattr(
        batch,
        "show",
        lambda readings, *given: (shown.append(len(readings)), real(readings, *given)),
    )
    face = png(data.astronaut())
    upload(page, *[(f"{number}.png", face) for number in range(4)])
    assert not page.exception
    assert shown == [1, 2, 3, 4]
    assert "4 pictures, 4 faces" in text(page)


def test_cancelled_reading_keeps_what_is_there_and_can_be_continued(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = png(np.full((80, 80, 3), 90, np.uint8))
    upload(page, ("a.png", wall), ("b.png", wall))
    keys = tuple(picture.key for picture in page.session_state["brought"].pictures)
    page.session_state[progress.CANCELLED] = {keys}
    page.session_state["readings"] = dict(list(page.session_state["readings"].items())[:1])
    page.run()
    assert "1 of 2 pictures were not read" in page.info[0].value
    assert len(thumbnails(page)) == 1
    next(button for button in page.button if button.label == "Read the rest").click().run()
    assert not page.info
    assert len(thumbnails(page)) == 2


def test_a_thumbnail_opens_its_picture_with_previous_and_next(page: AppTest) -> None:
    face, wall = png(data.astronaut()), png(np.full((80, 80, 3), 90, np.uint8))
    upload(page, ("a.png", face), ("b.png", wall), ("c.png", face))
    thumbnails(page)[1].click().run()
    assert not page.exception
    assert "2 of 3: <strong>b.png</strong>" in html(page, "status")
    assert "No face found" in text(page)
    page.button(key="picture-next").click().run()
    assert "3 of 3: <strong>c.png</strong>" in html(page, "status")
    assert page.button(key="picture-next").disabled
    page.button(key="picture-previous").click().run()
    page.button(key="picture-previous").click().run()
    assert "1 of 3: <strong>a.png</strong>" in html(page, "status")


def test_a_selected_row_opens_and_a_filter_moves_it_to_no_other_picture(page: AppTest) -> None:
    face, wall = png(data.astronaut()), png(np.full((80, 80, 3), 90, np.uint8))
    upload(page, ("a.png", wall), ("b.png", face), ("c.png", wall))
    page.segmented_control(key="view").set_value("Table").run()
    keys = [picture.key for picture in page.session_state["brought"].pictures]
    page.session_state["opened-picture"] = opened.Opened(keys, 2)
    page.run()
    assert "3 of 3: <strong>c.png</strong>" in html(page, "status")
    page.pills(key="batch-outcomes").set_value(["no face"]).run()
    assert "3 of 3: <strong>c.png</strong>" in html(page, "status")
    assert list(page.dataframe[0].value["picture"]) == ["a.png", "c.png"]
    upload(page, ("d.png", wall), ("e.png", face))
    assert opened.READINGS not in page.session_state, "It held the bytes of what was replaced."


def test_pictures_are_sorted_by_confidence_and_shares_count_every_face(page: AppTest) -> None:
    face, wall = png(data.astronaut()), png(np.full((80, 80, 3), 90, np.uint8))
    other = png(data.astronaut()[:, ::-1] // 2)
    upload(page, ("a.png", wall), ("b.png", face), ("c.png", other))
    page.segmented_control(key="view").set_value("Table").run()
    page.selectbox(key="batch-order").set_value("lowest confidence").run()
    found = page.dataframe[0].value["confidence"]
    assert found[0] <= found[1]
    assert np.isnan(found[2])
    assert "Shares of 2 faces" in html(page, "batch-shares")
    assert "1 picture without a face" in text(page)


def test_many_pictures_say_how_they_were_read(page: AppTest) -> None:
    faces = [(f"{name}.png", png(data.astronaut())) for name in "ab"]
    upload(page, *faces)
    assert "Model first; face detector Haar cascade." in text(page)

    page.radio(key="framing").set_value("Whole picture").run()

    assert "Model first; each picture read as one face." in text(page)


def test_downloads_hold_every_file(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}

    def keep(label: str, make: Callable[[], str], *arguments: object, **options: object) -> bool:
        kept[label] = make()
        return False

    monkeypatch.setattr(st, "download_button", keep)
    upload(page, ("good.png", png(data.astronaut())), ("bad.png", b"nothing"))
    rows = kept["Table (CSV)"].strip().splitlines()
    assert len(rows) == 3
    assert all(name in rows[0] for name in CLASS_NAMES)
    images = json.loads(kept["JSON"])
    assert [image["image"] for image in images] == ["good.png", "bad.png"]
    assert images[1]["error"]
    assert {image["model"] for image in images} == {"first"}
    assert ",first,aligned," in rows[1]
    assert sum(images[0]["faces"][0]["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_pictures_of_the_same_name_are_told_apart_by_their_folders(page: AppTest) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in ("a/face.png", "b/face.png", "b/other.png"):
            archive.writestr(name, png(data.astronaut()))
    upload(page, ("in.zip", packed.getvalue()))
    ends = [button.label.replace("\\", "").rpartition(" ")[2] for button in thumbnails(page)]
    assert ends == ["in.zip/a/face.png", "in.zip/b/face.png", "other.png"]
