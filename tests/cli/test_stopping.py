"""Ctrl-C on commands that go on from there."""

from importlib import import_module

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.data import fer2013
from tests.builders import make_run


@pytest.mark.parametrize(
    ("arguments", "module", "name"),
    [
        (["sweep", "--space", "space.toml"], "sweep", "parse_changes"),
        (["ablation"], "ablation", "parse_changes"),
        (["checkpoint-choice"], "checkpoint_choice", "configure"),
        (["ensemble", "--train", "2"], "derive", "configure"),
        (["data", "label-quality"], "data_audit", "configure"),
    ],
)
def test_it_is_said_that_the_same_command_continues(arguments, module, name, monkeypatch, tmp_path):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setattr(import_module(f"fer_core.cli.{module}"), name, stopped)

    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 130
    assert "Stopped. The same command continues." in result.stderr


def test_a_stopped_export_says_how_to_continue(monkeypatch, tmp_path):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    run = make_run(tmp_path, "mine")
    monkeypatch.setattr(fer2013, "load", lambda root: None)
    monkeypatch.setattr("fer_core.training.create.resume_run", lambda *_: run)
    monkeypatch.setattr("fer_core.export.finish.finish", stopped)

    result = CliRunner().invoke(app, ["export", "mine"])

    assert result.exit_code == 130
    told = " ".join(result.output.split())
    assert "Continue with `python -m fer_core train --resume mine`" in told
