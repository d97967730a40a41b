"""Ctrl-C on commands that go on from there."""

from importlib import import_module

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app


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
