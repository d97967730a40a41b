"""A data set of noise and a finished network that gives features, in places of their own."""

import pytest

from fer_core import paths
from fer_core.config import TrainConfig, Validation
from fer_core.data import fer2013
from tests.builders import make_dataset, make_pooled, make_run


@pytest.fixture
def places(monkeypatch, tmp_path):
    """The runs folder, which holds the run `compact`; data set and cache are beside it."""
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(make_dataset(tmp_path / "data")))
    run = make_run(tmp_path / "runs", "compact")
    make_pooled(run)
    train = TrainConfig(epochs=3, validation=Validation.GROUPED)
    changes = {"data_fingerprint": fer2013.load().fingerprint, "train": train}
    object.__setattr__(run, "config", run.config.model_copy(update=changes))
    run.write_config()
    return tmp_path / "runs"
