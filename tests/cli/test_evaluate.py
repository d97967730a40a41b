"""`evaluate` prints and stores every view of the test set that is known."""

import pytest
from typer.testing import CliRunner

from fer_core import formats, paths
from fer_core.cli import app
from fer_core.evaluation import timing
from fer_core.reference import images
from fer_core.runs.store import Run
from tests.builders import make_run, make_ten_crops


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    return make_run(tmp_path, "mine")


def evaluate(*options: str) -> str:
    result = CliRunner().invoke(app, ["evaluate", "mine", *options], env={"COLUMNS": "80"})
    assert result.exit_code == 0, result.output
    return result.output


def test_both_leak_views_and_both_label_views_are_printed(run):
    update = {"data_fingerprint": images.FINGERPRINT}
    Run(run.folder, run.config.model_copy(update=update)).write_config()

    lines = [" ".join(line.split()) for line in evaluate().splitlines()]

    for subset in ("all", "PublicTest", "leak-free"):
        for labels in ("FER2013", "FER+ majority"):
            assert any(line.startswith(f"test, {subset} {labels} 1 ") for line in lines)
    assert {"all", "leak-free"} <= set(run.metrics()["test_ferplus"])


def test_a_run_on_other_images_has_neither(run):
    output = evaluate()
    assert "test, all" in output
    assert "PublicTest" not in output
    assert "PrivateTest" not in output
    assert "leak-free" not in output
    assert "FER+" not in output


def test_single_pass_and_ten_crops_are_both_printed(run):
    assert "Ten crops: not measured." in evaluate()

    ten_crops = make_ten_crops(run)

    lines = [" ".join(line.split()) for line in evaluate().splitlines()]
    for passes, scores in (("1", run.predictions().subset("test")), ("10", ten_crops)):
        right = (scores.y_pred == scores.y_true).mean()
        start = f"test, all FER2013 {passes} 140 {formats.percent(right)}"
        assert any(line.startswith(start) for line in lines)


def test_the_time_for_a_face_is_printed_and_kept(run):
    assert "ms a face on one thread of" in " ".join(evaluate("--time").split())
    assert timing.read(run) is not None
