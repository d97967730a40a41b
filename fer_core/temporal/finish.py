"""From a trained recurrent network to the files that are served and its table of figures."""

import logging
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.evaluation.calibration import abstention_threshold, fit_temperature, rescale
from fer_core.evaluation.temporal.table import (
    RECURRENT,
    better_in,
    write_table,
)
from fer_core.files import replace, sync
from fer_core.inference.temporal import TemporalModel
from fer_core.progress import StageProgress, silent
from fer_core.runs.records import TemporalFacts
from fer_core.runs.store import Run, State, Status, get_run, utc_now
from fer_core.temporal.batches import as_rows
from fer_core.temporal.comparison import compare
from fer_core.temporal.folder import KEPT_FILE
from fer_core.temporal.seen import See, by_place
from fer_core.temporal.step import check_step, write_step
from fer_core.temporal.training import Recurrent, build
from fer_core.training import checkpoint
from fer_core.training.machine import load_backend
from fer_core.training.recording import alone, recorded

MOST_LOST = 0.005
"""Accuracy that a quantized copy of the network may cost, for its features to be read as well."""
_CHECKED_CLIPS = 8


def finish_temporal(run: Run, see: See, progress: StageProgress = silent) -> None:
    """Writes the model as of the last finished epoch, measures it on validation clips, decides by
    them, and measures it on test clips, which decide nothing.

    The confidence is calibrated on the frames of validation clips. A run whose epochs are all
    trained becomes `done` and loses its checkpoint, and a user's clips.

    Raises:
        RunError: there is no checkpoint, or another process trains this run.
        ExportError: the ONNX model differs from the trained one; `failed`.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full; `failed`.
    """
    with alone(run), recorded(run):
        _finish(run, see, progress)


def _finish(run: Run, see: See, progress: StageProgress) -> None:
    load_backend()
    config = run.config.train
    own = str(config.features_of)
    rows = as_rows(see("train", own, progress))
    network = build(config, rows.source())
    standing = checkpoint.restore(run.checkpoint_path, network)
    if standing.serving:
        network.model.set_weights(standing.serving)
    validation = see("validation", own, progress)
    frames = [
        as_rows(clips, max(len(clip.scores) for clip in clips))
        for clips in by_place(validation).values()
    ]
    scores = np.concatenate([network.probabilities(placed) for placed in frames])
    labels = np.concatenate([placed.labels[placed.weights > 0] for placed in frames])
    temperature = fit_temperature(scores, labels)
    _export(run, network, temperature, see, progress)
    epoch = standing.serving_epoch or standing.epoch
    done = standing.epoch == config.epochs or standing.schedule.ended
    changes = {
        "parameters": network.count_weights(),
        "exported_epoch": epoch,
        "temperature": temperature,
        "abstain_below": abstention_threshold(rescale(scores, temperature), labels),
    }
    exported = Run(run.folder, run.config.model_copy(update=changes))
    exported.write_config()
    measured = measure(exported, see, f"epoch {epoch}", progress)
    if done:
        finished = Run(run.folder, measured.config.model_copy(update={"finished": utc_now()}))
        finished.write_config()
        run.write_status(Status(state=State.DONE, epoch=standing.epoch, epochs=standing.epoch))
        checkpoint.remove(run.checkpoint_path)
        (run.folder / KEPT_FILE).unlink(missing_ok=True)
    logging.getLogger(__name__).info("Exported epoch %d of '%s'.", epoch, run.run_id)


def measure(run: Run, see: See, model: str, progress: StageProgress = silent) -> Run:
    """Writes the table of `run`'s exported network and what follows from its validation part: whose
    features it reads, and where it is the default. A `model` is noted as `epoch 12`.
    """
    opened = TemporalModel(run)
    own = run.config.train.features_of or opened.features_of[0]
    seen = {name: see("validation", name, progress) for name in see.networks}
    table = compare(opened, "validation", seen)
    read = tuple(name for name in seen if _lost(table, own, name) <= MOST_LOST)
    default_in = better_in(table, own)
    counts = {"train": len(see("train", own, progress)), "validation": len(seen[own])}
    tested = {name: see("test", name, progress) for name in read}
    if tested[own]:
        table = pd.concat([table, compare(opened, "test", tested)], ignore_index=True)
    counts["test"] = len(tested[own])
    stamps = {name: get_run(name, run.folder.parent).model_stamp() for name in read}
    facts = TemporalFacts(features_of=read, stamps=stamps, default_in=default_in, clips=counts)
    looks = (*run.config.test_looks, f"{utc_now():%Y-%m-%dT%H:%MZ} {model}")
    measured = Run(
        run.folder, run.config.model_copy(update={"temporal": facts, "test_looks": looks})
    )
    write_table(measured, table)
    measured.write_config()
    return measured


def _export(
    run: Run, network: Recurrent, temperature: float, see: See, progress: StageProgress
) -> None:
    """Writes `model.onnx` once it answers as Keras does, clip by clip."""
    clips = see("validation", str(run.config.train.features_of), progress)[:_CHECKED_CLIPS]
    with tempfile.TemporaryDirectory(dir=run.folder, prefix=".model-") as folder:
        unchecked = Run(Path(folder), run.config)
        facts = run.config.temporal
        assert facts is not None
        path = unchecked.onnx_path
        write_step(network.model, network.source, temperature, facts.features_of, path)
        model = TemporalModel(unchecked)
        answers = [model.follow(c.features[None], c.course.elapsed[None])[0] for c in clips]
        rows = as_rows(clips, max(len(clip.scores) for clip in clips))
        expected = rescale(network.probabilities(rows), temperature)
        check_step(expected, np.concatenate(answers))
        sync(path)
        replace(path, run.onnx_path)


def _lost(table: pd.DataFrame, own: str, name: str) -> float:
    """Accuracy that features of `name` cost in place of `own`, the mean over the places."""
    by = table[table["method"] == RECURRENT].groupby("features_of")["accuracy"].mean()
    return float(by[own] - by[name])
