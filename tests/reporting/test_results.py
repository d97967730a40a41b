"""docs/results.md holds what the committed files give."""

import os
import subprocess

import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core.cli import app
from fer_core.config import Validation
from fer_core.errors import FerError, RunError
from fer_core.evaluation import test_time_augmentation
from fer_core.export.ensemble import make_ensemble
from fer_core.reference import images
from fer_core.reporting import results as page
from fer_core.runs.store import Run
from tests.builders import make_run, make_ten_crops, with_config


@pytest.fixture
def runs(tmp_path) -> list[Run]:
    """Two runs on test images of the published data set."""
    made = [make_run(tmp_path, "worse", accuracy=0.3), make_run(tmp_path, "better", accuracy=0.8)]
    update = {"data_fingerprint": images.FINGERPRINT}
    return [_named(run, run.config.model_copy(update=update)) for run in made]


def _named(run: Run, config) -> Run:
    """The run with the images' paths as FER2013 numbers them."""
    predictions = run.predictions()
    numbers = [i if i % 2 else i + 600 for i in range(len(predictions))]  # both halves
    names = [f"test/angry/im{number}.png" for number in numbers]
    run.write_predictions(
        type(predictions)(
            np.array(names), predictions.split, predictions.y_true, predictions.y_score
        )
    )
    return Run(run.folder, config)


def test_the_committed_page_is_current():
    assert page.is_current(page.committed_runs()), (
        "docs/results.md is stale. Write it again: python -m fer_core results"
    )


def test_epochs_are_those_that_were_trained(runs):
    stopped_early = runs[0].config.train.model_copy(update={"epochs": 50})
    ran = Run(runs[0].folder, runs[0].config.model_copy(update={"train": stopped_early}))

    rows = page.results([ran]).split("| run | validation |")[1].splitlines()

    assert " | 3 | 38 s | cpu |" in next(row for row in rows if row.startswith("| `worse`"))


def test_the_best_run_comes_first_with_its_accuracy(runs):
    text = page.results(runs)
    rows = [line for line in text.splitlines() if line.startswith(("| `better", "| `worse"))]

    test = runs[1].predictions().subset("test")
    accuracy = 100 * (test.y_pred == test.y_true).mean()
    assert rows[0].startswith(f"| `better` | {accuracy:.1f} % (")
    assert rows[1].startswith("| `worse` |")
    assert "| fer |" in text
    assert "None" not in text
    assert "nan" not in text


def test_a_quantized_run_says_how_often_it_answers_as_the_one_it_was_made_from(runs):
    worse, better = (run.predictions().subset("test").y_pred for run in runs)
    quantized = Run(runs[0].folder, runs[0].config.model_copy(update={"quantized_from": "better"}))

    text = page.results([quantized, runs[1]])

    share = 100 * (worse == better).mean()
    assert f"`worse` gives the same class as `better` for {share:.1f} % of the test" in text
    assert "gives the same class" not in page.results(runs)


def test_a_run_has_the_accuracy_on_the_images_that_all_are_chosen_by(runs):
    train = runs[1].config.train.model_copy(update={"validation": Validation.GROUPED})

    rows = page.results([runs[0], with_config(runs[1], train=train)]).splitlines()

    validation = runs[1].predictions().subset("validation")
    share = 100 * (validation.y_pred == validation.y_true).mean()
    assert any(row.startswith(f"| `better` | {share:.1f} % | 1") for row in rows), rows
    assert any(row.startswith("| `worse` |  | 1") for row in rows)


def test_an_ensemble_has_ten_crops_without_mirror_images(runs, tmp_path):
    for run in runs:
        make_ten_crops(with_config(run), 0.5)
    together = make_ensemble([run.run_id for run in runs], "together", tmp_path)
    measured = test_time_augmentation.measure_ensemble(together)
    test_time_augmentation.write(together, measured)

    row = next(
        x for x in page.results([together]).splitlines() if x.startswith("| `together` | all")
    )

    cells = [cell.strip() for cell in row.split("|")]
    ten = 100 * measured.table.set_index(["looks", "images"]).loc[("ten crops", "all"), "accuracy"]
    assert cells[4] == ""
    assert cells[5].startswith(f"{ten:.1f} %")


def test_a_changed_run_makes_the_page_stale(runs, tmp_path):
    path = tmp_path / "results.md"
    assert not page.is_current(runs, path)
    path.write_text(page.results(runs), encoding="utf-8")
    assert page.is_current(runs, path)

    assert not page.is_current(runs[:1], path)


def test_the_command_says_that_the_page_is_stale_and_writes_it(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PATH", tmp_path / "results.md")
    monkeypatch.setattr(page, "committed_runs", lambda: runs)

    stale = CliRunner().invoke(app, ["results", "--check"])
    assert isinstance(stale.exception, FerError)
    assert "python -m fer_core results" in str(stale.exception)

    assert CliRunner().invoke(app, ["results"]).exit_code == 0
    assert "is current" in CliRunner().invoke(app, ["results", "--check"]).output


def test_a_run_that_git_does_not_know_is_left_out(tmp_path, monkeypatch):
    make_run(tmp_path, "kept")
    make_run(tmp_path, "local")
    assert {run.run_id for run in page.committed_runs(tmp_path)} == {"kept", "local"}

    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for command in (["init", "-q"], ["add", "kept"]):
        subprocess.run(["git", *command], cwd=tmp_path, env=own, check=True)

    # As git sets them in a hook of another repository.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "another" / "index"))
    assert [run.run_id for run in page.committed_runs(tmp_path)] == ["kept"]

    monkeypatch.setenv("PATH", str(tmp_path))  # where there is no git
    assert {run.run_id for run in page.committed_runs(tmp_path)} == {"kept", "local"}


def test_a_run_that_cannot_be_read_is_named_not_left_out(tmp_path):
    make_run(tmp_path, "kept")
    (make_run(tmp_path, "broken").folder / "config.json").write_text("{}", encoding="utf-8")

    with pytest.raises(RunError, match="'broken' cannot be read"):
        page.committed_runs(tmp_path)
