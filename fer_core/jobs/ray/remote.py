"""What runs on the cluster: one training without dashboard, queue or export.

It lies in the package that was sent (`fer_core.jobs.ray.backend`) and is begun by `start.py`,
beside `job.json` and, for a run that continues, its folder and those of the runs that it learns
from. It tells its log what `fer_core.jobs.ray.told` reads, and leaves `run.zip` in the shared
storage after each epoch or, where there is none, in its log when it ends. It ends well when asked
to stop. Ray itself is not used.
"""

import logging
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

from fer_core import paths
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from fer_core.errors import DataMissingError, FerError, TrainingError
from fer_core.jobs import parcel
from fer_core.jobs.base import DataSource, JobSpec, read_spec
from fer_core.jobs.ray import told
from fer_core.jobs.ray.settings import RaySettings
from fer_core.jobs.ray.storage import Storage
from fer_core.jobs.worker import explain, synthetic_dir
from fer_core.runs.store import Run, get_run

RUNS = "runs"
"""Folder of the package that holds run folders."""
_STEP_SECONDS = 5.0


def main(sent: Path) -> int:
    """Trains what the package in the folder `sent` asks for.

    Returns:
        The process's exit status: 0 done, 130 stopped, 1 failed.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("fer_core").setLevel(logging.INFO)
    cache = Path.home() / ".cache" / "fer-dashboard"
    os.environ.setdefault(paths.CACHE_DIR_VARIABLE, str(cache))
    os.environ.setdefault(paths.DATA_DIR_VARIABLE, str(cache / "data"))
    spec = read_spec(sent)
    if spec is None or spec.ray is None:
        raise SystemExit("The package holds no job.json of a Ray job.")
    with tempfile.TemporaryDirectory(prefix="fer-") as folder:
        runs = Path(folder)
        if (sent / RUNS).is_dir():
            shutil.copytree(sent / RUNS, runs, dirs_exist_ok=True)
        code, why = 0, ""
        try:
            _train(spec, spec.ray, runs)
        except KeyboardInterrupt:
            code = 130
        except FerError as exc:
            code, why = 1, str(exc)
        except Exception as exc:  # whatever a library raises, the log has to say so
            traceback.print_exc()
            code, why = 1, explain(exc)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if why:
            told.tell(told.FAILED, why)
        try:
            _hand_over(spec, spec.ray, runs)
        except FerError as exc:
            told.tell(told.FAILED, str(exc))
            return 1
        return code


def _train(spec: JobSpec, settings: RaySettings, runs: Path) -> None:
    from fer_core.training import create, loop, machine

    dataset = _load(spec, settings)
    told.tell(told.STAGE, "Loading Keras")
    machine.load_backend()
    device = machine.describe_backend()[1]
    if settings.gpus and device == "cpu":
        raise TrainingError(
            "The cluster lent a GPU that Keras does not find there. Check the node's driver, and "
            "that packages with GPU support are installed there; or train on its processors: "
            "GPUs 0."
        )
    if (runs / spec.run_id / "config.json").exists():
        run = create.resume_run(spec.run_id, dataset, runs)
    else:
        run = create.create_run(spec.train, dataset, spec.run_id, runs)
    told.tell(told.CONFIG, run.config.model_dump(mode="json"))
    told.tell(told.STAGE, "Training")
    pretrained = loop.first_weights(run)
    loop.train(run, dataset, _Teller(spec, settings, run), pretrained=pretrained)


def _load(spec: JobSpec, settings: RaySettings) -> Dataset:
    """The images of the job: drawn here, read from a shared path, or downloaded once a node."""
    if spec.data is DataSource.SYNTHETIC:
        from fer_core.data.synthetic.dataset import write_synthetic

        if not fer2013.is_available(synthetic_dir()):
            told.tell(told.STAGE, "Drawing faces")
            write_synthetic(synthetic_dir())
        return fer2013.load(synthetic_dir())
    if settings.data:
        told.tell(told.STAGE, "Reading the images")
        if not fer2013.is_available(Path(settings.data)):
            raise DataMissingError(
                f"The cluster finds no data set in {settings.data}. Give the folder that holds "
                "train and test, by a path that its nodes see."
            )
        return fer2013.load(Path(settings.data))
    from fer_core.data.download.fetch import download

    told.tell(told.STAGE, "Downloading the data set")
    return fer2013.load(download())


class _Teller(parcel.Printer):
    """Tells the log how far training is, and keeps what it has trained in the shared storage."""

    def __init__(self, spec: JobSpec, settings: RaySettings, run: Run) -> None:
        self._spec, self._settings, self._run = spec, settings, run
        self._last = self._first = 0.0

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        now = time.monotonic()
        self._first = now if step == 1 else self._first
        if now - self._last > _STEP_SECONDS:
            self._last = now
            each = (now - self._first) / (step - 1) if step > 1 else 0.0
            told.tell(told.STEP, {"step": step, "steps": steps, "step_seconds": round(each, 4)})

    def on_epoch(self, row: dict[str, float]) -> None:
        super().on_epoch(row)
        if self._settings.storage:
            _store(self._spec, self._settings, self._run)


def _hand_over(spec: JobSpec, settings: RaySettings, runs: Path) -> None:
    """Sends the run home as it is now, if it has begun and has a checkpoint."""
    try:
        run = get_run(spec.run_id, runs)
    except FerError:
        return
    if not run.checkpoint_path.exists():
        return
    if settings.storage:
        _store(spec, settings, run)
    else:
        told.tell_result(_packed(run))


def _store(spec: JobSpec, settings: RaySettings, run: Run) -> None:
    Storage(settings.storage).put(f"{spec.remote}.zip", _packed(run))


def _packed(run: Run) -> bytes:
    target = run.folder.parent / parcel.RESULT
    parcel.pack(run, target)
    return target.read_bytes()


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt
