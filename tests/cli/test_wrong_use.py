"""A command that asks for what cannot be ends with a sentence and exit code 2."""

import sys

import pytest

from fer_core import cli, paths
from fer_core.scale import cluster
from tests.cli.test_predict import _offline  # noqa: F401


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("predict in --ray 10.0.0.5 --out out", "not an address that this takes"),
        ("predict in --ray http://10.0.0.5:8265 --out out", "address of a dashboard"),
        ("predict in --ray local --out file", "file is a file"),
        ("predict gopher://a/b --ray local --out out", "gopher:// cannot be opened here"),
        ("predict in --ray local --out gopher://a/b", "gopher:// cannot be opened here"),
        ("sweep --space file", "file is not TOML"),
        ("sweep --space none.toml", "none.toml is not there"),
        ("jobs submit --preset tiny --place ray --address ray://x:1", "address of Ray's client"),
        ("jobs submit --preset tiny --place ray --address x:port", "'x:port' is no address"),
        ("jobs submit --preset tiny --set epochs=no", "epochs"),
    ],
)
def test_it_is_told(tmp_path, monkeypatch, capsys, line, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster, "find_spec", lambda name: True)
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "none"))
    (tmp_path / "in").mkdir()
    (tmp_path / "file").write_text("hello", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["fer", *line.split()])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    told = " ".join(capsys.readouterr().err.split())
    assert ended.value.code == 2, told
    assert words in told
