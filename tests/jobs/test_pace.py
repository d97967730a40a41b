"""How far a job is and how long it takes."""

import pandas as pd

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.jobs.base import DataSource, Job
from fer_core.jobs.pace import pace, training_images
from fer_core.runs.store import HISTORY_COLUMNS, State, Status
from tests.builders import make_dataset

NOTHING_YET = pd.DataFrame(columns=list(HISTORY_COLUMNS))


def test_an_epoch_is_shorter_by_the_validation_images(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "faces"))
    assert training_images(TrainConfig(), DataSource.SYNTHETIC) == 315
    assert training_images(TrainConfig(), DataSource.FER2013) == 21_532

    make_dataset(tmp_path / "faces", train_per_class=20)
    (tmp_path / "faces" / "train" / "sad" / "notes.txt").touch()
    assert training_images(TrainConfig(), DataSource.FER2013) == 105
    (tmp_path / "faces" / "train" / "sad" / "new.png").touch()
    assert training_images(TrainConfig(), DataSource.FER2013) == 106


def test_before_the_first_epoch_has_ended_its_steps_tell_how_long_it_takes():
    status = Status(
        state=State.RUNNING, epoch=0, epochs=10, step=25, steps=100, step_seconds=0.5, stage=""
    )
    found = pace(Job("mine", status, None, None), NOTHING_YET)
    assert found.share == 0.025
    assert found.epoch_seconds == 50
    assert found.seconds_left == 50 * 9.75
    before = status.model_copy(update={"step": 1, "step_seconds": 0.0})
    assert pace(Job("mine", before, None, None), NOTHING_YET).seconds_left is None


def test_ended_epochs_tell_it_better_than_steps():
    status = Status(state=State.RUNNING, epoch=1, epochs=3, step=1, steps=2, step_seconds=99.0)
    history = pd.DataFrame({"epoch": [1], "seconds": [20.0]})
    assert pace(Job("mine", status, None, None), history).seconds_left == 30
    # The first epoch also compiles, so others count more.
    history = pd.DataFrame({"epoch": [1, 2], "seconds": [20.0, 4.0]})
    status = Status(state=State.RUNNING, epoch=2, epochs=4)
    assert pace(Job("mine", status, None, None), history).seconds_left == 8
