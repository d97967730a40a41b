"""Runs that another learns from are found beside it, or among the app's runs."""

import pytest

from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.training.other_runs import find_teachers
from tests.builders import make_run


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
