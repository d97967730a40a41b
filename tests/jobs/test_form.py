"""The form follows the schema: every option stands in it once, and wrong ones are refused."""

import json

import pytest

from fer_core.config import TrainConfig
from fer_core.jobs.form import GROUPS, HIDDEN, Kind, check, form_fields
from fer_core.models.registry import PRESETS


def test_every_option_stands_in_the_form_once():
    names = [field.name for fields in form_fields().values() for field in fields]

    assert sorted(names) == sorted(set(TrainConfig.model_fields) - set(HIDDEN))


def test_no_heading_names_an_option_that_is_gone():
    for names in GROUPS.values():
        assert set(names) <= set(TrainConfig.model_fields)


def test_every_field_says_what_it_does_and_what_is_valid():
    for fields in form_fields().values():
        for field in fields:
            assert field.help, field.name
            if field.kind is Kind.CHOICE:
                assert field.default in field.choices
            if field.kind in (Kind.INTEGER, Kind.NUMBER):
                assert field.minimum is not None
                assert field.minimum <= field.default <= field.maximum


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_fills_the_form_with_valid_values(preset):
    config = PRESETS[preset].config

    values = config.model_dump(mode="json")
    assert check(values) == (config, {})
    assert check(values | {"phases": json.dumps(values["phases"])}) == (config, {})


def test_a_value_out_of_range_is_refused_beside_its_field():
    config, problems = check({"epochs": 0, "dropout": 2})

    assert config is None
    assert set(problems) == {"epochs", "dropout"}
    assert "greater than or equal to 1" in problems["epochs"]


def test_a_combination_is_refused_beside_the_first_field_that_it_names():
    _, problems = check({"epochs": 5, "phases": '[{"epochs": 2}]'})
    assert set(problems) == {"epochs"}
    config, problems = check({"phases": "[{"})
    assert config is None
    assert set(problems) == {"phases"}
    _, problems = check({"model": "hog-svm", "epochs": 1, "mixup": 0.2})
    assert "mixup" in "".join(problems.values())
