"""An int8-quantized copy of a run's network: smaller, and faster on most processors.

Static quantization after training: weights and activations are rounded to 256 steps, over the
ranges found on training images (Jacob et al. 2018, arXiv:1712.05877). The layers after global
average pooling stay in float32, so that probabilities are not rounded. The copy is a run of its
own: its predictions are those of the quantized network, and it is measured as any other.

    python -m fer_core quantize tiny
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core import paths
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import reduced
from fer_core.errors import ExportError, RunError
from fer_core.evaluation.metrics_file import record
from fer_core.evaluation.predict import Predict, open_run
from fer_core.runs.names import made_whole
from fer_core.runs.store import Run, State, Status, utc_now
from fer_core.training.machine import versions
from fer_core.training.parts import split_parts

RANGE_FACES = 600
"""Training images that the ranges of activations are found on."""

CHECKED_FACES = 3_000
"""Validation images that both networks classify."""

LEAST_AGREEMENT = 0.95
"""Share of checked faces for which the quantized network must name the same class."""

_BATCH = 50
_QUANTIZED = ("Add", "Conv", "GlobalAveragePool", "MaxPool", "Mul", "Relu", "Reshape", "Sigmoid")


def quantize_run(run: Run, dataset: Dataset, run_id: str, root: Path | None = None) -> Run:
    """Writes the run folder `run_id` of `run`'s quantized network, in `paths.runs_dir()` when
    `root` is None: the run itself may lie in the package.

    Raises:
        RunError: the name is not valid or taken, or `run` has no model, is not finished, is
            quantized already, or was trained on other images.
        ExportError: the two networks disagree too often.
    """
    root = paths.runs_dir() if root is None else root
    with made_whole(root / run_id) as made:
        _check_source(run, dataset)
        parts = split_parts(reduced(dataset, run.config.train, run.folder), run.config.train)
        now = utc_now()
        changes = {
            "run_id": run_id,
            "quantized_from": run.run_id,
            "versions": versions(),
            "test_looks": (),
            "started": now,
            "finished": now,
        }
        copy = Run(made, run.config.model_copy(update=changes))
        quantize_onnx(run.onnx_path, copy.onnx_path, _spread(parts.train.images, RANGE_FACES))
        before, after = (open_run(each, os.cpu_count() or 1) for each in (run, copy))
        _check_agreement(before, after, _spread(parts.validation.images, CHECKED_FACES))
        predictions = parts.predictions(after(parts.validation.images), after(parts.test.images))
        quantized = record(copy, predictions, "int8")
        epochs = run.status().epoch
        quantized.write_status(Status(state=State.DONE, epoch=epochs, epochs=epochs))
    return Run(root / run_id, quantized.config)


def quantize_onnx(source: Path, target: Path, faces: NDArray[np.uint8]) -> None:
    """Writes `source` with int8 convolutions; inputs, outputs and metadata stay.

    Weights take seven bits and a scale a channel: with eight, int8 products overflow on
    processors without VNNI. Activations are unsigned, as ONNX Runtime's fast convolutions
    need them; their ranges are found on `faces`, uint8 (n, 48, 48, 1).
    """
    import onnx
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    # Every batch is as large as the others: ONNX Runtime stacks what it finds in them.
    whole = len(faces) - len(faces) % _BATCH or len(faces)
    batches = iter([{"faces": faces[i : i + _BATCH]} for i in range(0, whole, _BATCH)])

    class Faces(quantization.CalibrationDataReader):  # type: ignore[misc]
        def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
            return next(batches, None)

    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        model = onnx.load(str(prepared))
        quantization.quantize_static(
            model,
            str(target),
            Faces(),
            quant_format=quantization.QuantFormat.QDQ,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            op_types_to_quantize=list(_QUANTIZED),
            nodes_to_exclude=_after_pooling(model),
            per_channel=True,
            reduce_range=True,
        )


def _after_pooling(model: Any) -> list[str]:
    """Names of the nodes that give an output of the model or a vector for each face."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    vectors = {
        value.name for value in graph.value_info if len(value.type.tensor_type.shape.dim) == 2
    }
    last = vectors | {output.name for output in graph.output}
    return [node.name for node in graph.node if last & set(node.output)]


def _spread(faces: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Up to `count` faces, from the first to the last: they stand in order of class."""
    places = np.linspace(0, len(faces) - 1, min(count, len(faces))).astype(int)
    spread: NDArray[np.uint8] = faces[places]
    return spread


def _check_source(run: Run, dataset: Dataset) -> None:
    if not run.onnx_path.exists():
        raise RunError(f"Run '{run.run_id}' has no model.onnx to quantize. Name another run.")
    if run.config.temporal is not None:
        raise RunError(
            f"Run '{run.run_id}' is a recurrent network over frames and small as it is. Quantize "
            f"the network that it reads: '{run.config.temporal.features_of[0]}'."
        )
    if run.status().state is not State.DONE:
        raise RunError(f"Run '{run.run_id}' is not finished. Quantize it when it is.")
    if run.config.quantized_from is not None:
        raise RunError(
            f"Run '{run.run_id}' is quantized already. Quantize "
            f"'{run.config.quantized_from}' under another name."
        )
    if run.config.data_fingerprint != dataset.fingerprint:
        raise RunError(
            f"Run '{run.run_id}' was trained on other images than those here. Give the folder "
            "of its data set as --data-dir."
        )


def _check_agreement(before: Predict, after: Predict, faces: NDArray[np.uint8]) -> None:
    agreement = float((before(faces).argmax(axis=1) == after(faces).argmax(axis=1)).mean())
    if agreement < LEAST_AGREEMENT:
        raise ExportError(
            f"The quantized network names another class for {1 - agreement:.1%} of the checked "
            f"faces (at most {1 - LEAST_AGREEMENT:.0%} is allowed), so it was not kept. Serve "
            "the network as it is."
        )
