"""One step of a trained recurrent network as an ONNX file, written node by node.

Its state is input and output, and only plain operators are used, which ONNX Runtime has in every
browser too. The scale of the features and the temperature become part of the weights.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.errors import ExportError
from fer_core.inference.temporal import INPUTS, OUTPUTS
from fer_core.models.temporal import LONGEST, SHORTEST, Source

TOLERANCE = 1e-4
"""Largest difference of a probability between Keras and ONNX Runtime."""
_OPSET = 17
_GATES = "zrh"
"""Update, reset and candidate, in Keras' order."""


def write_step(
    model: Any, source: Source, temperature: float, features_of: tuple[str, ...], path: Path
) -> None:
    """Writes a model of `build_temporal` as ONNX: `features` (n, c), `state` (n, h) and `seconds`
    (n, 1) to `probabilities` (n, 7) and `next_state` (n, h), all float32.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = _weights(model, source, temperature)
    units = len(weights["update_z"])
    nodes = [
        helper.make_node("Gemm", ["features", "head", "head_bias"], ["alone"]),
        helper.make_node("Gemm", ["features", "project", "project_bias"], ["projected"]),
        helper.make_node("Relu", ["projected"], ["seen"]),
        helper.make_node("Clip", ["seconds", "shortest", "longest"], ["passed"]),
        helper.make_node("Log", ["passed"], ["log_passed"]),
        helper.make_node("Concat", ["alone", "seen", "log_passed"], ["frame"], axis=1),
    ]
    for gate in _GATES:
        nodes += [
            helper.make_node(
                "Gemm", ["frame", f"read_{gate}", f"read_bias_{gate}"], [f"in_{gate}"]
            ),
            helper.make_node(
                "Gemm", ["state", f"update_{gate}", f"update_bias_{gate}"], [f"kept_{gate}"]
            ),
        ]
    for gate in "zr":
        nodes += [
            helper.make_node("Add", [f"in_{gate}", f"kept_{gate}"], [f"sum_{gate}"]),
            helper.make_node("Sigmoid", [f"sum_{gate}"], [gate]),
        ]
    nodes += [
        helper.make_node("Mul", ["r", "kept_h"], ["reset"]),
        helper.make_node("Add", ["in_h", "reset"], ["sum_h"]),
        helper.make_node("Tanh", ["sum_h"], ["candidate"]),
        # z * state + (1 - z) * candidate
        helper.make_node("Sub", ["state", "candidate"], ["apart"]),
        helper.make_node("Mul", ["z", "apart"], ["held"]),
        helper.make_node("Add", ["candidate", "held"], ["next_state"]),
        helper.make_node("Gemm", ["next_state", "answer", "answer_bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    sizes = {"features": len(source.mean), "state": units, "seconds": 1}
    sizes |= {"probabilities": NUM_CLASSES, "next_state": units}
    values = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size])
        for name, size in sizes.items()
    }
    graph = helper.make_graph(
        nodes,
        "temporal",
        [values[name] for name in INPUTS],
        [values[name] for name in OUTPUTS],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    told = {"class_names": ",".join(CLASS_NAMES), "features_of": ",".join(features_of)}
    helper.set_model_props(made, told)
    onnx.checker.check_model(made)
    onnx.save(made, str(path))


def _weights(model: Any, source: Source, temperature: float) -> dict[str, NDArray[np.float32]]:
    """The weights by their names in the graph."""
    kernel, bias = model.get_layer("projection").get_weights()
    scaled = kernel / source.deviation[:, None]
    found = {"project": scaled, "project_bias": bias - source.mean @ scaled}
    found |= dict(zip(("head", "head_bias"), model.get_layer("head").get_weights(), strict=True))
    of_frame, of_state, biases = model.get_layer("recurrent").get_weights()
    for index, gate in enumerate(_GATES):
        units = len(of_state)
        part = slice(index * units, (index + 1) * units)
        found |= {
            f"read_{gate}": of_frame[:, part],
            f"read_bias_{gate}": biases[0, part],
            f"update_{gate}": of_state[:, part],
            f"update_bias_{gate}": biases[1, part],
        }
    kernel, bias = model.get_layer("logits").get_weights()
    found |= {"answer": kernel / temperature, "answer_bias": bias / temperature}
    found |= {"shortest": np.array(SHORTEST), "longest": np.array(LONGEST)}
    return {name: np.ascontiguousarray(value, np.float32) for name, value in found.items()}


def check_step(expected: NDArray[np.floating], answers: NDArray[np.floating]) -> float:
    """The largest difference of a probability between what Keras and what ONNX Runtime answers.

    Raises:
        ExportError: it exceeds `TOLERANCE`.
    """
    difference = float(np.abs(expected - answers).max())
    if not difference <= TOLERANCE:
        raise ExportError(
            f"The ONNX model differs from the trained one by {difference:.2g} in a probability "
            f"(at most {TOLERANCE:.0e} is allowed), so it was not kept. Check the versions of onnx "
            "and keras against requirements.txt."
        )
    return difference
