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


def test_a_phase_changes_what_it_names_and_takes_the_rest_from_the_run():
    config = TrainConfig(
        learning_rate=0.1,
        seed=3,
        phases=({"epochs": 4}, {"epochs": 2, "seed": 0, "learning_rate": 0.01}),
    )
    first, second = config.by_phase()

    assert config.epochs == 6
    assert (first.epochs, first.seed, first.learning_rate) == (4, 3, 0.1)
    assert (second.epochs, second.seed, second.learning_rate) == (2, 0, 0.01)
    assert TrainConfig.model_validate_json(config.model_dump_json()).by_phase() == (first, second)
    assert [config.phase_at(epoch) for epoch in (0, 3, 4, 6)] == [(1, 0), (1, 3), (2, 0), (2, 2)]
    assert TrainConfig().by_phase() == (TrainConfig(),)


@pytest.mark.parametrize(
    ("labels", "by_phase", "used"),
    [
        ("ferplus", (), True),
        ("ferplus", ("fer2013", "fer2013"), False),
        ("fer2013", ("fer2013", "ferplus"), True),
        ("fer2013", (), False),
    ],
)
def test_votes_are_used_where_a_phase_uses_them(labels, by_phase, used):
    phases = tuple({"epochs": 1, "labels": of_phase} for of_phase in by_phase)
    assert TrainConfig(labels=labels, phases=phases).uses_ferplus is used


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"epochs": 5, "phases": [{"epochs": 2}, {"epochs": 1}]}, "2 \\+ 1 = 3.*phases=\\[\\]"),
        ({"phases": [{"epochs": 600}, {"epochs": 600}]}, "at most 1000"),
        ({"phases": [{"learning_rate": 0.1}]}, "phases.0.epochs"),
        ({"phases": [{"epochs": 1, "learning_rate": 20}]}, "at most 10"),
        ({"phases": [{"epochs": 1, "model": "tiny"}]}, "Unknown key 'phases.0.model'"),
        ({"phases": [{"epochs": 9, "early_stopping": 2}, {"epochs": 1}]}, "in the last"),
    ],
)
def test_wrong_phases_are_refused_with_what_is_valid(values, words):
    with pytest.raises(ConfigError, match=words):
        TrainConfig.parse(values)
