"""Trains a recurrent network over frames into the run folder that any training leaves.

What a network sees in the frames of clips is computed once (`fer_core.temporal.seen`); then an
epoch takes seconds. After each one a checkpoint is written: stopped and resumed, the run ends at
the same weights.

    python -m fer_core train --preset temporal --run-id mine
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.evaluation.calibration import log_loss
from fer_core.models.temporal import Source, build_temporal
from fer_core.progress import StageProgress, silent
from fer_core.runs.store import Run
from fer_core.temporal.batches import Rows, as_rows
from fer_core.temporal.seen import ByPlace, See, by_place
from fer_core.training import checkpoint
from fer_core.training.checkpoint import Progress
from fer_core.training.loop import Observer, Silent, check_loss, step_callback, tell
from fer_core.training.machine import load_backend
from fer_core.training.recording import Heartbeat, alone, log_to, recorded, report
from fer_core.training.schedules import ScheduleState, advance, learning_rate

_VALIDATION_BATCH = 64


@dataclass(frozen=True)
class Recurrent:
    """A compiled keras.Model of `build_temporal`, and what it was built for."""

    model: Any
    source: Source

    def state(self) -> list[Any]:
        """As `Networks.state`."""
        return [*self.model.variables, *self.model.optimizer.variables]

    def count_weights(self) -> dict[str, int]:
        """In all, and those not trained: the other network's last layer."""
        trained = sum(int(np.prod(weight.shape)) for weight in self.model.trainable_weights)
        total = self.model.count_params()
        return {"total": total, "non_trainable": total - trained}

    def probabilities(self, rows: Rows) -> NDArray[np.float64]:
        """Of every frame that counts, float64 (m, 7)."""
        given = [rows.features, rows.seconds]
        logits = self.model.predict(given, batch_size=_VALIDATION_BATCH, verbose=0)
        logits = logits[rows.weights > 0].astype(np.float64)
        scores = np.exp(logits - logits.max(axis=1, keepdims=True))
        found: NDArray[np.float64] = scores / scores.sum(axis=1, keepdims=True)
        return found


def build(config: TrainConfig, source: Source) -> Recurrent:
    """The network and its optimizer before the first step, drawn from the seed."""
    import keras

    from fer_core.training.optimizers import build_optimizer

    keras.utils.set_random_seed(config.seed)
    model = build_temporal(config, source)
    model.compile(
        optimizer=build_optimizer(config),
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=config.label_smoothing
        ),
        weighted_metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    model.optimizer.build(model.trainable_variables)
    return Recurrent(model, source)


def train_temporal(
    run: Run,
    see: See,
    observer: Observer | None = None,
    progress: StageProgress = silent,
) -> None:
    """Trains `run` from its last finished epoch to its last one; `see` gives the clips.

    Leaves the checkpoint in place: `finish_temporal` turns it into the final files.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM; the state is `stopped`.
        TrainingError: the disk is full, or the loss is no longer a number; `failed`.
        RunError: another process trains this run.
    """
    config, observer = run.config.train, observer or Silent()
    with alone(run), log_to(run), recorded(run) as check_interrupt:
        load_backend()
        report(run, checkpoint.finished_epochs(run.checkpoint_path), stage="Reading clips")
        heartbeat = Heartbeat(run)

        def heard(stage: str, done: int, total: int) -> None:
            progress(stage, done, total)
            heartbeat.beat(0, stage=stage)
            check_interrupt()

        rows = as_rows(see("train", str(config.features_of), heard))
        validation = by_place(see("validation", str(config.features_of), heard))
        network = build(config, rows.source())
        standing = Progress(0, [], ScheduleState(config.learning_rate))
        if checkpoint.exists(run.checkpoint_path):
            standing = checkpoint.restore(run.checkpoint_path, network)
        run.write_history(standing.history)
        report(run, standing.epoch)
        while standing.epoch < config.epochs and not standing.schedule.ended:
            callback = step_callback(run, standing.epoch, observer, check_interrupt)
            standing = _epoch(config, network, rows, validation, standing, callback)
            checkpoint.save(run.checkpoint_path, network, standing)
            tell(run, standing, observer)
            check_interrupt()


def _epoch(
    config: TrainConfig,
    network: Recurrent,
    rows: Rows,
    validation: ByPlace,
    standing: Progress,
    callback: Any,
) -> Progress:
    """Trains the next epoch; its order follows from the seed and the epoch.

    Raises:
        TrainingError: the loss is no longer a number.
    """
    start, epoch = time.perf_counter(), standing.epoch
    rate = learning_rate(standing.schedule, config, epoch)
    network.model.optimizer.learning_rate = rate
    drawn = rows.take(np.random.default_rng([config.seed, epoch]).permutation(len(rows)))
    logs = network.model.fit(
        [drawn.features, drawn.seconds],
        np.eye(NUM_CLASSES, dtype=np.float32)[drawn.labels],
        sample_weight=drawn.weights,
        batch_size=config.batch_size,
        shuffle=False,
        verbose=0,
        callbacks=[callback],
    ).history
    # Keras divides by all frames, those behind a clip's end too, which weigh 0.
    train_loss = logs["loss"][0] * (rows.weights.size / float(rows.weights.sum(dtype=np.float64)))
    accuracy, loss = validate(network, validation)
    row = {
        "epoch": epoch + 1,
        "accuracy": round(logs["accuracy"][0], 6),
        "loss": round(train_loss, 6),
        "val_accuracy": round(accuracy, 6),
        "val_loss": round(loss, 6),
        "learning_rate": rate,
        "seconds": round(time.perf_counter() - start, 1),
    }
    check_loss(row)
    advance(standing.schedule, config, row)
    serving, serving_epoch = standing.serving, standing.serving_epoch
    if config.keep_best and standing.schedule.best_epoch == row["epoch"]:
        serving, serving_epoch = network.model.get_weights(), int(row["epoch"])
    history = [*standing.history, row]
    return Progress(int(row["epoch"]), history, standing.schedule, serving, serving_epoch)


def validate(network: Recurrent, validation: ByPlace) -> tuple[float, float]:
    """Share of right frames and log loss in nats, the mean over the places, each with its clips."""
    found = []
    for clips in validation.values():
        rows = as_rows(clips, max(len(clip.scores) for clip in clips))
        scores, labels = network.probabilities(rows), rows.labels[rows.weights > 0]
        found.append((float((scores.argmax(axis=1) == labels).mean()), log_loss(scores, labels)))
    accuracy, loss = np.mean(found, axis=0)
    return float(accuracy), float(loss)
