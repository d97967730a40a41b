import io
import zipfile

import cv2
import numpy as np
import pandas as pd
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.inference.box import Box
from fer_core.inference.pictures import annotated_zip as module
from fer_core.inference.pictures.annotated_zip import annotated_zip
from fer_core.inference.pictures.table import (
    OUTCOMES,
    batch_table,
    class_shares,
    counts,
    filter_table,
    in_words,
    sort_table,
)
from fer_core.inference.results import FacePrediction, ImageResult


def face(label: int, share: float, unsure: bool = False) -> FacePrediction:
    scores = np.full(7, (1 - share) / 6, np.float32)
    scores[label] = share
    box = Box((10, 10, 30, 30), 0.9)
    return FacePrediction(np.zeros((48, 48), np.uint8), scores, box, unsure)


@pytest.fixture
def results():
    return [
        ImageResult("two.png", 64, 64, (face(3, 0.9), face(5, 0.3, unsure=True)), None, "YuNet"),
        ImageResult("wall.png", 64, 64, (), None, "YuNet"),
        ImageResult("bad.png", 0, 0, (), "bad.png is damaged.", "YuNet"),
    ]


def test_every_face_and_every_bad_picture_has_a_row(results):
    table = batch_table(results)
    assert list(table["outcome"]) == ["happy", "not sure", "no face", "could not be read"]
    assert table["answer"][1] == "not sure (sad)"
    assert list(table["index"]) == [0, 0, 1, 2]
    assert table["percent"][0] == pytest.approx(90)
    assert table["size"][0] == 20
    assert table["error"][3] == "is damaged.", "The row names its picture already."
    assert counts(table) == {"happy": 1, "not sure": 1, "no face": 1, "could not be read": 1}


def test_filters(results):
    table = batch_table(results)
    assert len(filter_table(table, [])) == 4
    assert list(filter_table(table, ["happy", "no face"])["picture"]) == ["two.png", "wall.png"]
    assert list(filter_table(table, [], 0.5)["outcome"]) == ["happy"]


def test_no_picture_is_an_empty_table():
    assert batch_table([]).empty
    assert counts(batch_table([])) == {}


def test_the_archive_holds_drawn_copies_and_the_table(results):
    frame = np.full((64, 64, 3), 128, np.uint8)
    data, _ = annotated_zip((frame, result) for result in results[:2])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["two-faces.jpg", "wall-faces.jpg", "faces.csv"]
        drawn = cv2.imdecode(np.frombuffer(archive.read("two-faces.jpg"), np.uint8), 1)
        assert len(pd.read_csv(archive.open("faces.csv"))) == 3
    assert np.abs(drawn.astype(int) - 128).max() > 60


def test_names_in_the_archive_are_harmless(results):
    frame = np.zeros((64, 64, 3), np.uint8)
    odd = ImageResult("a.zip/../../\x1b[1m<b>.png", 64, 64, (), None, "YuNet")
    with zipfile.ZipFile(io.BytesIO(annotated_zip([(frame, odd)])[0])) as archive:
        assert archive.namelist()[0] == "a/1m_b-faces.jpg"


def test_copies_lie_in_the_folders_that_their_pictures_had_in_a_zip():
    frame = np.zeros((64, 64, 3), np.uint8)
    names = ["trip.v1.ZIP/a/face.jpg", "trip.v1.ZIP/b/Face.png", "face.png", "FACE.jpg", "b\\c.png"]
    found = [(frame, ImageResult(name, 64, 64, (), None, "YuNet")) for name in [*names, names[0]]]
    with zipfile.ZipFile(io.BytesIO(annotated_zip(found)[0])) as archive:
        assert archive.namelist() == [
            *("trip.v1/a/face-faces.jpg", "trip.v1/b/Face-faces.jpg", "face-faces.jpg"),
            *("FACE-faces-2.jpg", "b/c-faces.jpg", "trip.v1/a/face-faces-2.jpg", "faces.csv"),
        ]


def test_an_archive_that_grows_too_large_says_what_is_left_out(results, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 500)
    frame = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data, left_out = annotated_zip([(frame, results[0])] * 4)
    assert left_out == 3
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["two-faces.jpg", "faces.csv", "left-out.txt"]
        assert b"3 pictures" in archive.read("left-out.txt")


def test_rows_are_sorted_by_confidence_with_those_without_last(results):
    table = batch_table(results)
    lowest = sort_table(table, "lowest confidence")["outcome"].tolist()
    assert lowest == ["not sure", "happy", "no face", "could not be read"]
    highest = sort_table(table, "highest confidence")["outcome"].tolist()
    assert highest[:2] == ["happy", "not sure"]
    assert sort_table(table, "file order")["index"].tolist() == table["index"].tolist()
    outcomes = sort_table(table, "outcome")["outcome"].tolist()
    assert outcomes == [name for name in OUTCOMES if name in outcomes]


def test_shares_count_faces_and_not_pictures_without_one(results):
    shares, unsure = class_shares(batch_table(results))
    assert shares[CLASS_NAMES.index("happy")] == 0.5
    assert unsure == 0.5
    assert shares.sum() + unsure == 1
    nothing, unsure = class_shares(batch_table(results[1:]))
    assert not nothing.any()
    assert unsure == 0


def test_a_picture_in_words(results):
    assert [in_words(result) for result in results] == [
        "happy 90.0 %, 1 more face",
        "no face",
        "could not be read",
    ]
