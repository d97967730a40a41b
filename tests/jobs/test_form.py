"""The form follows the schema: every option stands in it once, and wrong ones are refused."""

import json

import pytest

from fer_core.config import TrainConfig
from fer_core.jobs.form import Checked, check
from fer_core.jobs.form_fields import GROUPS, HIDDEN, form_fields
from fer_core.jobs.limits import Limits
from fer_core.models.registry import PRESETS, get_preset

FIELDS = {field.name: field for fields in form_fields(Limits()).values() for field in fields}
NUMBERS = [name for name, field in FIELDS.items() if field.is_number]


def checked(preset: str = "report-baseline", **entered: object) -> Checked:
    """The form of that preset with what was entered since."""
    config = get_preset(preset).config
    values = config.model_dump(mode="json")
    shown = {name: field.write(values[name]) for name, field in FIELDS.items()}
    return check(shown | entered, config, Limits())


def test_every_option_stands_in_the_form_once():
    assert sorted(FIELDS) == sorted(set(TrainConfig.model_fields) - set(HIDDEN))


def test_no_heading_names_an_option_that_is_gone():
    for names in GROUPS.values():
        assert set(names) <= set(TrainConfig.model_fields)


def test_every_field_says_what_it_does_and_what_is_valid():
    for field in FIELDS.values():
        assert field.help, field.name
        if field.is_number:
            assert " to " in field.expected or "below" in field.expected


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_fills_the_form_with_itself(preset):
    found = checked(preset)

    assert found.problems == {}
    assert found.config == PRESETS[preset].config


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["", "ten", "-1", "1e99", "nan", "99999999999999999999"])
def test_every_number_that_is_none_or_out_of_range_is_refused_beside_its_field(name, text):
    # A preset and choices under which the option is of use.
    useful = {"loss": "focal", "labels": "ferplus", "schedule": "plateau", "teachers": ["compact"]}
    preset = "mobilenetv2" if FIELDS[name].name in GROUPS["Starting from ImageNet"] else "tiny"
    found = checked(preset, **useful, phases="", **{name: text})

    assert found.config is None
    assert list(found.problems) == [name]
    assert found.problems[name].startswith("Enter a")


def test_a_comma_is_told_of():
    assert (
        checked(learning_rate="0,001")
        .problems["learning_rate"]
        .endswith("not '0,001'. Decimals follow a point, as 0.001.")
    )
    assert checked(epochs="1,000").problems["epochs"].endswith("Write it without commas.")
    assert checked(epochs="ten").problems["epochs"].endswith("not 'ten'.")


def test_the_epochs_end_where_the_server_ends_them():
    assert "from 1 to 300, not '100000'" in checked(epochs="100000").problems["epochs"]
    assert checked(epochs="300").config is not None
    found = checked(phases='[{"epochs": 200}, {"epochs": 101}]')
    assert "301 epochs are more than the 300" in found.problems["phases"]


def test_several_wrong_values_are_told_at_once():
    assert set(checked(epochs="0", dropout="2").problems) == {"epochs", "dropout"}


def test_options_without_use_keep_their_preset_s_value_whatever_was_entered():
    found = checked(focal_gamma="nonsense", plateau_patience="7")

    assert found.config == get_preset("report-baseline").config
    assert found.idle["focal_gamma"] == (2.0, "Needs the loss 'focal'.")
    assert "focal_gamma" not in checked(loss="focal").idle
    assert "focal_gamma" not in checked(phases='[{"epochs": 2, "loss": "focal"}]').idle


def test_the_epochs_follow_from_the_phases():
    found = checked(epochs="5", phases='[{"epochs": 2}, {"epochs": 4}]')

    assert found.idle["epochs"][0] == 6
    assert found.config is not None
    assert found.config.epochs == 6


@pytest.mark.parametrize(
    "phases", [[{"epochs": 10**400}], [{"epochs": 1}] * 1001], ids=["huge", "many"]
)
def test_phases_of_any_length_are_told_of_in_a_few_words(phases):
    found = checked(phases=json.dumps(phases))

    assert found.config is None
    assert len(found.problems["phases"]) < 1000
    fields = {field.name: field for part in form_fields().values() for field in part}
    assert fields["epochs"].write(found.idle["epochs"][0])


def test_phases_that_are_none_are_refused_beside_them():
    for text in ("[{", "5", "[5]", '{"epochs": 2}', "[" * 100_000):
        assert "Write a list" in checked(phases=text).problems["phases"]
    wrong = checked(phases='[{"epochs": 1}, {"epochs": 1, "dropout": 3}]').problems["phases"]
    assert wrong.startswith("Phase 2 'dropout' is not valid.")


def test_a_classical_system_leaves_what_is_for_networks_alone():
    found = checked(model="hog-svm", mixup="0.2", epochs="50")

    assert found.config is not None
    assert found.config.mixup == 0
    assert found.idle["mixup"][1] == "hog-svm is no network."
    assert not {"model", "seed", "class_weights"} & set(found.idle)
