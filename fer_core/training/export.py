"""From a trained network to the files that are served, checked against each other."""

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import ExportError
from fer_core.labels import CLASS_NAMES
from fer_core.runs.store import Predictions, Run, State, Status, utc_now
from fer_core.training import checkpoint
from fer_core.training.machine import load_backend
from fer_core.training.networks import FACE_SHAPE, build_for_serving, build_for_training
from fer_core.training.parts import Parts, split_parts

TOLERANCE = 1e-4
"""Largest difference of a probability between Keras and ONNX Runtime."""

CHECKED_FACES = 256
_BATCH = 256


def finish(run: Run, dataset: Dataset) -> None:
    """Writes the model and its predictions as of the last finished epoch.

    A run whose epochs are all trained becomes `done` and loses its checkpoint; any
    other stays as it is and can be resumed.

    Args:
        run: with a checkpoint.
        dataset: the images it was trained on.

    Raises:
        RunError: there is no checkpoint.
        ExportError: the ONNX model differs from the trained one.
    """
    load_backend()
    networks = build_for_training(run.config.train)
    progress = checkpoint.restore(run.checkpoint_path, networks)
    parts = split_parts(dataset)
    model = build_for_serving(run.config.train, networks.core.get_weights())
    with _renamed_when_done(run.keras_path) as temporary:
        model.save(temporary)
    with _renamed_when_done(run.onnx_path) as temporary:
        export_onnx(model, temporary)
        check_export(model, temporary, parts.validation.images[:: _stride(parts.validation)])
    run.write_predictions(predict_parts(run.onnx_path, parts))
    logging.getLogger(__name__).info("Exported epoch %d of '%s'.", progress.epoch, run.run_id)
    done = progress.epoch == run.config.train.epochs
    changes = {"exported_epoch": progress.epoch, "finished": utc_now() if done else None}
    Run(run.folder, run.config.model_copy(update=changes)).write_config()
    if done:
        run.write_status(Status(state=State.DONE, epoch=progress.epoch, epochs=progress.epoch))
        checkpoint.remove(run.checkpoint_path)


def export_onnx(model: Any, path: Path) -> None:
    """Writes `model` as ONNX: input `faces` uint8 (n, 48, 48, 1), first output
    `probabilities` float32 (n, 7), class names in the metadata.
    """
    import onnx

    # Keras exports only a model that was called; predict does so with training=False.
    model.predict(np.zeros((1, *FACE_SHAPE), np.uint8), verbose=0)
    with warnings.catch_warnings():
        # Keras asks NumPy for a name that it may bring back one day.
        warnings.filterwarnings("ignore", message="In the future `np.object`")
        model.export(str(path), format="onnx", verbose=False)
    graph = onnx.load(str(path))
    _rename_output(graph, "probabilities")
    _replace_deprecated_resize(graph)
    graph.metadata_props.add(key="class_names", value=",".join(CLASS_NAMES))
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def check_export(model: Any, onnx_path: Path, faces: NDArray[np.uint8]) -> float:
    """Compares Keras with ONNX Runtime, as one batch and one face at a time.

    Args:
        model: the Keras model that was exported.
        onnx_path: its export.
        faces: uint8 (n, 48, 48, 1).

    Returns:
        The largest absolute difference of a probability.

    Raises:
        ExportError: it exceeds `TOLERANCE`.
    """
    expected = model.predict(faces, batch_size=len(faces), verbose=0)
    session = _session(onnx_path)
    whole = _run(session, faces)
    single = np.concatenate([_run(session, faces[i : i + 1]) for i in range(len(faces))])
    difference = float(max(np.abs(whole - expected).max(), np.abs(single - expected).max()))
    if not difference <= TOLERANCE:
        raise ExportError(
            f"The ONNX model differs from the trained one by {difference:.2g} in a probability "
            f"(at most {TOLERANCE:.0e} is allowed), so it was not kept. Check the versions of "
            "tf2onnx, onnx and keras against requirements.txt."
        )
    return difference


def predict_parts(onnx_path: Path, parts: Parts) -> Predictions:
    """Scores of the exported model on validation and test images, single pass."""
    session = _session(onnx_path)
    faces = {"validation": parts.validation, "test": parts.test}
    scores = [
        _run(session, part.images[start : start + _BATCH])
        for part in faces.values()
        for start in range(0, len(part), _BATCH)
    ]
    return Predictions(
        path=np.concatenate([part.paths for part in faces.values()]),
        split=np.concatenate([np.full(len(part), name) for name, part in faces.items()]),
        y_true=np.concatenate([part.labels for part in faces.values()]),
        y_score=np.concatenate(scores),
    )


def _stride(faces: Faces) -> int:
    """Spreads the checked faces over all classes."""
    return max(1, len(faces) // CHECKED_FACES)


def _session(path: Path) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def _run(session: Any, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    scores: NDArray[np.float32] = session.run(["probabilities"], {"faces": faces})[0]
    return scores


def _rename_output(model: Any, name: str) -> None:
    """Renames the graph's first output, wherever it is written or read."""
    old = model.graph.output[0].name
    for node in model.graph.node:
        for names in (node.input, node.output):
            for i, value in enumerate(names):
                if value == old:
                    names[i] = name
    model.graph.output[0].name = name


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


@contextmanager
def _renamed_when_done(path: Path) -> Iterator[Path]:
    """A temporary path of the same ending beside `path`, renamed to it on success."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
        temporary = Path(folder) / path.name
        yield temporary
        os.replace(temporary, path)
