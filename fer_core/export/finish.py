"""From a trained network to the files that are served, checked against each other.

TensorFlow writes them, whatever backend trained the network: the checkpoint is the same.
"""

import importlib.util
import logging
import multiprocessing
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import ExportError
from fer_core.evaluation.calibration import abstention_threshold, fit_temperature
from fer_core.evaluation.networks import Predict, open_run
from fer_core.export.onnx_file import check_export, export_onnx, probabilities
from fer_core.files import replace, sync, write_file
from fer_core.runs.store import Predictions, Run, State, Status, utc_now
from fer_core.training import checkpoint
from fer_core.training.checkpoint import Progress
from fer_core.training.machine import describe_backend, load_backend
from fer_core.training.networks import build_for_serving
from fer_core.training.parts import Parts, split_parts
from fer_core.training.phases import trained_weights

CHECKED_FACES = 256
_BACKEND_VARIABLE = "KERAS_BACKEND"


def finish(run: Run, dataset: Dataset) -> None:
    """Writes the model and its predictions as of the last finished epoch.

    The model's confidence is calibrated on the validation images: its logits are divided
    by the temperature at which it is as sure as it is right.

    A run whose epochs are all trained becomes `done` and loses its checkpoint; any
    other stays as it is and can be resumed.

    Args:
        run: with a checkpoint.
        dataset: the images it was trained on.

    Raises:
        RunError: there is no checkpoint.
        ExportError: the ONNX model differs from the trained one, or TensorFlow is missing.
    """
    load_backend()
    if describe_backend()[0] != "tensorflow":
        _finish_with_tensorflow(run, dataset)
        return
    config = run.config.train
    weights, progress = trained_weights(run)
    parts = split_parts(dataset, config)
    temperature = _temperature(config, weights, parts)
    model = build_for_serving(config, weights, temperature)
    write_file(run.keras_path, model.save)
    with tempfile.TemporaryDirectory(dir=run.folder, prefix=".model-") as folder:
        unchecked = Run(Path(folder), run.config)
        export_onnx(model, unchecked.onnx_path)
        predict = open_run(unchecked, os.cpu_count() or 1)
        faces = parts.validation.images
        check_export(model, predict, faces[:: max(1, len(faces) // CHECKED_FACES)])
        sync(unchecked.onnx_path)
        replace(unchecked.onnx_path, run.onnx_path)
    predictions = predict_parts(predict, parts)
    run.write_predictions(predictions)
    _record(run, progress, predictions, temperature)


def _finish_with_tensorflow(run: Run, dataset: Dataset) -> None:
    """`finish` in a process of its own: a process keeps the backend that it began with."""
    if importlib.util.find_spec("tensorflow") is None:
        raise ExportError(
            f"Run '{run.run_id}' is trained and its checkpoint is kept, but TensorFlow, which "
            "writes the model, is not installed here. Copy the run folder to where it is and "
            f"run `python -m fer_core export {run.run_id}`."
        )
    before = os.environ.get(_BACKEND_VARIABLE)
    os.environ[_BACKEND_VARIABLE] = "tensorflow"
    try:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            pool.submit(finish, run, dataset).result()
    finally:
        if before is None:
            del os.environ[_BACKEND_VARIABLE]
        else:
            os.environ[_BACKEND_VARIABLE] = before


def predict_parts(predict: Predict, parts: Parts) -> Predictions:
    """Scores of the exported model on validation and test images, single pass."""
    faces = {"validation": parts.validation, "test": parts.test}
    return Predictions(
        path=np.concatenate([part.paths for part in faces.values()]),
        split=np.repeat(list(faces), [len(part) for part in faces.values()]),
        y_true=np.concatenate([part.labels for part in faces.values()]),
        y_score=np.concatenate([predict(part.images) for part in faces.values()]),
    )


def _temperature(config: TrainConfig, weights: list[Any], parts: Parts) -> float:
    scores = probabilities(build_for_serving(config, weights), parts.validation.images)
    return fit_temperature(scores, parts.validation.labels)


def _record(run: Run, progress: Progress, predictions: Predictions, temperature: float) -> None:
    """Writes to the run's files what was exported and whether that was all."""
    epoch = progress.serving_epoch or progress.epoch
    done = progress.epoch == run.config.train.epochs or progress.schedule.ended
    validation = predictions.subset("validation")
    changes = {
        "exported_epoch": epoch,
        "temperature": temperature,
        "abstain_below": abstention_threshold(validation.y_score, validation.y_true),
        "test_looks": (*run.config.test_looks, f"{utc_now():%Y-%m-%dT%H:%MZ} epoch {epoch}"),
        "finished": utc_now() if done else None,
    }
    Run(run.folder, run.config.model_copy(update=changes)).write_config()
    logging.getLogger(__name__).info("Exported epoch %d of '%s'.", epoch, run.run_id)
    if done:
        run.write_status(Status(state=State.DONE, epoch=progress.epoch, epochs=progress.epoch))
        checkpoint.remove(run.checkpoint_path)
