"""`evaluate` prints and stores every view of the test set that is known."""

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core import formats, paths
from fer_core.cli import app
from fer_core.evaluation import timing
from fer_core.reference import images
from fer_core.runs.store import Run
from tests.builders import make_run, make_ten_crops, with_config


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    return make_run(tmp_path, "mine")


def evaluate(*options: str) -> str:
    result = CliRunner().invoke(app, ["evaluate", "mine", *options], env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    return result.output


def test_both_leak_views_and_both_label_views_are_printed(run):
    with_config(run, data_fingerprint=images.FINGERPRINT)

    lines = [" ".join(line.split()) for line in evaluate().splitlines()]

    for subset in ("all", "PublicTest", "leak-free"):
        for labels in ("FER2013", "FER+ majority"):
            assert any(line.startswith(f"test, {subset} {labels} 1 ") for line in lines)
    assert {"all", "leak-free"} <= set(run.metrics()["test_ferplus"])


def test_the_model_card_is_written_beside_the_figures(run):
    evaluate()

    card = (run.folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert card.startswith("# Model card: mine")


def test_a_run_on_other_images_has_neither(run):
    output = evaluate()
    assert "test, all" in output
    assert "PublicTest" not in output
    assert "PrivateTest" not in output
    assert "leak-free" not in output
    assert "FER+" not in output


@pytest.mark.parametrize("synthetic", [False, True])
def test_own_images_are_not_set_beside_the_report_nor_labelled_as_fer2013(run, synthetic):
    assert "report" not in evaluate()
    with_config(run, synthetic=synthetic)

    lines = [" ".join(line.split()) for line in evaluate().splitlines()]

    assert not any("FER2013" in line or "report" in line for line in lines)
    assert any(line.startswith("test, all folders 1 140") for line in lines)


@pytest.mark.parametrize("fingerprint", [images.FINGERPRINT, "0" * 64])
def test_validation_figures_after_a_label_review_are_by_reviewed_labels(run, fingerprint):
    train = run.config.train.model_copy(update={"label_review": "a" * 64})
    with_config(run, data_fingerprint=fingerprint, train=train)
    found = run.predictions()
    validation = np.where(np.arange(len(found)) % 2, "validation", "test")
    run.write_predictions(replace(found, split=validation))

    assert "validation reviewed 1 " in " ".join(evaluate().split())


def test_single_pass_and_ten_crops_are_both_printed(run):
    assert "Ten crops: not measured." in evaluate()

    ten_crops = make_ten_crops(run)

    lines = [" ".join(line.split()) for line in evaluate().splitlines()]
    for passes, scores in (("1", run.predictions().subset("test")), ("10", ten_crops)):
        right = (scores.y_pred == scores.y_true).mean()
        start = f"test, all folders {passes} 140 {formats.percent(right)}"
        assert any(line.startswith(start) for line in lines)


def test_the_time_for_a_face_is_printed_and_kept(run):
    assert "ms a face on one thread of" in " ".join(evaluate("--time").split())
    assert timing.read(run) is not None
