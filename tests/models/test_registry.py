"""Presets are a plan that somebody can carry out from nothing."""

import pytest

from fer_core.config import Validation
from fer_core.models.registry import PRESETS


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_learns_only_from_presets_that_stand_before_it(preset):
    earlier = list(PRESETS)[: list(PRESETS).index(preset.name)]
    config = preset.config

    assert {*config.teachers, config.initial_run, config.twin} - {None} <= set(earlier)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_calibrated_on_images_that_its_start_never_learned_from(preset):
    config = preset.config
    if config.validation is Validation.NONE:
        assert PRESETS[config.twin].config.validation is not Validation.NONE
    if config.initial_run is not None:
        start = PRESETS[config.initial_run].config
        assert start.model == config.model
        assert config.validation in (start.validation, Validation.NONE)
