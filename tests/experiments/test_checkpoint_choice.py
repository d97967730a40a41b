"""Every epoch of a run is tested, as it is; a stopped run goes on where it was."""

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import ConfigError, DataError
from fer_core.experiments.checkpoint_choice import train_tested
from fer_core.reference import images
from fer_core.training.loop import Silent
from tests.builders import MICRO, make_dataset, make_run, with_config


class StopsAfter(Silent):
    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch(self, row):
        if row["epoch"] > self.epoch:
            raise KeyboardInterrupt


@pytest.mark.long
def test_each_epoch_is_tested_once_whatever_stops_it(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    dataset = fer2013.load(make_dataset(tmp_path / "data", train_per_class=8, test_per_class=4))
    monkeypatch.setattr(images, "FINGERPRINT", dataset.fingerprint)
    config = TrainConfig(model=MICRO, epochs=3, learning_rate=0.01)

    with pytest.raises(KeyboardInterrupt):
        train_tested(config, dataset, "run", tmp_path, lambda run: nullcontext(StopsAfter(1)))
    table = train_tested(config, dataset, "run", tmp_path, lambda run: nullcontext(Silent()))

    assert table["epoch"].tolist() == [1, 2, 3]
    assert table["validation"].between(0, 1).all()
    assert table["test"].between(0, 1).all()
    assert table["private_test"].isna().all()  # none of these images is in that half


def test_an_epoch_whose_test_was_stopped_is_tested_by_the_next_call(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    dataset = fer2013.load(make_dataset(tmp_path / "data", train_per_class=8, test_per_class=4))
    monkeypatch.setattr(images, "FINGERPRINT", dataset.fingerprint)
    made = make_run(tmp_path, "run")
    config = TrainConfig(model="mobilenetv2", epochs=3)
    facts = {"train": config, "data_fingerprint": dataset.fingerprint}
    with_config(made, **facts)
    trained = []
    for name, answer in {
        "checkpoint.finished_epochs": lambda path: 2,
        "loop.train": lambda *_, pretrained: trained.append(pretrained),
        "loop.first_weights": lambda run: "ImageNet",
        "load_backend": lambda: None,
        "trained_weights": lambda run: ([], None),
        "build_for_serving": lambda config, weights: None,
        "probabilities": lambda model, images: np.full((len(images), 7), 1 / 7, np.float32),
    }.items():
        monkeypatch.setattr(f"fer_core.experiments.checkpoint_choice.{name}", answer)

    for _ in range(2):
        table = train_tested(config, dataset, "run", tmp_path, lambda run: nullcontext(Silent()))

    assert table["epoch"].tolist() == [2]
    assert trained == ["ImageNet"] * 2


@pytest.mark.parametrize("model", ["hog-svm", "temporal"])
def test_what_has_no_epochs_is_refused_before_anything_is_made(tmp_path, model):
    with pytest.raises(ConfigError, match="no epochs to choose from"):
        train_tested(TrainConfig(model=model), None, "run", tmp_path, None)
    assert not list(tmp_path.iterdir())


def test_other_images_are_refused(tmp_path):
    dataset = SimpleNamespace(fingerprint="0" * 64)
    with pytest.raises(DataError, match="PrivateTest is known for the published data set only"):
        train_tested(TrainConfig(), dataset, "run", tmp_path, lambda run: nullcontext(Silent()))


def test_a_run_that_keeps_its_best_epoch_is_refused(tmp_path):
    config = TrainConfig(model=MICRO, epochs=1, keep_best=True)
    with pytest.raises(ConfigError, match="Leave keep_best=False"):
        train_tested(config, None, "run", tmp_path, lambda run: nullcontext(Silent()))
