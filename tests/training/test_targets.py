"""Targets of the training images, and the weight of each class."""

import numpy as np
import pytest

from fer_core.classes import FINGERPRINT
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Faces
from fer_core.errors import ConfigError, DataError
from fer_core.runs.store import Run, State, Status
from fer_core.training import loop
from fer_core.training.targets import check_labels, loss_weights, training_targets
from tests.builders import make_run

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


ANY_PHASE = [
    {"labels": "ferplus"},
    {"phases": [{"epochs": 1}, {"epochs": 1, "labels": "ferplus"}]},
]


@pytest.mark.parametrize("settings", ANY_PHASE)
def test_ferplus_votes_are_refused_for_other_images_of_the_same_names(settings):
    config = TrainConfig.parse(settings)
    with pytest.raises(ConfigError, match="Set labels=fer2013"):
        check_labels(config, "1" * 64)
    check_labels(TrainConfig(), "1" * 64)
    for fingerprint in (FINGERPRINT, f"{FINGERPRINT[:32]}-fold-1-of-5"):
        check_labels(config, fingerprint)


@pytest.mark.parametrize("settings", ANY_PHASE)
def test_missing_votes_are_told_before_the_first_epoch(tmp_path, monkeypatch, settings):
    monkeypatch.setattr(loop, "load_backend", lambda: pytest.fail("the training began"))
    made = make_run(tmp_path, "mine")
    made.write_status(Status(state=State.QUEUED))
    run = Run(made.folder, made.config.model_copy(update={"train": TrainConfig.parse(settings)}))

    with pytest.raises(DataError, match=r"no FER. votes"):
        loop.train(run, None, votes=tmp_path / "none.csv")

    assert run.status().state is State.FAILED
    assert "FER+ votes" in run.status().message


def test_class_weights_make_every_class_count_the_same(faces):
    weights = loss_weights(faces, TrainConfig(class_weights=True))

    sums = weights * np.bincount(faces.labels, minlength=7)
    assert sums[[0, 3, 5]] == pytest.approx([sums[0]] * 3)
    assert weights[1] == 0
    assert loss_weights(faces, TrainConfig()).tolist() == [1.0] * 7
