"""Small builders that tests share: a fake model, a run folder, a drawn face."""

import signal
import struct
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pandas as pd
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from fer_core.classes import CLASS_NAMES, FACE_SIZE, NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Faces
from fer_core.evaluation import face_map, test_time_augmentation
from fer_core.evaluation.temporal import table as temporal_table
from fer_core.evaluation.temporal.measures import FIGURES
from fer_core.models.registry import BUILDERS
from fer_core.models.residual import SIZES, Size, build_residual
from fer_core.runs.records import Place, TemporalFacts
from fer_core.runs.store import Predictions, Run, RunConfig, State, Status

MICRO = "micro"
"""A residual network like the product's, small enough to be compiled in a second; known
wherever this module is imported."""
SIZES[MICRO] = Size(stem=4, stages=(8,), first_side=24)
BUILDERS[MICRO] = partial(build_residual, MICRO)


class SignalAtItsEnd:
    """Signals this process while it is finalized, where Python drops what a handler raises."""

    def __init__(self, signum: signal.Signals) -> None:
        self.signum = signum

    def __del__(self) -> None:
        signal.raise_signal(self.signum)


def make_onnx(path: Path, seed: int = 0) -> None:
    """Writes a linear softmax classifier with the interface of every exported model."""
    weights = np.random.default_rng(seed).normal(0, 2e-3, (FACE_SIZE**2, NUM_CLASSES))
    nodes = [
        helper.make_node("Cast", ["faces"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("Flatten", ["pixels"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    faces = helper.make_tensor_value_info(
        "faces", TensorProto.UINT8, ["n", FACE_SIZE, FACE_SIZE, 1]
    )
    out = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", NUM_CLASSES])
    graph = helper.make_graph(
        nodes,
        "fake",
        [faces],
        [out],
        [numpy_helper.from_array(weights.astype(np.float32), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=9)
    model.metadata_props.add(key="class_names", value=",".join(CLASS_NAMES))
    onnx.save(model, str(path))


def make_pooled(run: Run) -> None:
    """Gives the fake model the further outputs of networks that end in global average pooling:
    `activations`, and as `features` the means of 6x6 patches.
    """
    model = onnx.load(str(run.onnx_path))
    model.graph.node.extend(
        [
            helper.make_node("Transpose", ["pixels"], ["first"], perm=[0, 3, 1, 2]),
            helper.make_node(
                "AveragePool", ["first"], ["means"], kernel_shape=[8, 8], strides=[8, 8]
            ),
            helper.make_node("Flatten", ["means"], ["features"]),
            helper.make_node("Transpose", ["means"], ["last"], perm=[0, 2, 3, 1]),
            helper.make_node("Concat", ["last"] * NUM_CLASSES, ["activations"], axis=3),
        ]
    )
    for name, shape in {"activations": ["n", 6, 6, NUM_CLASSES], "features": ["n", 36]}.items():
        output = helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        model.graph.output.append(output)
    onnx.save(model, str(run.onnx_path))


def make_map(run: Run) -> None:
    """Writes a map of the run's faces on which each class is a group, from left to right."""
    predictions = run.predictions()
    place = np.random.default_rng(0).normal(0, 0.1, (len(predictions), 2)).astype(np.float32)
    place[:, 0] += predictions.y_true
    laid = predictions.path, predictions.split, place
    face_map.write(run, face_map.FaceMap(*laid, face_map.Method.TSNE, 0, run.model_stamp()))


def make_predictions(n: int = 140, accuracy: float = 0.6, seed: int = 0) -> Predictions:
    """Random scores for `n` validation and `n` test images, about `accuracy` of them right."""
    rng = np.random.default_rng(seed)
    y_true = np.tile(np.arange(NUM_CLASSES), 2 * n // NUM_CLASSES + 1)[: 2 * n].astype(np.int8)
    y_score = rng.dirichlet(np.ones(NUM_CLASSES), 2 * n).astype(np.float32)
    right = rng.random(2 * n) < accuracy
    y_score[right, y_true[right]] += 1
    y_score /= y_score.sum(axis=1, keepdims=True)
    split = np.repeat(["validation", "test"], n)
    folder = np.where(split == "test", "test", "train")
    path = [f"{f}/{CLASS_NAMES[y]}/im{i}.png" for i, (f, y) in enumerate(zip(folder, y_true))]
    return Predictions(np.array(path), split, y_true, y_score)


def accuracy(predictions: Predictions) -> float:
    """The share of the images whose most probable class is the true one."""
    return float((predictions.y_pred == predictions.y_true).mean())


def confidence(predictions: Predictions) -> float:
    """The mean probability of the most probable class."""
    return float(predictions.y_score.max(axis=1).mean())


def make_ten_crops(run: Run, accuracy: float = 0.9) -> Predictions:
    """Gives a run of `make_run` scores of its test images over ten crops, and returns them."""
    scores = make_predictions(140, accuracy).subset("test")
    n, right = len(scores), float((scores.y_pred == scores.y_true).mean())
    row = ("ten crops", 10, "all", n, right, right - 0.05, right + 0.05, run.model_stamp())
    table = pd.DataFrame([row], columns=list(test_time_augmentation.COLUMNS))
    test_time_augmentation.write(run, test_time_augmentation.Measured(table, scores))
    return scores


def make_run(
    root: Path, run_id: str = "fake", *, epochs: int = 3, accuracy: float = 0.6, seed: int = 0
) -> Run:
    """Writes a finished run folder with a fake model, history and predictions."""
    config = RunConfig(
        run_id=run_id,
        train=TrainConfig(epochs=epochs),
        data_fingerprint="0" * 64,
        counts={"train": 420, "validation": 140, "test": 140},
        parameters={"total": 16128, "non_trainable": 0},
        versions={"keras": "3.15.1"},
        backend="tensorflow",
        device="cpu",
        started=datetime(2026, 1, 1, 12, tzinfo=UTC),
        finished=datetime(2026, 1, 1, 13, tzinfo=UTC),
    )
    run = Run(root / run_id, config)
    run.write_config()
    run.write_status(Status(state=State.DONE, epoch=epochs, epochs=epochs))
    run.write_history(
        [
            {
                "epoch": e,
                "accuracy": 0.3 + 0.1 * e,
                "loss": 2 / e,
                "val_accuracy": 0.3 + 0.05 * e,
                "val_loss": 2 / e + 0.2,
                "learning_rate": 1e-3,
                "seconds": 12.5,
            }
            for e in range(1, epochs + 1)
        ]
    )
    make_onnx(run.onnx_path, seed)
    run.write_predictions(make_predictions(140, accuracy, seed))
    return run


def with_config(run: Run, **changes: object) -> Run:
    """The run with other values of its configuration, which its folder holds from now on."""
    changed = Run(run.folder, run.config.model_copy(update=changes))
    changed.write_config()
    return changed


def make_temporal(
    root: Path,
    run_id: str = "temporal",
    *,
    features_of: tuple[str, ...] = ("fake",),
    features: int = 36,
    default_in: tuple[Place, ...] = (),
) -> Run:
    """Writes a temporal run whose model answers by half of its state and what a face adds to it;
    the defaults fit `make_pooled`.
    """
    state, rng = 8, np.random.default_rng(1)
    shapes = {"w": (features, state), "s": (1, state), "v": (state, NUM_CLASSES)}
    scales = {"w": 0.5 / np.sqrt(features), "s": 0.2, "v": 1.0}
    constants = [
        numpy_helper.from_array(rng.normal(0, scales[name], shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    constants.append(numpy_helper.from_array(np.float32(0.5), "half"))
    nodes = [
        helper.make_node("MatMul", ["features", "w"], ["new"]),
        helper.make_node("MatMul", ["seconds", "s"], ["waited"]),
        helper.make_node("Mul", ["state", "half"], ["kept"]),
        helper.make_node("Sum", ["new", "waited", "kept"], ["sum"]),
        helper.make_node("Tanh", ["sum"], ["next_state"]),
        helper.make_node("MatMul", ["next_state", "v"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    inputs, outputs = (
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
            for name, width in ends.items()
        ]
        for ends in (
            {"features": features, "state": state, "seconds": 1},
            {"probabilities": NUM_CLASSES, "next_state": state},
        )
    )
    graph = helper.make_graph(nodes, "temporal", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=9)
    made = make_run(root, run_id)
    temporal = TemporalFacts(features_of=features_of, default_in=default_in)
    run = Run(made.folder, made.config.model_copy(update={"temporal": temporal}))
    run.write_config()
    run.predictions_path.unlink()
    onnx.save(model, str(run.onnx_path))
    return run


def make_clips_table(run: Run) -> pd.DataFrame:
    """Gives a temporal run figures of test clips, and returns them: right in 60 % of frames with
    single frames, 61 to 69 % with exponential smoothing, 70 % with the recurrent network.
    """
    half_lives = (0.1, 0.3, 0.5, 1.0, 2.0)
    (own, *_) = names = run.config.temporal.features_of if run.config.temporal else ("fake",)
    ways = [
        (temporal_table.SINGLE, None, own, 0.6, 0.0, 2.0),
        *(
            (temporal_table.EXPONENTIAL, seconds, own, 0.61 + 0.02 * place, seconds, 1.0)
            for place, seconds in enumerate(half_lives)
        ),
        *((temporal_table.RECURRENT, None, name, 0.7, 0.25, 0.5) for name in names),
    ]
    rows = [
        {
            **{"split": "test", "place": str(place), "rate": 15.0, "method": method},
            **{"half_life": half_life, "features_of": name, "n_clips": 70, "frames": 7000},
            **{
                f"{figure}{end}": value + change
                for figure, value in zip(FIGURES, (accuracy, lag, lag, lag, flicker), strict=True)
                for end, change in (("", 0.0), ("_low", -0.01), ("_high", 0.01))
            },
        }
        for place in Place
        for method, half_life, name, accuracy, lag, flicker in ways
    ]
    for row in rows:
        if row["method"] == temporal_table.RECURRENT:
            row |= {"at_same_lag": 0.02, "at_same_lag_low": -0.01, "at_same_lag_high": 0.05}
    table = pd.DataFrame(rows, columns=list(temporal_table.columns()))
    temporal_table.write_table(run, table)
    return table


def break_packing(path: Path) -> None:
    """Overwrites what the first member of a ZIP was packed to with what is no such thing."""
    data = bytearray(path.read_bytes())
    name, extra = struct.unpack_from("<HH", data, 26)
    start = 30 + name + extra
    data[start : start + 8] = b"\xff" * 8
    path.write_bytes(data)


def draw_noise(seed: int = 0) -> NDArray[np.uint8]:
    """A face-sized picture of noise, (48, 48) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (FACE_SIZE, FACE_SIZE), dtype=np.uint8)


def noise_faces(split: str, each: int, seed: int = 0) -> Faces:
    """`each` faces of noise a class, in the order of the classes, named as in the data set."""
    shape = (NUM_CLASSES * each, FACE_SIZE, FACE_SIZE, 1)
    images = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    labels = np.repeat(np.arange(NUM_CLASSES), each).astype(np.int8)
    paths = [f"{split}/{CLASS_NAMES[y]}/im{i % each}.png" for i, y in enumerate(labels)]
    return Faces(images, labels, np.array(paths))


def make_dataset(root: Path, train_per_class: int = 12, test_per_class: int = 3) -> Path:
    """Writes a data set of noise in the Kaggle layout; classes differ in brightness."""
    import cv2

    rng = np.random.default_rng(7)
    for split, count in (("train", train_per_class), ("test", test_per_class)):
        for label, name in enumerate(CLASS_NAMES):
            folder = root / split / name
            folder.mkdir(parents=True)
            for i in range(count):
                face = rng.integers(0, 60, (FACE_SIZE, FACE_SIZE), dtype=np.uint8) + 25 * label
                cv2.imwrite(str(folder / f"im{i}.png"), face.astype(np.uint8))
    return root


def tiny_config(**changes: object) -> TrainConfig:
    """The smallest network with every technique that has random state, for two short epochs."""
    values: dict[str, object] = {
        "model": MICRO,
        "epochs": 2,
        "batch_size": 16,
        "optimizer": "sgd",
        "learning_rate": 0.01,
        "schedule": "cosine",
        "label_smoothing": 0.1,
        "augmentation": "strong",
        "weight_decay": 1e-4,
        "weight_average": 0.9,
    }
    return TrainConfig.parse(values | changes)


def with_zip64_record(data: bytes, announced: int) -> tuple[bytes, int]:
    """A ZIP whose 64-bit end record tells the size of its table of contents.

    Args:
        data: a ZIP without a comment.
        announced: size that the ordinary end record then tells.

    Returns:
        The ZIP, and the true size.
    """
    end = data.rfind(b"PK\x05\x06")
    count, size, start = struct.unpack_from("<HLL", data, end + 10)
    record = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, announced, 0xFFFFFFFF, 0)
    return data[:end] + record + locator + tail, size
