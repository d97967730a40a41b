"""How far a job is and how long it will still take, from what its folder says."""

from dataclasses import dataclass

import pandas as pd

from fer_core.config import TrainConfig, Validation
from fer_core.data import fer2013
from fer_core.data.download.install import PUBLISHED_IMAGES
from fer_core.jobs.base import DataSource, Job

DRAWN_IMAGES = 420
"""Training images of the set of drawn faces that jobs make (`fer_core.data.synthetic.dataset`)."""
_RECENT = 3
"""Epochs whose duration is taken for those to come; the first one compiles."""


@dataclass(frozen=True)
class Pace:
    """How a job goes: the share of the training that is done, 0-1, and how fast it is.

    The other three follow from the epochs that have ended or, before the first has, from the steps
    of that one; None before there are two.
    """

    share: float
    epoch_seconds: float | None
    seconds_left: float | None
    images_per_second: float | None


def pace(job: Job, history: pd.DataFrame) -> Pace:
    """How `job` goes; `history` has a row for each finished epoch."""
    status = job.status
    within = status.step / status.steps if status.steps else 0.0
    done = status.epoch + within
    share = min(1.0, done / status.epochs) if status.epochs else 0.0
    seconds = status.step_seconds * status.steps
    if not history.empty:
        recent = history["seconds"].iloc[1:] if len(history) > 1 else history["seconds"]
        seconds = float(recent.tail(_RECENT).mean())
    if not seconds:
        return Pace(share, None, None, None)
    images = 0
    if job.run is not None and job.run.config.temporal is None:  # that one trains on clips
        images = job.run.config.counts.get("train", 0)
    return Pace(
        share=share,
        epoch_seconds=seconds,
        seconds_left=seconds * max(0.0, status.epochs - done),
        images_per_second=images / seconds if images else None,
    )


def training_images(config: TrainConfig, data: DataSource) -> int:
    """About how many images an epoch has: of the data set that is here, else of the published."""
    images = DRAWN_IMAGES
    if data is DataSource.FER2013:
        images = fer2013.count_train_files() or PUBLISHED_IMAGES["train"]
    validation = 0.25 if config.validation is Validation.REPORT else 0.1
    return round(images * (1 - validation))
