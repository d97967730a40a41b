"""Presets are a plan that somebody can carry out from nothing."""

import pytest

from fer_core.models.registry import BUILDERS, PRESETS, WEIGHTS
from tests.builders import MICRO


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_learns_only_from_presets_before_it_that_hold_out_the_same_images(preset):
    earlier = list(PRESETS.values())[: list(PRESETS).index(preset.name)]
    sources = {*preset.config.all_teachers(), preset.config.initial_run} - {None}

    assert sources <= {other.name for other in earlier}
    for name in sources:
        assert PRESETS[name].config.validation is preset.config.validation


def test_the_size_of_every_network_is_known_without_building_it():
    assert set(WEIGHTS) == set(BUILDERS) - {MICRO}


def test_compact_and_tiny_are_trained_as_the_committed_runs_were():
    first, second, third = PRESETS["compact"].config.by_phase()
    assert [phase.epochs for phase in (first, second, third)] == [42, 52, 4]
    assert [phase.learning_rate for phase in (first, second, third)] == [0.1, 0.05, 0.015]
    assert [phase.seed for phase in (first, second, third)] == [0, 0, 1]
    assert [phase.dropout for phase in (first, second, third)] == [0.3, 0.3, 0.4]

    first, second, third = PRESETS["tiny"].config.by_phase()
    assert PRESETS["tiny"].config.epochs == 120 + 34 + 6
    assert [phase.augmentation for phase in (first, second, third)] == [
        "medium",
        "strong",
        "medium",
    ]
    assert [phase.teachers for phase in (first, second, third)] == [
        (),
        ("compact",),
        ("compact",),
    ]
