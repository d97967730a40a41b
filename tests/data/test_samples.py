"""Random faces from a part of the data set."""

from pathlib import Path

import numpy as np
import pytest

from fer_core.data import fer2013
from fer_core.data.samples import Part, pick, rows_of
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import DataError


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> fer2013.Dataset:
    folder: Path = tmp_path_factory.mktemp("drawn")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CACHE_DIR", str(folder / "cache"))
        write_synthetic(folder / "data", train_per_class=8, test_per_class=3, seed=0)
        return fer2013.load(folder / "data")


def test_train_and_validation_share_no_image(dataset: fer2013.Dataset) -> None:
    train, validation = (set(rows_of(dataset, part)) for part in (Part.TRAIN, Part.VALIDATION))
    assert not train & validation
    assert len(train | validation) == len(dataset.train)


def test_same_seed_same_faces_other_seed_others(dataset: fer2013.Dataset) -> None:
    first, again, other = (
        pick(dataset, Part.TRAIN, 14, label=None, seed=seed).paths.tolist() for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_all_classes_get_an_even_share_in_order(dataset: fer2013.Dataset) -> None:
    picked = pick(dataset, Part.TRAIN, 14, label=None, seed=0)
    assert picked.labels.tolist() == np.repeat(np.arange(7), 2).tolist()


def test_gives_what_there_is_without_repetition(dataset: fer2013.Dataset) -> None:
    picked = pick(dataset, Part.TEST, 50, label=5, seed=0)
    assert sorted(picked.paths) == sorted({f"test/sad/{Path(p).name}" for p in picked.paths})
    assert len(picked) == 3


@pytest.mark.parametrize(("label", "seed"), [(7, 0), (-1, 0), (None, -1)])
def test_refuses_what_does_not_exist(
    dataset: fer2013.Dataset, label: int | None, seed: int
) -> None:
    with pytest.raises(DataError, match=r"Valid|Use"):
        pick(dataset, Part.TRAIN, 7, label=label, seed=seed)
