"""Which backend carries out a job."""

from pathlib import Path

from fer_core import paths
from fer_core.jobs.base import Place, read_spec
from fer_core.jobs.kaggle.backend import KaggleBackend
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.ray.backend import RayBackend
from fer_core.jobs.ray.settings import RaySettings
from fer_core.runs.store import check_run_id


def backend_at(
    place: Place, root: Path | None = None, ray: RaySettings | None = None
) -> LocalBackend:
    """The backend for new jobs at `place`, on which Ray cluster, in the runs folder `root`."""
    if place is Place.RAY:
        return RayBackend(root, ray=ray)
    return KaggleBackend(root) if place is Place.KAGGLE else LocalBackend(root)


def backend_of(run_id: str, root: Path | None = None) -> LocalBackend:
    """The backend of a job that there is; the local one for a run started by command.

    Raises:
        RunError: `run_id` is no valid name.
    """
    check_run_id(run_id)
    spec = read_spec((paths.runs_dir() if root is None else root) / run_id)
    return backend_at(spec.place if spec is not None else Place.LOCAL, root)
