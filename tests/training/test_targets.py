"""Targets of the training images, and the weight of each class."""

import numpy as np
import pytest

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Faces
from fer_core.training.targets import loss_weights, training_targets

HEADER = "path,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"


@pytest.fixture
def faces() -> Faces:
    """An angry image, two happy ones and a sad one."""
    paths = ["train/angry/im0.png", "train/happy/im0.png", "train/happy/im1.png"]
    labels = np.array([0, 3, 3, 5], np.int8)
    images = np.zeros((4, 48, 48, 1), np.uint8)
    return Faces(images, labels, np.array([*paths, "train/sad/im0.png"]))


@pytest.fixture
def votes(tmp_path):
    """The angry image looks half sad, im0 wholly happy, im1 has no usable vote, sad no row."""
    path = tmp_path / "votes.csv"
    rows = [
        "train/angry/im0.png,0,0,0,5,5,0,0,0,0,0",
        "train/happy/im0.png,0,10,0,0,0,0,0,0,0,0",
        "train/happy/im1.png,0,0,0,0,0,0,0,0,0,10",
    ]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def test_smoothing_spreads_its_share_evenly(faces):
    targets = training_targets(faces, TrainConfig(label_smoothing=0.07))

    assert targets[0] == pytest.approx([0.94, *[0.01] * 6], abs=1e-6)


def test_ferplus_votes_take_their_share_where_there_are_any(faces, votes):
    config = TrainConfig(labels="ferplus", ferplus_share=0.4)

    targets = training_targets(faces, config, votes)

    assert targets[0] == pytest.approx([0.8, 0, 0, 0, 0, 0.2, 0], abs=1e-6)
    assert targets[1] == pytest.approx([0, 0, 0, 1, 0, 0, 0], abs=1e-6)
    assert targets[2] == pytest.approx([0, 0, 0, 1, 0, 0, 0], abs=1e-6)
    assert targets[3] == pytest.approx([0, 0, 0, 0, 0, 1, 0], abs=1e-6)


def test_class_weights_make_every_class_count_the_same(faces):
    weights = loss_weights(faces, TrainConfig(class_weights=True))

    sums = weights * np.bincount(faces.labels, minlength=7)
    assert sums[[0, 3, 5]] == pytest.approx([sums[0]] * 3)
    assert weights[1] == 0
    assert loss_weights(faces, TrainConfig()).tolist() == [1.0] * 7
