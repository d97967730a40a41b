"""`train` from the command line: its list, and what it says before it begins."""

import importlib

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.models.registry import PRESETS
from fer_core.training import machine
from tests.builders import make_dataset


def test_every_preset_is_listed_with_its_size_where_nothing_is_trained(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))

    result = CliRunner().invoke(app, ["train", "--list"])

    assert result.exit_code == 0, result.exception
    rows = {cells[1].strip(): cells[2:] for cells in _cells(result.output)}
    assert set(PRESETS) <= set(rows)
    assert [cell.strip() for cell in rows["tiny"][:3]] == [
        "223,055",
        "120 + 34 + 6",
        "not measured here",
    ]


@pytest.mark.parametrize(("lacks", "precision"), [(True, "float32"), (False, "mixed_bfloat16")])
def test_nothing_is_said_of_bfloat16_where_it_is_fast_or_not_asked_for(
    monkeypatch, tmp_path, lacks, precision
):
    assert "bfloat16" not in _said_before_training(monkeypatch, tmp_path, lacks, precision)


def test_bfloat16_that_is_slower_here_is_said_before_the_training(monkeypatch, tmp_path):
    output = _said_before_training(monkeypatch, tmp_path, True, "mixed_bfloat16")

    words = " ".join(output.split())  # the console's width breaks the lines
    assert "This processor has no bfloat16 instructions" in words
    assert "start again without precision=mixed_bfloat16" in words


def _said_before_training(monkeypatch, tmp_path, lacks: bool, precision: str) -> str:
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(machine, "lacks_bfloat16", lambda device: lacks)
    command = importlib.import_module("fer_core.cli.train")
    monkeypatch.setattr(command, "_train_with_progress", lambda *_: None)
    monkeypatch.setattr(command, "_finish", lambda *_: None)
    data = make_dataset(tmp_path / "data", train_per_class=10, test_per_class=1)
    words = ["train", "--preset", "quick-look", "--data-dir", str(data)]

    result = CliRunner().invoke(app, [*words, "--set", f"precision={precision}"])

    assert result.exit_code == 0, result.exception
    return result.output


def _cells(output: str) -> list[list[str]]:
    return [line.split("│") for line in output.splitlines() if line.startswith("│")]
