import time

import pytest

from fer_core import paths
from fer_core.bench import inference
from fer_core.errors import FerError, RunError
from fer_core.inference.classifier import Classifier
from fer_core.runs.store import get_run
from tests.builders import make_run


def test_figures_are_milliseconds_a_call_and_a_face():
    timing = inference.measure("sleep", lambda faces: time.sleep(0.002 + 0.0001 * len(faces)), 5)
    assert 2 < timing.median < 20
    assert timing.p95 >= timing.median
    assert 0.1 < timing.batch < timing.median


def test_one_face_and_a_batch_are_timed():
    sizes = []
    inference.measure("x", lambda faces: sizes.append(len(faces)), 5)
    assert set(sizes) == {1, inference.BATCH}


def test_onnx_is_measured_on_the_run_s_model(tmp_path):
    assert inference.measure("x", Classifier(make_run(tmp_path)).predict, 5).median > 0


def test_a_run_without_a_keras_model_still_gets_its_onnx_row(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    make_run(tmp_path)
    inference.run_inference_benchmark("fake", 5)
    out = capsys.readouterr().out
    assert "no model.keras" in out
    assert "ONNX Runtime" in out


def test_no_run_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(FerError, match="no trained model yet"):
        inference.run_inference_benchmark(None, 5)


@pytest.mark.long
def test_damaged_keras_model_is_one_sentence(tmp_path):
    run = make_run(tmp_path)
    run.keras_path.write_bytes(b"no network")
    with pytest.raises(RunError, match="Keras could not run the model") as caught:
        inference.measure_keras(run, 5)
    assert "\n" not in str(caught.value)


@pytest.mark.long
def test_keras_is_timed_on_a_network_that_gives_activations_as_well():
    run = get_run("tiny", paths.PROJECT_ROOT / "artifacts" / "runs")

    rows = inference.measure_keras(run, 5)

    assert [row.name for row in rows] == ["Keras predict", "Keras call"]
    assert min(row.median for row in rows) > 0
