"""Why a training cannot start now, in one sentence; empty where it can."""

from fer_core.config import TrainConfig
from fer_core.errors import JobError
from fer_core.jobs.base import DataSource, Job, Place
from fer_core.jobs.kaggle import backend as kaggle
from fer_core.jobs.limits import limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.needs import missing_needs
from fer_core.jobs.ray import backend as ray
from pages.parts.shared import cached
from pages.parts.train import machine

NO_DATA = "Needs the data set, which is not on this machine."


def runs_here(found: list[Job]) -> bool:
    """Whether a job runs on this machine, or waits to."""
    return any(job.is_active and not job.status.host for job in found)


def missing(
    config: TrainConfig, data: DataSource, jobs: LocalBackend, found: list[Job]
) -> dict[str, str]:
    """What it names and would not find, or what does not suit the images, by option; a run may be
    on its way.
    """
    coming = [job.run_id for job in found if job.is_active]
    images = cached.decoded() if data is DataSource.FER2013 else None
    return missing_needs(config, jobs.root, coming, images)


def refusal(config: TrainConfig, data: DataSource, place: Place, found: list[Job]) -> str:
    """What is too much for this server, does not go to that place, or lacks its images there."""
    try:
        if place is Place.KAGGLE:
            kaggle.check_suited(config, data)
        elif place is Place.RAY:
            ray.check_suited(config)
        limits().check(config, machine.disk(), sum(job.is_active for job in found))
    except JobError as exc:
        return str(exc)
    if data is DataSource.FER2013 and place is not Place.KAGGLE and not cached.has_data():
        return NO_DATA
    return ""
