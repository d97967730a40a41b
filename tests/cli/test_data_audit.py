"""`data audit`, `data label-quality` and `train --exclude-list` from the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.data import fer2013
from fer_core.data.ferplus import ANSWER_OF_CLASS, ANSWERS
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import ConfigError, FerError
from fer_core.quality import audit_report, label_report
from fer_core.quality.audit_report import Issue, read_audit
from fer_core.quality.label_report import read_quality
from fer_core.runs.store import get_run


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small drawn data set, one training image of which stands in the test folder too."""
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(tmp_path / "none.csv"))
    monkeypatch.setenv("COLUMNS", "160")
    folder = write_synthetic(tmp_path / "data", train_per_class=12, test_per_class=3, seed=0)
    leaked = (folder / "train" / "sad" / "im11.png").read_bytes()
    (folder / "test" / "sad" / "im9.png").write_bytes(leaked)
    return folder


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if isinstance(result.exception, FerError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_audit_prints_the_counts_and_leaves_the_lists():
    output = run("data", "audit", "--no-faces")

    assert "in train and test 1 2 1" in output
    assert "no face found" not in output
    dataset = fer2013.load()
    found = read_audit(audit_report.machine_folder(dataset.fingerprint))
    assert found.of(Issue.LEAKS)["path"].tolist() == ["train/sad/im11.png", "test/sad/im9.png"]


def test_label_quality_is_held_against_the_votes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    dataset = fer2013.load()
    labels = [ANSWER_OF_CLASS[path.split("/")[1]] for path in dataset.train.paths.tolist()]
    votes = pd.DataFrame(0, index=range(len(labels)), columns=["path", *ANSWERS])
    votes["path"] = dataset.train.paths
    for row, name in enumerate(labels):
        votes.loc[row, name] = 10
    votes.to_csv(tmp_path / "votes.csv", index=False)
    out = tmp_path / "out"

    output = run(
        *("data", "label-quality", "--folds", 2, "--out", out),
        *("--votes", tmp_path / "votes.csv", "--keep", 5),
    )

    quality = read_quality(out)
    assert "against FER+: 0.0 %" in output
    assert quality.facts.images == len(dataset.train)
    assert quality.facts.agreement is not None
    assert quality.facts.agreement.all_errors == 0
    assert len(quality.rows) == min(5, quality.facts.suspicious)
    assert (quality.rows["ferplus"] == quality.rows["given"]).all()
    assert label_report.find_folder(dataset.fingerprint) is None

    # FER+'s own file is on the published images, whatever the names of these.
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(tmp_path / "votes.csv"))
    output = run("data", "label-quality", "--folds", 2, "--out", out, "--keep", 5)
    assert "no FER+ votes on these images" in output
    assert "no majority" not in output
    assert "margin FER+" not in output
    assert read_quality(out).facts.agreement is None


def test_a_classical_run_leaves_the_listed_images_out_and_records_it(tmp_path: Path):
    listed = tmp_path / "leaks.csv"
    listed.write_text("path\ntrain/sad/im11.png\ntest/sad/im9.png\n", encoding="utf-8")

    run("train", "--preset", "hog-svm", "--run-id", "whole", "--set", "validation=report")
    output = run(
        *("train", "--preset", "hog-svm", "--run-id", "rest", "--set", "validation=report"),
        *("--exclude-list", listed),
    )

    whole, rest = get_run("whole"), get_run("rest")
    assert "1 of 1 listed images are left out" in output
    assert rest.config.counts["train"] == whole.config.counts["train"] - 1
    assert rest.config.counts["excluded"] == 1
    assert "excluded" not in whole.config.counts
    assert (rest.folder / "excluded.csv").read_text(
        encoding="utf-8"
    ) == "path\ntrain/sad/im11.png\n"
    saved = json.loads((rest.folder / "config.json").read_text(encoding="utf-8"))["train"]
    assert len(saved["exclude_list"]) == 64
    assert np.array_equal(whole.predictions().path, rest.predictions().path)


def test_a_list_cannot_be_named_by_its_number_or_given_to_a_resumed_run(tmp_path: Path):
    with pytest.raises(ConfigError, match="--exclude-list FILE"):
        run("train", "--preset", "hog-svm", "--set", f"exclude_list={'a' * 64}")
    with pytest.raises(ConfigError, match=r"its own settings.*--exclude-list"):
        run("train", "--resume", "some", "--exclude-list", tmp_path / "x.csv")
