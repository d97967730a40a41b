"""`python -m fer_core evaluate RUN_ID --robustness`."""

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.data import fer2013
from fer_core.errors import ConfigError, DataMissingError, FerError, RunError
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS
from fer_core.runs.store import Run, get_run
from tests.builders import make_dataset, make_run


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


def test_prints_the_table_and_keeps_it_in_the_run_folder(folders):
    make_dataset(folders / "data", train_per_class=1, test_per_class=2)
    make_run(folders / "runs", "report-baseline", seed=1)
    for name in ("mine", "report-baseline"):
        run = get_run(name)
        with pytest.raises(RunError, match="trained on other images"):
            evaluate(name, "--robustness")
        assert measure.read(run) is None
        here = run.config.model_copy(update={"data_fingerprint": fer2013.load().fingerprint})
        Run(run.folder, here).write_config()
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
