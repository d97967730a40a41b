"""Listed images leave training, and nothing else changes."""

from pathlib import Path

import numpy as np
import pytest

from fer_core.config import TrainConfig, Validation
from fer_core.data.exclusion import ExcludeList, leave_out, read_list
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import keep_list, reduced
from fer_core.errors import ConfigError, DataError
from fer_core.training.parts import split_parts
from tests.builders import noise_faces


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset(noise_faces("train", 40), noise_faces("test", 3, seed=1), "x", False, ())


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "list.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "path\ntrain/sad/im1.png\ntest/sad/im1.png\ntrain/sad/im0.png\ntrain/sad/im1.png\n",
        "group,path,label\n1,train/sad/im1.png,sad\n1,test/sad/im1.png,sad\n2,train/sad/im0.png,x\n",
        "train/sad/im1.png\r\ntest/sad/im1.png\r\ntrain/sad/im0.png\r\n\r\n",
        '\ufeff"path"\n"train/sad/im1.png"\n"test/sad/im1.png"\n"train/sad/im0.png"\n',
    ],
)
def test_the_same_images_are_the_same_list_however_written(tmp_path: Path, text: str):
    listed = read_list(_write(tmp_path, text))
    assert listed.paths == ("train/sad/im0.png", "train/sad/im1.png")
    assert listed.test_paths == 1
    assert listed.sha256 == ExcludeList(("train/sad/im0.png", "train/sad/im1.png")).sha256


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no training image"),
        ("path\ntest/sad/im1.png\n", "no training image"),
        ("name,label\nim1.png,sad\n", "'name' where a path is expected"),
        ("label,path\nsad\n", "'' where a path is expected"),
        ("path\n" + "x" * 200_000, "cannot be read as text"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, text: str, words: str):
    with pytest.raises(DataError, match=words):
        read_list(_write(tmp_path, text))


@pytest.mark.parametrize("rule", [Validation.REPORT, Validation.GROUPED])
def test_validation_and_test_stay_and_training_loses_what_is_listed(
    dataset: Dataset, rule: Validation
):
    config = TrainConfig(validation=rule)
    whole = split_parts(dataset, config)
    chosen = [*whole.train.paths[:5].tolist(), *whole.validation.paths[:3].tolist()]

    rest = leave_out(dataset, config, ExcludeList(tuple(sorted(chosen))))
    parts = split_parts(rest, config)

    assert parts.validation.paths.tolist() == whole.validation.paths.tolist()
    assert parts.test.paths.tolist() == whole.test.paths.tolist()
    assert parts.train.paths.tolist() == whole.train.paths[5:].tolist()
    assert np.array_equal(parts.train.images, whole.train.images[5:])
    assert rest.fingerprint == dataset.fingerprint


def test_a_list_for_other_images_is_refused(dataset: Dataset):
    with pytest.raises(DataError, match="1 listed images are not in this data set"):
        leave_out(dataset, TrainConfig(), ExcludeList(("train/sad/im900.png",)))


def test_a_class_may_not_vanish(dataset: Dataset):
    sad = tuple(p for p in dataset.train.paths.tolist() if "/sad/" in p)
    with pytest.raises(DataError, match="only 6 of the 7 classes"):
        leave_out(dataset, TrainConfig(), ExcludeList(sad))


def test_images_split_by_one_rule_are_not_split_by_another(dataset: Dataset):
    rest = leave_out(dataset, TrainConfig(), ExcludeList(("train/sad/im39.png",)))
    with pytest.raises(DataError, match="report"):
        split_parts(rest, TrainConfig(validation=Validation.GROUPED))


def test_a_run_goes_on_with_its_own_list(dataset: Dataset, tmp_path: Path):
    listed = ExcludeList(("train/sad/im38.png", "train/sad/im39.png"))
    config = TrainConfig(exclude_list=listed.sha256)
    with pytest.raises(DataError, match="missing from the folder"):
        reduced(dataset, config, tmp_path)
    keep_list(tmp_path, listed)
    assert len(reduced(dataset, config, tmp_path).train) == len(dataset.train) - 2
    keep_list(tmp_path, ExcludeList(("train/sad/im38.png",)))
    with pytest.raises(DataError, match="not the list of excluded images that it was started with"):
        reduced(dataset, config, tmp_path)
    assert reduced(dataset, TrainConfig(), tmp_path) is dataset


def test_the_configuration_takes_a_sha256_only():
    with pytest.raises(ConfigError, match="exclude_list"):
        TrainConfig.parse({"exclude_list": "mine.csv"})
