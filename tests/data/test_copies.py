"""Copies are counted by bytes, across the split and across labels."""

from pathlib import Path

import numpy as np
import pytest

from fer_core.data import fer2013
from fer_core.data.copies import count_copies, published_copies
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.paths import PROJECT_ROOT

ZIP = PROJECT_ROOT.parent / "shared" / "data" / "emotion-detection-fer.zip"


def _faces(split: str, values: list[int], labels: list[int]) -> Faces:
    images = np.zeros((len(values), 48, 48, 1), np.uint8)
    images[:, 0, 0, 0] = values
    paths = np.array([f"{split}/x/im{i}.png" for i in range(len(values))])
    return Faces(images, np.array(labels, np.int8), paths)


def test_every_kind_of_copy_is_counted():
    # Of each class, a quarter is validation: image 0 of class 0, image 4 of class 1.
    train = _faces("train", [1, 1, 2, 3, 4, 2, 5, 6], [0, 0, 0, 0, 1, 1, 1, 1])
    test = _faces("test", [1, 6, 9], [0, 1, 2])

    copies = count_copies(Dataset(train, test, "", False, ()))

    assert copies.images == 11
    assert (copies.groups, copies.copied_images) == (3, 7)
    assert (copies.leaking_groups, copies.leaked_test_images) == (2, 2)
    assert copies.leaked_validation_images == 1
    assert copies.conflicting_groups == 1


def test_the_published_counts_are_those_of_the_published_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    if not ZIP.exists():
        pytest.skip("the published data set is not beside the project")
    from fer_core.data import kaggle

    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    folder = kaggle.from_zip(ZIP, tmp_path / "data")

    assert count_copies(fer2013.load(folder)) == published_copies()
