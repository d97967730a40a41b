"""What a training took where it was measured, from `artifacts/reference/training_times.json`."""

from dataclasses import dataclass

from fer_core.reference.files import read_json


@dataclass(frozen=True)
class TrainingTime:
    """Seconds from its request to its end, and the machine."""

    seconds: float
    machine: str


def first_try() -> TrainingTime:
    """Of the training on drawn faces that the Train page offers (`fer_core.jobs.offers`)."""
    return TrainingTime(**read_json("training_times.json")["first_try"])
