"""`map` lays out faces and says what it wrote, or in a sentence why not."""

import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.data import fer2013
from fer_core.errors import FerError
from fer_core.evaluation.face_map import Method, read
from fer_core.runs.store import Predictions, Run
from tests.builders import make_dataset, make_pooled, make_predictions, make_run, with_config


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    for variable in (paths.RUNS_DIR_VARIABLE, paths.DATA_DIR_VARIABLE, paths.CACHE_DIR_VARIABLE):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    made = make_run(paths.runs_dir(), "mine")
    make_pooled(made)
    dataset = fer2013.load(make_dataset(paths.data_dir()))
    with_config(made, data_fingerprint=dataset.fingerprint)
    test, scores = dataset.test, make_predictions().y_score
    split = np.repeat(["test"], len(test))
    made.write_predictions(Predictions(test.paths, split, test.labels, scores[: len(test)]))
    return made


def test_a_map_is_written_by_the_method_asked_for(run):
    result = CliRunner().invoke(app, ["map", "mine", "--method", "pca", "--seed", "4"])

    assert result.exit_code == 0, result.output
    assert "map.npz: 21 faces" in result.output
    assert (read(run).method, read(run).seed) == (Method.PCA, 4)


def test_a_run_that_is_not_there_is_named(run):
    result = CliRunner().invoke(app, ["map", "other"])

    assert isinstance(result.exception, FerError)
    assert "no run 'other'" in str(result.exception)
