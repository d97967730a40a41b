"""A wrong configuration names the field and what is valid."""

import pytest

from fer_core.config import TrainConfig
from fer_core.errors import ConfigError


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"epoch": 3}, ["Unknown key 'epoch'", "epochs"]),
        ({"epochs": 0}, ["'epochs' = 0", "at least 1", "at most 1000"]),
        ({"dropout": 1.0}, ["'dropout' = 1.0", "at least 0", "below 1"]),
        ({"learning_rate": -1}, ["'learning_rate'", "above 0"]),
        ({"optimizer": "lion"}, ["'optimizer' = 'lion'", "adam, sgd"]),
        ({"batch_size": "many"}, ["'batch_size' = 'many'", "at least 1"]),
    ],
)
def test_wrong_values_name_field_and_range(values, words):
    with pytest.raises(ConfigError) as error:
        TrainConfig.parse(values)

    for word in words:
        assert word in str(error.value)


def test_every_wrong_value_is_named_at_once():
    with pytest.raises(ConfigError, match=r"(?s)'epochs'.*'dropout'"):
        TrainConfig.parse({"epochs": 0, "dropout": 2})


def test_a_configuration_survives_json():
    config = TrainConfig(schedule="plateau", augmentation="basic", seed=4)

    assert TrainConfig.model_validate_json(config.model_dump_json()) == config
