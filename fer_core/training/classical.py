"""Trains a classical system into the same run folder that a network leaves.

Features of the training images, one fit for each value of the learner's free setting,
the choice by validation accuracy, then the confidence calibrated on the same validation
images. The test images are described and predicted once, at the very end. A run has one
epoch; stopped before its end it begins again. No model file is left: the run is for the
scoreboard, and its configuration rebuilds it.

    python -m fer_core train --preset hog-svm --run-id mine
"""

import logging
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig, check_used
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import TrainingError
from fer_core.evaluation.calibration import fit_temperature, log_loss, rescale
from fer_core.evaluation.metrics_file import record
from fer_core.models.classical.features import Features
from fer_core.models.classical.systems import CLASSIC, ClassicSystem
from fer_core.progress import StageProgress, of_stage
from fer_core.runs.store import Run, State, Status, utc_now
from fer_core.training.parts import Parts, split_parts
from fer_core.training.recording import Heartbeat, alone, log_to, recorded, report
from fer_core.training.targets import loss_weights

USED_FIELDS = (
    *("preset", "model", "seed", "validation", "class_weights", "exclude_list", "label_review"),
)
"""Of `TrainConfig`; the others are for networks and have to stay as they are."""


def is_classic(config: TrainConfig) -> bool:
    """Whether `config` is for this module rather than for the trainer of networks."""
    return config.model in CLASSIC


def check_config(config: TrainConfig) -> None:
    """Refuses what a classical system would silently ignore.

    Raises:
        ConfigError: names each setting, and what is valid.
    """
    check_used(config, USED_FIELDS, "is no network", TrainConfig(epochs=1))


def train_classic(run: Run, dataset: Dataset, progress: StageProgress | None = None) -> None:
    """Trains `run` from the beginning to its end.

    Raises:
        ConfigError: a setting has no effect on it.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full, or a class has no training image; `failed`.
        RunError: another process trains this run.
    """
    with alone(run), log_to(run), recorded(run) as check_interrupt:
        check_config(run.config.train)
        report(run, 0)
        heartbeat = Heartbeat(run)

        def heard(stage: str, done: int, total: int) -> None:
            if progress is not None:
                progress(stage, done, total)
            heartbeat.beat(0)
            check_interrupt()

        _train(run, split_parts(dataset, run.config.train), heard)


def _train(run: Run, parts: Parts, progress: StageProgress) -> None:
    start = time.perf_counter()
    config = run.config.train
    system = CLASSIC[config.model]
    _check_parts(parts)
    features = _describe(system, parts.train, "training images", progress)
    held_out = _describe(system, parts.validation, "validation images", progress)
    pipeline, value = _choose(system, config, parts, features, held_out, progress)
    classifier = pipeline[-1]
    raw = system.learner.probabilities(classifier, held_out)
    temperature = fit_temperature(raw, parts.validation.labels)
    validation = rescale(raw, temperature)
    training = rescale(system.learner.probabilities(classifier, features), temperature)
    row = {
        "epoch": 1,
        "accuracy": round(_accuracy(training, parts.train), 6),
        "loss": round(log_loss(training, parts.train.labels), 6),
        "val_accuracy": round(_accuracy(validation, parts.validation), 6),
        "val_loss": round(log_loss(validation, parts.validation.labels), 6),
        "seconds": round(time.perf_counter() - start, 1),
    }
    # Everything is chosen now; the test images are evaluated only from here on.
    heard = of_stage(progress, "features of test images")
    pipeline[0].set_params(kw_args={"progress": heard})
    test = rescale(system.learner.probabilities(pipeline, parts.test.images), temperature)
    run.write_history([row])
    chosen = f"{system.learner.parameter}={value:g}"
    record(
        run,
        parts.predictions(validation, test),
        chosen,
        parameters={"total": system.learner.count_numbers(classifier), "non_trainable": 0},
        exported_epoch=1,
        temperature=temperature,
        finished=utc_now(),
    )
    run.write_status(Status(state=State.DONE, epoch=config.epochs, epochs=config.epochs))
    logging.getLogger(__name__).info("Finished '%s' with %s.", run.run_id, chosen)


def _choose(
    system: ClassicSystem,
    config: TrainConfig,
    parts: Parts,
    features: Features,
    held_out: Features,
    progress: StageProgress,
) -> tuple[Any, float]:
    """The fitted pipeline of the best validation accuracy, and its value of the setting."""
    learner = system.learner
    weights = dict(enumerate(loss_weights(parts.train, config).tolist()))
    best: tuple[Any, float] | None = None
    best_accuracy = -1.0
    for number, value in enumerate(learner.grid, 1):
        name = f"{learner.parameter} {value:g}, {number} of {len(learner.grid)}"
        progress(name, 0, 1)
        pipeline = system.pipeline(value, class_weight=weights, random_state=config.seed)
        learner.fit(pipeline[-1], features, parts.train.labels, of_stage(progress, name))
        accuracy = _accuracy(learner.probabilities(pipeline[-1], held_out), parts.validation)
        logging.getLogger(__name__).info(
            "%s=%g: accuracy on validation images %.4f", learner.parameter, value, accuracy
        )
        if accuracy > best_accuracy:
            best, best_accuracy = (pipeline, value), accuracy
    if best is None:
        raise TrainingError(f"{system.name} has no value of {learner.parameter} to try.")
    return best


def _describe(system: ClassicSystem, faces: Faces, what: str, progress: StageProgress) -> Features:
    return system.features.extract(faces.images, of_stage(progress, f"features of {what}"))


def _check_parts(parts: Parts) -> None:
    present = len(np.unique(parts.train.labels))
    if present < NUM_CLASSES or not len(parts.validation):
        raise TrainingError(
            f"There are {len(parts.validation)} validation images, and the training images "
            f"cover {present} of the {NUM_CLASSES} classes. Training needs validation images "
            "and every class: add images, or choose another validation split."
        )


def _accuracy(scores: NDArray[np.float64], faces: Faces) -> float:
    return float((scores.argmax(axis=1) == faces.labels).mean()) if len(faces) else 0.0
