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

from fer_core.data.fer2013 import Dataset
from fer_core.errors import ExportError
from fer_core.evaluation.calibration import fit_temperature
from fer_core.evaluation.metrics_file import record
from fer_core.evaluation.predict import open_run
from fer_core.export.onnx_file import check_export, export_onnx, probabilities
from fer_core.files import replace, sync, write_file
from fer_core.runs.store import Run, State, Status, utc_now
from fer_core.training import checkpoint
from fer_core.training.machine import describe_backend, load_backend
from fer_core.training.networks import build_for_serving
from fer_core.training.parts import split_parts
from fer_core.training.phases import trained_weights
from fer_core.training.recording import alone, recorded

CHECKED_FACES = 256
_BACKEND_VARIABLE = "KERAS_BACKEND"


def finish(run: Run, dataset: Dataset) -> None:
    """Writes the model and its predictions as of the last finished epoch.

    The model's confidence is calibrated on the validation images: its logits are divided
    by the temperature at which it is as sure as it is right.

    A run whose epochs are all trained becomes `done` and loses its checkpoint; any
    other stays as it is and can be resumed.

    Raises:
        RunError: there is no checkpoint, or another process trains this run.
        ExportError: the ONNX model differs from the trained one, or TensorFlow is missing;
            `failed`.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full; `failed`.
    """
    with alone(run), recorded(run):
        load_backend()
        if describe_backend()[0] == "tensorflow":
            _finish(run, dataset)
        else:
            _finish_with_tensorflow(run, dataset)


def _finish(run: Run, dataset: Dataset) -> None:
    """By TensorFlow, in this process."""
    load_backend()
    config = run.config.train
    weights, progress = trained_weights(run)
    parts = split_parts(dataset, config)
    scores = probabilities(build_for_serving(config, weights), parts.validation.images)
    temperature = fit_temperature(scores, parts.validation.labels)
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
    predictions = parts.predictions(predict(parts.validation.images), predict(parts.test.images))
    epoch = progress.serving_epoch or progress.epoch
    done = progress.epoch == config.epochs or progress.schedule.ended
    record(
        run,
        predictions,
        f"epoch {epoch}",
        exported_epoch=epoch,
        temperature=temperature,
        finished=utc_now() if done else None,
    )
    logging.getLogger(__name__).info("Exported epoch %d of '%s'.", epoch, run.run_id)
    if done:
        run.write_status(Status(state=State.DONE, epoch=progress.epoch, epochs=progress.epoch))
        checkpoint.remove(run.checkpoint_path)


def _finish_with_tensorflow(run: Run, dataset: Dataset) -> None:
    """In a process of its own: a process keeps the backend that it began with."""
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
            pool.submit(_finish, run, dataset).result()
    finally:
        if before is None:
            del os.environ[_BACKEND_VARIABLE]
        else:
            os.environ[_BACKEND_VARIABLE] = before
