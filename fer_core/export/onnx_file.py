"""The ONNX file of a network, written and checked against the network itself."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES
from fer_core.errors import ExportError
from fer_core.evaluation.predict import Predict
from fer_core.training.networks import FACE_SHAPE

TOLERANCE = 1e-4
"""Largest difference of a probability between Keras and ONNX Runtime."""

OUTPUTS = ("probabilities", "activations", "features")
"""Names of a model's outputs, in order; networks that end in global average pooling have all."""


def export_onnx(model: Any, path: Path) -> None:
    """Writes `model` as ONNX with the class names in its metadata.

    Its input is `faces` uint8 (n, 48, 48, 1), its outputs are the first of `OUTPUTS`:
    `probabilities` float32 (n, 7), `activations` float32 (n, h, w, 7), `features` float32 (n, c).
    """
    import onnx

    # Keras exports only a model that was called; predict does so with training=False.
    model.predict(np.zeros((1, *FACE_SHAPE), np.uint8), verbose=0)
    with warnings.catch_warnings():
        # Keras asks NumPy for a name that it may bring back one day.
        warnings.filterwarnings("ignore", message="In the future `np.object`")
        model.export(str(path), format="onnx", verbose=False)
    graph = onnx.load(str(path))
    for index, name in enumerate(OUTPUTS[: len(graph.graph.output)]):
        _rename_output(graph, index, name)
    _replace_deprecated_resize(graph)
    _give_scalars_rank(graph)
    graph.metadata_props.add(key="class_names", value=",".join(CLASS_NAMES))
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def check_export(model: Any, predict: Predict, faces: NDArray[np.uint8]) -> float:
    """Compares a Keras model with its export in ONNX Runtime, in batches and one face at a time,
    and returns the largest absolute difference of a probability.

    Raises:
        ExportError: it exceeds `TOLERANCE`.
    """
    expected = probabilities(model, faces)
    single = np.concatenate([predict(faces[i : i + 1]) for i in range(len(faces))])
    worst = [np.abs(scores - expected).max() for scores in (predict(faces), single)]
    difference = float(max(worst))
    if not difference <= TOLERANCE:
        raise ExportError(
            f"The ONNX model differs from the trained one by {difference:.2g} in a probability "
            f"(at most {TOLERANCE:.0e} is allowed), so it was not kept. Check the versions of "
            "tf2onnx, onnx and keras against requirements.txt."
        )
    return difference


def probabilities(model: Any, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The first output of a Keras model: float32 (n, 7)."""
    outputs = model.predict(faces, batch_size=256, verbose=0)
    scores: NDArray[np.float32] = outputs[0] if isinstance(outputs, list) else outputs
    return scores


def _rename_output(model: Any, index: int, name: str) -> None:
    """Renames one of the graph's outputs, wherever it is written or read."""
    old = model.graph.output[index].name
    for node in model.graph.node:
        for names in (node.input, node.output):
            for i, value in enumerate(names):
                if value == old:
                    names[i] = name
    model.graph.output[index].name = name


def _replace_deprecated_resize(model: Any) -> None:
    """Rewrites the nearest resize of tf2onnx, floor((i + 0.5) * scale), in the terms that
    ONNX kept after opset 13: half-pixel centres, rounded half up.
    """
    for node in model.graph.node:
        if node.op_type != "Resize":
            continue
        attributes = {attribute.name: attribute for attribute in node.attribute}
        if attributes["coordinate_transformation_mode"].s == b"tf_half_pixel_for_nn":
            attributes["coordinate_transformation_mode"].s = b"half_pixel"
            attributes["nearest_mode"].s = b"round_prefer_ceil"


def _give_scalars_rank(model: Any) -> None:
    """Writes each number that a map is multiplied by, or that is added to it, with the axes
    of the map.

    ONNX Runtime takes a number without axes along the map's last axis; where that is a single
    channel it does so pixel by pixel, at thirty times the time.
    """
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    ranks = {
        value.name: len(value.type.tensor_type.shape.dim)
        for value in (*graph.input, *graph.value_info)
        if value.type.tensor_type.HasField("shape")
    }
    initializers = model.graph.initializer
    numbers = {item.name: item for item in initializers if not item.dims}
    shaped = {}
    for node in model.graph.node:
        if node.op_type not in ("Add", "Mul"):
            continue
        rank = max(ranks.get(name, 0) for name in node.input)
        for index, name in enumerate(node.input):
            if name in numbers and rank:
                node.input[index] = f"{name}_of_rank_{rank}"
                shaped[node.input[index]] = onnx.TensorProto(dims=[1] * rank)
                shaped[node.input[index]].MergeFrom(numbers[name])
                shaped[node.input[index]].name = node.input[index]
    used = {name for node in model.graph.node for name in node.input}
    kept = [item for item in initializers if item.name in used]
    del initializers[:]
    initializers.extend([*kept, *shaped.values()])
