"""How far a job is and how long it takes."""

from fer_core.config import TrainConfig
from fer_core.jobs.base import DataSource
from fer_core.jobs.pace import training_images


def test_an_epoch_is_shorter_by_the_validation_images():
    assert training_images(TrainConfig(), DataSource.SYNTHETIC) == 315
    assert training_images(TrainConfig(), DataSource.FER2013) == 21_532
