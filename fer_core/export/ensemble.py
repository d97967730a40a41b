"""An ensemble: the mean of several runs' probabilities, as a run folder.

Nothing is trained. The members' probabilities on the same images are averaged, and the mean is
calibrated on the validation images as any run is. An ensemble has no model file: it is for the
scoreboard, and its configuration names the members to rebuild it from.

    python -m fer_core ensemble compact tiny
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.evaluation.calibration import fit_temperature, rescale
from fer_core.evaluation.metrics_file import record
from fer_core.runs.names import made_whole
from fer_core.runs.store import (
    Predictions,
    Run,
    RunConfig,
    State,
    Status,
    get_run,
    utc_now,
)

MODEL = "ensemble"
"""`TrainConfig.model` of an ensemble."""


def make_ensemble(members: Sequence[str], run_id: str, root: Path | None = None) -> Run:
    """Writes the run folder of the ensemble of two or more runs with predictions of the same
    images: config, predictions, metrics.

    Raises:
        RunError: the name is not valid or taken, a member is missing, not finished or an
            ensemble, or the members were measured on different images or by different labels.
    """
    root = paths.runs_dir() if root is None else root
    if len(set(members)) < 2 or len(set(members)) < len(members):
        raise RunError("An ensemble needs two or more different runs, each named once.")
    runs = [get_run(name, root) for name in members]
    for run in runs:
        _check_member(run)
    raw = _mean(runs)
    validation = raw.subset("validation")
    temperature = fit_temperature(validation.y_score, validation.y_true)
    scores = rescale(raw.y_score, temperature).astype(np.float32)
    predictions = Predictions(raw.path, raw.split, raw.y_true, scores)
    with made_whole(root / run_id) as made:
        run = Run(made, _config(runs, run_id, predictions, temperature))
        run = record(run, predictions, f"mean of {len(runs)} runs")
        run.write_status(Status(state=State.DONE, epoch=1, epochs=1))
    return Run(root / run_id, run.config)


def _check_member(run: Run) -> None:
    if run.config.members:
        raise RunError(
            f"'{run.run_id}' is an ensemble itself. Name its members in its place: "
            f"{' '.join(run.config.members)}"
        )
    if run.config.finished is None:
        raise RunError(f"Run '{run.run_id}' is not finished. Average it when it is.")


def _mean(runs: list[Run]) -> Predictions:
    """The members' mean probabilities, in the first one's order of images."""
    first, *others = (run.predictions() for run in runs)
    order = np.argsort(first.path)
    total = first.y_score.astype(np.float64)
    for run, other in zip(runs[1:], others, strict=True):
        theirs = np.argsort(other.path)
        same = (
            run.config.data_fingerprint == runs[0].config.data_fingerprint
            and len(other) == len(first)
            and np.array_equal(other.path[theirs], first.path[order])
            and np.array_equal(other.split[theirs], first.split[order])
        )
        if not same:
            raise RunError(
                f"'{runs[0].run_id}' and '{run.run_id}' were measured on different images. "
                "Members need the same data set and the same validation split."
            )
        if not np.array_equal(other.y_true[theirs], first.y_true[order]):
            raise RunError(
                f"'{runs[0].run_id}' and '{run.run_id}' were measured by different labels. Members "
                "need the same label review, or none."
            )
        total[order] += other.y_score[theirs]
    return Predictions(
        first.path, first.split, first.y_true, (total / len(runs)).astype(np.float32)
    )


def _config(
    runs: list[Run], run_id: str, predictions: Predictions, temperature: float
) -> RunConfig:
    """What the ensemble was made from; sizes are those of all members together."""
    first, now = runs[0].config, utc_now()
    reviewed = next((r.config for r in runs if r.config.train.label_review is not None), first)
    return RunConfig(
        run_id=run_id,
        train=TrainConfig(
            preset=MODEL,
            model=MODEL,
            epochs=1,
            validation=first.train.validation,
            label_review=reviewed.train.label_review,
        ),
        members=tuple(run.run_id for run in runs),
        data_fingerprint=first.data_fingerprint,
        synthetic=first.synthetic,
        counts={
            "train": max(run.config.counts["train"] for run in runs),
            "validation": len(predictions.subset("validation")),
            "test": len(predictions.subset("test")),
            **{name: n for name, n in reviewed.counts.items() if name.startswith("review_")},
        },
        parameters={
            name: sum(run.config.parameters[name] for run in runs) for name in first.parameters
        },
        versions=first.versions,
        backend="numpy",
        device="cpu",
        temperature=temperature,
        exported_epoch=1,
        started=now,
        finished=now,
    )
