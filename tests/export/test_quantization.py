"""A quantized network: as a file, and as a run beside the one it comes from."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app
from fer_core.data import fer2013
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import ExportError, RunError
from fer_core.evaluation import timing
from fer_core.export import quantization
from fer_core.export.quantization import quantize_onnx, quantize_run
from fer_core.inference.classifier import Classifier
from fer_core.reporting.model_card import write_model_card
from fer_core.runs.store import Run, State, Status, get_run, list_runs
from tests.builders import make_run, with_config

TINY = Path(__file__).parents[2] / "artifacts" / "runs" / "tiny" / "model.onnx"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_synthetic(folder, train_per_class=12, test_per_class=4)
    return fer2013.load(folder)


def _source(root: Path, dataset, **changes) -> Run:
    """A finished run with the real network `tiny`, as if trained on `dataset`."""
    run = make_run(root, "source")
    shutil.copy(TINY, run.onnx_path)
    values = {"data_fingerprint": dataset.fingerprint, "synthetic": True} | changes
    return with_config(run, **values)


def test_the_copy_is_a_run_of_its_own_that_answers_almost_alike(tmp_path, dataset, monkeypatch):
    source = _source(tmp_path / "package", dataset)  # as one that came with a wheel
    stopped_early = source.config.train.model_copy(update={"epochs": 50})
    source = with_config(source, train=stopped_early, test_looks=("then",))
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "own"))

    run = quantize_run(source, dataset, "small")

    faces = np.asarray(dataset.test.images)
    before, after = Classifier(source).predict(faces), Classifier(run).predict(faces)
    assert 0 < np.abs(after - before).max() < 0.2
    np.testing.assert_allclose(after.sum(axis=1), 1, atol=1e-5)
    assert [path.name for path in (tmp_path / "package").iterdir()] == ["source"]
    measured = get_run("small", tmp_path / "own")
    test = measured.predictions().subset("test")
    np.testing.assert_allclose(test.y_score, after, atol=1e-5)
    assert measured.metrics()["test"]["all"]["n"] == len(faces)
    assert measured.config.quantized_from == "source"
    assert measured.config.test_looks[0].endswith("int8")
    status = measured.status()
    assert (status.state, status.epoch, status.epochs) == (State.DONE, 3, 3)
    stored = timing.read(measured)
    assert stored is not None
    assert stored.ms_per_face > 0
    assert "it is `source` int8-quantized" in write_model_card(measured).read_text("utf-8")


def test_the_file_is_a_third_as_large_and_keeps_its_interface(tmp_path, dataset):
    path = tmp_path / "model.onnx"

    quantize_onnx(TINY, path, np.asarray(dataset.train.images))

    before, after = onnx.load(str(TINY)), onnx.load(str(path))
    assert path.stat().st_size < TINY.stat().st_size / 2.5
    assert [o.name for o in after.graph.output] == [o.name for o in before.graph.output]
    assert [p for p in after.metadata_props if p.key == "class_names"] == before.metadata_props
    arrays = [onnx.numpy_helper.to_array(item) for item in after.graph.initializer]
    kernels = [
        array.astype(int)
        for array in arrays
        if array.dtype == np.int8 and array.ndim == 4 and array.size > 1
    ]
    assert len(kernels) == 17
    assert max(abs(kernel).max() for kernel in kernels) == 64  # seven bits


def test_no_convolution_is_left_to_be_computed_in_floating_point(tmp_path, dataset):
    quantize_onnx(TINY, tmp_path / "model.onnx", np.asarray(dataset.train.images))

    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    onnxruntime.InferenceSession(
        str(tmp_path / "model.onnx"), options, providers=["CPUExecutionProvider"]
    )
    run = [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
    assert run.count("QLinearConv") == 17
    assert "Conv" not in run


@pytest.mark.parametrize("count", [8, 50])
def test_ranges_and_agreement_are_found_on_every_class(tmp_path, dataset, monkeypatch, count):
    """Of its 63 training images, 9 a class, so few or so many are used."""
    source, used = _source(tmp_path, dataset), []
    monkeypatch.setattr(quantization, "RANGE_FACES", count)
    monkeypatch.setattr(
        quantization, "_check_agreement", lambda before, after, faces: used.append(faces)
    )
    quantize = quantization.quantize_onnx
    monkeypatch.setattr(
        quantization,
        "quantize_onnx",
        lambda start, target, faces: (used.append(faces), quantize(start, target, faces)),
    )

    quantize_run(source, dataset, "small", tmp_path)

    ranges, _ = used
    known = [image.tobytes() for image in dataset.train.images]
    assert len(ranges) == count
    drawn = dataset.train.labels[[known.index(face.tobytes()) for face in ranges]]
    assert set(drawn) == set(range(7))


def test_the_command_makes_the_copy_and_prints_its_figures(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    write_synthetic(folder, train_per_class=4, test_per_class=2)
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    _source(tmp_path / "runs", fer2013.load(folder))

    printed = CliRunner().invoke(app, ["quantize", "source", "--data-dir", str(folder)])

    assert printed.exit_code == 0, (printed.output, printed.exception)
    assert "test, all" in printed.output
    assert get_run("source-int8").config.quantized_from == "source"


def test_a_copy_that_answers_otherwise_is_not_kept(tmp_path, dataset, monkeypatch):
    source = _source(tmp_path, dataset)
    monkeypatch.setattr(quantization, "LEAST_AGREEMENT", 1.01)

    with pytest.raises(ExportError, match="Serve the network as it is"):
        quantize_run(source, dataset, "small", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_copy_that_was_interrupted_leaves_its_name_free(tmp_path, dataset, monkeypatch):
    def interrupt(run):
        raise KeyboardInterrupt

    source = _source(tmp_path, dataset)
    monkeypatch.setattr(timing, "measure", interrupt)

    with pytest.raises(KeyboardInterrupt):
        quantize_run(source, dataset, "small", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_fingerprint": "1" * 64}, "trained on other images"),
        ({"quantized_from": "another"}, "is quantized already"),
    ],
)
def test_what_cannot_be_quantized_is_refused(tmp_path, dataset, changes, message):
    source = _source(tmp_path, dataset, **changes)

    with pytest.raises(RunError, match=message):
        quantize_run(source, dataset, "small", tmp_path)
    assert {run.run_id for run in list_runs(tmp_path)} == {"source"}


def test_a_run_needs_a_model_and_an_end(tmp_path, dataset):
    source = _source(tmp_path, dataset)
    source.write_status(Status(state=State.STOPPED, epoch=1, epochs=3))
    with pytest.raises(RunError, match="not finished"):
        quantize_run(source, dataset, "small", tmp_path)

    source.onnx_path.unlink()
    with pytest.raises(RunError, match=r"no model\.onnx"):
        quantize_run(source, dataset, "small", tmp_path)
