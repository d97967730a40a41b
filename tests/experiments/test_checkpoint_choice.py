"""Every epoch of a run is tested, as it is; a stopped run goes on where it was."""

from contextlib import nullcontext

import pytest

from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import ConfigError
from fer_core.experiments.checkpoint_choice import train_tested
from fer_core.training.loop import Silent
from tests.builders import MICRO, make_dataset


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
    config = TrainConfig(model=MICRO, epochs=3, learning_rate=0.01)

    with pytest.raises(KeyboardInterrupt):
        train_tested(config, dataset, "run", tmp_path, lambda run: nullcontext(StopsAfter(1)))
    table = train_tested(config, dataset, "run", tmp_path, lambda run: nullcontext(Silent()))

    assert table["epoch"].tolist() == [1, 3]  # what was stopped before its test is left out
    assert table["validation"].between(0, 1).all()
    assert table["test"].between(0, 1).all()
    assert table["private_test"].isna().all()  # none of these images is in that half


def test_a_run_that_keeps_its_best_epoch_is_refused(tmp_path):
    config = TrainConfig(model=MICRO, epochs=1, keep_best=True)
    with pytest.raises(ConfigError, match="Leave keep_best=False"):
        train_tested(config, None, "run", tmp_path, lambda run: nullcontext(Silent()))
