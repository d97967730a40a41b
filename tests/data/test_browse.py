"""Filters give the images that they describe, and none besides."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.classes import CLASS_NAMES, FINGERPRINT
from fer_core.data import fer2013
from fer_core.data.browse import (
    Order,
    Place,
    Wanted,
    gray_histogram,
    index_images,
    mean_faces,
    pick,
    pixels_of,
    rows_of,
    select,
    sort,
)
from fer_core.data.fer2013 import Dataset, is_validation
from fer_core.data.measures import gray_levels
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import DataError
from tests.builders import noise_faces


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    train, test = noise_faces("train", 8), noise_faces("test", 3, seed=1)
    train.images[1], train.images[2] = train.images[0], 10
    test.images[0] = train.images[0]
    return Dataset(train, test, "x", False, ())


@pytest.fixture(scope="module")
def index(dataset: Dataset) -> pd.DataFrame:
    return index_images(dataset)


def _paths(index: pd.DataFrame, **wanted: object) -> list[str]:
    return select(index, Wanted(**wanted))["path"].tolist()


def test_nothing_asked_for_gives_every_image(dataset: Dataset, index: pd.DataFrame):
    assert _paths(index) == [*dataset.train.paths, *dataset.test.paths]


def test_parts_are_those_of_the_report_split(dataset: Dataset, index: pd.DataFrame):
    held_out = is_validation(dataset.train)
    assert _paths(index, place=Place.VALIDATION) == dataset.train.paths[held_out].tolist()
    assert _paths(index, place=Place.TRAIN) == dataset.train.paths[~held_out].tolist()
    assert _paths(index, place=Place.TEST) == dataset.test.paths.tolist()


def test_class_and_number_narrow_down(index: pd.DataFrame):
    assert _paths(index, label="sad", number=2) == ["train/sad/im2.png", "test/sad/im2.png"]


def test_halves_of_the_test_folder_are_fer2013s_alone(dataset: Dataset, index: pd.DataFrame):
    assert _paths(index, place=Place.PUBLIC) == _paths(index, place=Place.PRIVATE) == []
    published = index_images(replace(dataset, fingerprint=FINGERPRINT))
    assert _paths(published, place=Place.PUBLIC, label="sad", number=2) == ["test/sad/im2.png"]
    assert _paths(published, place=Place.PRIVATE) == []


def test_copies_only_gives_all_of_a_group_across_the_split(index: pd.DataFrame):
    assert _paths(index, copies_only=True) == [
        "train/angry/im0.png",
        "train/angry/im1.png",
        "test/angry/im0.png",
    ]


def test_gray_ranges_are_of_the_pixels(dataset: Dataset, index: pd.DataFrame):
    assert _paths(index, contrast=(0, 1)) == ["train/angry/im2.png"]
    assert _paths(index, brightness=(0, 50)) == ["train/angry/im2.png"]
    mean, deviation = gray_levels(dataset.train.images)
    pixels = dataset.train.images.reshape(len(mean), -1).astype(float)
    assert mean == pytest.approx(pixels.mean(axis=1))
    assert deviation == pytest.approx(pixels.std(axis=1), abs=1e-3)


def test_pixels_come_in_the_order_asked_for(dataset: Dataset):
    asked = ["test/sad/im1.png", "train/angry/im2.png", "train/angry/none.png"]
    found = pixels_of(dataset, asked)
    assert list(found) == asked[:2]
    row = dataset.test.paths.tolist().index(asked[0])
    assert np.array_equal(found[asked[0]], dataset.test.images[row, ..., 0])


def test_mean_faces_and_histograms_are_of_the_class(dataset: Dataset):
    of_class = dataset.train.images[dataset.train.labels == 5]
    assert np.abs(mean_faces(dataset)[5] - of_class.mean(axis=0)).max() <= 0.5
    shares = gray_histogram(dataset, bins=16)
    wanted = np.histogram(of_class, bins=16, range=(0, 256))[0] / of_class.size
    assert shares[5] == pytest.approx(wanted)
    assert shares.sum(axis=1) == pytest.approx(np.ones(7))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> fer2013.Dataset:
    folder: Path = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CACHE_DIR", str(folder / "cache"))
        write_synthetic(folder / "data", train_per_class=8, test_per_class=3, seed=0)
        return fer2013.load(folder / "data")


def test_train_and_validation_share_no_image(drawn: fer2013.Dataset) -> None:
    train, validation = (set(rows_of(drawn, part)) for part in (Place.TRAIN, Place.VALIDATION))
    assert not train & validation
    assert len(train | validation) == len(drawn.train)


def test_same_seed_same_faces_other_seed_others(drawn: fer2013.Dataset) -> None:
    first, again, other = (
        pick(drawn, Place.TRAIN, 14, label=None, seed=seed).paths.tolist() for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_all_classes_get_an_even_share_in_order(drawn: fer2013.Dataset) -> None:
    picked = pick(drawn, Place.TRAIN, 14, label=None, seed=0)
    assert picked.labels.tolist() == np.repeat(np.arange(7), 2).tolist()


def test_gives_what_there_is_without_repetition(drawn: fer2013.Dataset) -> None:
    picked = pick(drawn, Place.TEST, 50, label=5, seed=0)
    assert sorted(picked.paths) == sorted({f"test/sad/{Path(p).name}" for p in picked.paths})
    assert len(picked) == 3


@pytest.mark.parametrize(("label", "seed"), [(7, 0), (-1, 0), (None, -1)])
def test_refuses_what_does_not_exist(drawn: fer2013.Dataset, label: int | None, seed: int) -> None:
    with pytest.raises(DataError, match=r"Valid|Use"):
        pick(drawn, Place.TRAIN, 7, label=label, seed=seed)


def test_by_file_number_the_classes_take_turns(index: pd.DataFrame):
    test = select(index, Wanted(place=Place.TEST))
    expected = [f"test/{name}/im{number}.png" for number in range(3) for name in CLASS_NAMES]
    assert sort(test, Order.FILE)["path"].tolist() == expected
    assert sort(test, Order.CLASS)["path"].tolist() == test["path"].tolist()


@pytest.mark.parametrize("order", [Order.BRIGHTNESS, Order.CONTRAST])
def test_grays_sort_both_ways(index: pd.DataFrame, order: Order):
    rising = sort(index, order)[order.column].to_numpy()
    assert (np.diff(rising) >= 0).all()
    falling = sort(index, order, descending=True)[order.column].to_numpy()
    np.testing.assert_array_equal(falling, rising[::-1])


def test_images_without_a_value_come_last_in_both_directions(index: pd.DataFrame):
    table = index.head(4).assign(confidence=[np.nan, 0.9, 0.2, np.nan])
    for descending, expected in ((False, [0.2, 0.9]), (True, [0.9, 0.2])):
        found = sort(table, Order.CONFIDENCE, descending=descending)["confidence"].tolist()
        assert found[:2] == expected
        assert np.isnan(found[2:]).all()
