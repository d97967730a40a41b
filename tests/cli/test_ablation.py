"""`ablation` from the command line."""

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.errors import DataError
from fer_core.training import machine
from tests.builders import make_dataset


def test_figures_of_other_images_never_replace_the_reference_table(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(make_dataset(tmp_path / "mine")))
    monkeypatch.setattr(machine, "check_memory", lambda: None)
    monkeypatch.setattr(
        "fer_core.experiments.ablation.run_variant", lambda *_: pytest.fail("it was trained")
    )

    result = CliRunner().invoke(app, ["ablation", "--folder", str(tmp_path / "ablation")])

    assert isinstance(result.exception, DataError)
    assert "Name another file by --out" in str(result.exception)
