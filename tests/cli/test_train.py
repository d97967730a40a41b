"""`train --list` from the command line."""

from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.models.registry import PRESETS


def test_every_preset_is_listed_with_its_size_where_nothing_is_trained(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    result = CliRunner().invoke(app, ["train", "--list"])

    assert result.exit_code == 0, result.exception
    rows = {cells[1].strip(): cells[2:] for cells in _cells(result.output)}
    assert set(PRESETS) <= set(rows)
    assert [cell.strip() for cell in rows["tiny"][:3]] == ["223,055", "34", "not measured here"]


def _cells(output: str) -> list[list[str]]:
    return [line.split("│") for line in output.splitlines() if line.startswith("│")]
