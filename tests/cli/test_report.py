"""`report` and `card` write their files, or say in a sentence why not."""

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.errors import ConfigError, RunError
from fer_core.reporting.model_card import FILE_NAME
from tests.builders import make_run


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    return make_run(tmp_path / "runs", "mine")


def invoke(*arguments: str):
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_the_report_is_written_where_asked(run, tmp_path):
    result = invoke("report", "mine", "--out", str(tmp_path / "there.html"))

    assert result.exit_code == 0, result.output
    assert (tmp_path / "there.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_report_is_named_after_the_run(run, tmp_path):
    assert invoke("report", "mine").exit_code == 0
    assert (tmp_path / "mine-report.html").exists()


@pytest.mark.parametrize("out", ["missing/report.html", "."])
def test_a_place_that_cannot_be_written_to_is_refused(run, out):
    result = invoke("report", "mine", "--out", out)

    assert isinstance(result.exception, ConfigError)


def test_the_card_stands_beside_the_run(run):
    result = invoke("card", "mine")

    assert result.exit_code == 0, result.output
    assert (run.folder / FILE_NAME).read_text(encoding="utf-8").startswith("# Model card: mine")


def test_an_unknown_run_is_answered_with_those_there_are(run):
    result = invoke("card", "other")

    assert isinstance(result.exception, RunError)
    assert "mine" in str(result.exception)
