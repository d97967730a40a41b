"""`python -m fer_core evaluate RUN_ID --robustness` and `--test-time-augmentation`."""

import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.data import fer2013
from fer_core.errors import ConfigError, DataMissingError, FerError, RunError
from fer_core.evaluation import test_time_augmentation
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS
from fer_core.inference.classifier import Classifier
from fer_core.runs.store import get_run
from tests.builders import make_dataset, make_run, with_config


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")
    make_run(tmp_path / "runs", "mine")
    return tmp_path


def evaluate(*arguments):
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    if isinstance(result.exception, FerError):
        raise result.exception
    assert result.exception is None
    return result.stdout


def of_these_images(name):
    """The run `name`, from now on trained on the images that are here."""
    run = get_run(name)
    with_config(run, data_fingerprint=fer2013.load().fingerprint)
    return get_run(name)


def test_prints_the_table_and_keeps_it_in_the_run_folder(folders):
    make_dataset(folders / "data", train_per_class=1, test_per_class=2)
    make_run(folders / "runs", "report-baseline", seed=1)
    for name in ("mine", "report-baseline"):
        run = get_run(name)
        with pytest.raises(RunError, match="trained on other images"):
            evaluate(name, "--robustness")
        assert measure.read(run) is None
        of_these_images(name)
    evaluate("report-baseline", "--robustness")

    printed = evaluate("mine", "--robustness", "--against", "report-baseline")

    assert max(map(len, printed.splitlines())) <= 80
    for kind in CORRUPTIONS:
        assert printed.count(kind.title) >= 2
    assert "…" not in printed
    assert "points" in printed
    assert "above report-baseline" in printed
    kept = measure.read(get_run("mine"))
    assert f"{100 * kept['accuracy'].iloc[0]:.1f}" in printed
    assert (
        kept["accuracy"].tolist() != measure.read(get_run("report-baseline"))["accuracy"].tolist()
    )


def test_accuracy_over_ten_crops_is_printed_and_kept(folders):
    make_dataset(folders / "data", train_per_class=1, test_per_class=4)
    run, test = of_these_images("mine"), fer2013.load().test

    rows = [line.split() for line in evaluate("mine", "--test-time-augmentation").splitlines()]

    predict = Classifier(run).predict
    crops = test_time_augmentation.ten_crops(test.images)
    expected = np.mean([predict(faces) for faces in crops], axis=0)
    kept = test_time_augmentation.read_ten_crops(run)
    np.testing.assert_allclose(kept.y_score, expected, atol=1e-5)
    right = (expected.argmax(axis=1) == test.labels).mean()
    assert ["ten", "crops", "10", "all", "28", f"{100 * right:.2f}"] in [row[:6] for row in rows]
    assert ["single", "pass", "1", "all", "28"] in [row[:5] for row in rows]


def test_says_when_the_data_set_is_missing():
    with pytest.raises(DataMissingError, match="data download"):
        evaluate("mine", "--robustness")


def test_says_when_the_run_has_no_model(folders):
    (folders / "runs" / "mine" / "model.onnx").unlink()
    with pytest.raises(RunError, match=r"no model\.onnx"):
        evaluate("mine", "--robustness")


def test_asks_for_the_other_run_s_table_before_it_starts(folders):
    make_run(folders / "runs", "other")
    with pytest.raises(RunError, match="evaluate other --robustness"):
        evaluate("mine", "--robustness", "--against", "other")
    assert measure.read(get_run("mine")) is None


def test_against_alone_is_a_mistake():
    with pytest.raises(ConfigError, match="Add --robustness"):
        evaluate("mine", "--against", "mine")
