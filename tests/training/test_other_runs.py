"""Runs that another learns from are found beside it, or among the app's runs."""

from types import SimpleNamespace

import pytest

from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.models.registry import get_preset
from fer_core.training.other_runs import find_features, find_initial, find_teachers
from tests.builders import make_pooled, make_run, with_config


def a_dataset(fingerprint, *, synthetic=False):
    """All that is looked at of one."""
    return SimpleNamespace(fingerprint=fingerprint, synthetic=synthetic)


@pytest.mark.parametrize(
    ("find", "config"),
    [
        (find_teachers, TrainConfig(teachers=("wise",))),
        (find_teachers, TrainConfig(phases=({"epochs": 1}, {"epochs": 1, "teachers": ["wise"]}))),
        (find_initial, TrainConfig(initial_run="wise")),
    ],
)
def test_a_run_on_other_images_is_no_source_for_they_are_dealt_anew(tmp_path, find, config):
    wise = make_run(tmp_path, "wise")
    wise.keras_path.touch()

    with pytest.raises(RunError, match="'wise' was trained on other images"):
        find(config, tmp_path, a_dataset("1" * 64))

    assert find(config, tmp_path, a_dataset(wise.config.data_fingerprint))
    assert find(config, tmp_path, a_dataset("1" * 64, synthetic=True))  # none in common


def test_an_experiment_in_a_folder_of_its_own_learns_from_the_apps_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    config = TrainConfig(teachers=("mine", "teacher"))
    made = [make_run(tmp_path / "runs", "teacher"), make_run(tmp_path / "ablation", "mine")]
    for run in made:
        run.keras_path.touch()

    teachers = find_teachers(config, tmp_path / "ablation")

    assert [run.folder for run in teachers] == [made[1].folder, made[0].folder]
    with pytest.raises(RunError, match=r"no run 'nobody'. Runs: teacher"):
        find_teachers(TrainConfig(teachers=("nobody",)), tmp_path / "ablation")


def test_features_come_from_a_finished_run_whose_network_stays_as_it_is(tmp_path):
    made = make_run(tmp_path, "mine")
    make_pooled(made)
    config = get_preset("temporal").config
    config = config.model_copy(
        update={"features_of": "mine", "validation": made.config.train.validation}
    )
    assert find_features(config, tmp_path).run_id == "mine"

    with_config(made, finished=None)  # stopped, and exported as of an epoch

    with pytest.raises(RunError, match=r"'mine' is not finished.*train --resume mine"):
        find_features(config, tmp_path)
