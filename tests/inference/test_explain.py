"""Explanations point at what a model looks at, tested with models whose eyes are known."""

import re

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fer_core.classes import FACE_SIZE
from fer_core.inference.classifier import Classifier
from fer_core.inference.explain import Method, available_methods, describe, explain, overlay
from tests.builders import make_run

HAPPY, SAD = 3, 5


@pytest.fixture
def looks_low(tmp_path):
    """Says happy the brighter the lower quarter is, and sad the brighter the upper is."""
    run = make_run(tmp_path, "low")
    model = onnx.load(str(run.onnx_path))
    weights = np.zeros((FACE_SIZE, FACE_SIZE, 7), np.float32)
    weights[36:, :, HAPPY] = 1e-5
    weights[:12, :, SAD] = 1e-5
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights.reshape(-1, 7), "weights"))
    onnx.save(model, str(run.onnx_path))
    return Classifier(run)


@pytest.fixture
def with_maps(tmp_path):
    """Its activations are the face in 6x6 patches for happy, nothing for the others."""
    run = make_run(tmp_path, "maps")
    weights = np.zeros((1, 7), np.float32)
    weights[0, HAPPY] = 1 / 255
    nodes = [
        helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["pixels"], ["first"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["first"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Transpose", ["pooled"], ["last"], perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["last", "weights"], ["activations"]),
        helper.make_node("ReduceMean", ["activations"], ["logits"], axes=[1, 2], keepdims=0),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    faces = helper.make_tensor_value_info("faces", TensorProto.UINT8, ["n", 48, 48, 1])
    outputs = [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 7]),
        helper.make_tensor_value_info("activations", TensorProto.FLOAT, ["n", 6, 6, 7]),
    ]
    graph = helper.make_graph(
        nodes, "maps", [faces], outputs, [numpy_helper.from_array(weights, "weights")]
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=9),
        str(run.onnx_path),
    )
    return Classifier(run)


def bright(rows: slice, columns: slice = slice(None)) -> np.ndarray:
    face = np.full((FACE_SIZE, FACE_SIZE), 10, np.uint8)
    face[rows, columns] = 250
    return face


def center(evidence: np.ndarray) -> tuple[float, float]:
    """Row and column of the middle of what speaks for the class."""
    weight = np.clip(evidence, 0, None)
    rows, columns = np.mgrid[:FACE_SIZE, :FACE_SIZE]
    return float((rows * weight).sum() / weight.sum()), float(
        (columns * weight).sum() / weight.sum()
    )


def test_methods_depend_on_the_model(looks_low, with_maps):
    assert available_methods(looks_low) == (Method.OCCLUSION,)
    assert available_methods(with_maps) == (Method.ACTIVATION, Method.OCCLUSION)


def test_occlusion_finds_what_the_probability_hangs_on(looks_low):
    found = explain(looks_low, bright(slice(36, 48), slice(0, 16)), HAPPY)
    row, column = center(found.evidence)
    assert row > 34
    assert column < 18
    upper, middle, lower = map(float, re.findall(r"([\d.]+) %", describe(found)))
    assert lower > upper + middle
    assert upper + middle + lower == pytest.approx(100, abs=0.2)


def test_evidence_for_one_class_is_against_its_rival(looks_low):
    face = bright(slice(36, 48))
    assert explain(looks_low, face, HAPPY).evidence[40:].mean() > 0
    assert explain(looks_low, face, SAD).evidence[40:].mean() < 0


def test_class_activation_lies_where_the_map_is_high(with_maps):
    face = bright(slice(0, 16), slice(32, 48))
    row, column = center(explain(with_maps, face, HAPPY).evidence)
    assert row < 14
    assert column > 34
    # What all classes share is no evidence: the others' maps are the same zeros.
    others = [explain(with_maps, face, label).evidence for label in (0, SAD)]
    assert np.array_equal(*others)
    assert others[0].min() < 0


def test_overlay_colours_the_evidence_and_leaves_the_rest(with_maps):
    face = bright(slice(0, 16), slice(32, 48))
    picture = overlay(face, explain(with_maps, face, HAPPY), opacity=0.8, zoom=2)
    assert picture.shape == (96, 96, 3)
    assert picture.dtype == np.uint8
    spread = picture.max(axis=2).astype(int) - picture.min(axis=2)
    assert spread[4:24, 72:92].mean() > 60
    assert spread[60:, :40].max() == 0
    plain = overlay(face, explain(with_maps, face, HAPPY), opacity=0.0, zoom=2)
    assert (plain[::2, ::2, 0] == face).all()


def test_nothing_for_a_class_is_said(looks_low):
    found = explain(looks_low, np.zeros((48, 48), np.uint8), HAPPY)
    assert found.strength == 0
    assert describe(found) == "Nothing in the face speaks for happy"
    assert (overlay(np.zeros((48, 48), np.uint8), found) == 0).all()


def test_wrong_questions(looks_low):
    face = np.zeros((48, 48), np.uint8)
    with pytest.raises(ValueError, match="no class"):
        explain(looks_low, face, 7)
    with pytest.raises(ValueError, match=r"\(48, 48\)"):
        explain(looks_low, face[:40], 0)
    with pytest.raises(ValueError, match="no activations"):
        explain(looks_low, face, 0, Method.ACTIVATION)
