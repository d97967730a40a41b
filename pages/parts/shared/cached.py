"""What pages read, kept in memory until the files behind it change.

Each function takes the stamp of its files into the cache key, so a run that grows or a
data set that arrives shows at the next rerun. Shared objects are read-only.
"""

import contextlib
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from fer_core import paths
from fer_core.classes import CLASS_NAMES, FACE_SIZE
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.runs import store
from fer_core.runs.store import Predictions, Run

if TYPE_CHECKING:
    from fer_core.evaluation.metrics import Report
    from fer_core.evaluation.subsets import View
    from fer_core.inference.classifier import Classifier
    from fer_core.inference.predictor import Predictor

Stamp = tuple[tuple[str, int, int], ...]
"""(name, modified in ns, bytes) of each file that matters."""

_RUN_FILES = (
    "config.json",
    "status.json",
    "history.csv",
    "predictions.npz",
    "model.onnx",
)


def runs() -> list[Run]:
    """Every readable run, the latest started first."""
    root = paths.runs_dir()
    folders = sorted(root.iterdir()) if root.is_dir() else []
    stamp = tuple(entry for folder in folders for entry in _stamp(folder, ("config.json",)))
    return _runs(str(root), stamp)


def default_run() -> Run | None:
    """The run that the app serves; None where no run has a model."""
    all_runs = runs()
    stamp = tuple(
        entry for run in all_runs for entry in _stamp(run.folder, ("predictions.npz", "model.onnx"))
    )
    stamp += _stamp(paths.runs_dir(), (store.CHOSEN,))
    return _default_run(str(paths.runs_dir()), stamp)


def history(run: Run) -> pd.DataFrame:
    """The run's epochs so far, with `store.HISTORY_COLUMNS`."""
    return _history(str(run.folder), _stamp(run.folder, ("history.csv",)), run)


def predictions(run: Run) -> Predictions:
    """The run's scores on validation and test.

    Raises:
        RunError: it has none yet, or they are damaged.
    """
    return _predictions(str(run.folder), _stamp(run.folder, ("predictions.npz",)), run)


def report(run: Run, subset: str = "all", labels: str = "FER2013") -> "Report":
    """Figures of the run in a view of the test set, as `evaluation.subsets.view_test` names it.

    Raises:
        RunError: it has no predictions yet, none in this view, or the view is not known for
            its images.
    """
    stamp = _stamp(run.folder, ("config.json", "predictions.npz"))
    return _report(str(run.folder), stamp, subset, labels, run)


def view(run: Run, subset: str, labels: str) -> "View":
    """The images of that view and what it leaves out.

    Raises:
        RunError: it has no predictions yet, or the view is not known for its images.
    """
    stamp = _stamp(run.folder, ("config.json", "predictions.npz"))
    return _view(str(run.folder), stamp, subset, labels, run)


def reports(run: Run) -> dict[str, "Report"]:
    """The run's reports on `all` and `PrivateTest`, as the scoreboard takes them.

    Raises:
        RunError: its predictions are damaged, or cover no test image.
    """
    found = {"all": report(run)}
    # A run on other images may have none in PrivateTest; it then has no figure there.
    with contextlib.suppress(RunError):
        found["PrivateTest"] = report(run, "PrivateTest")
    return found


def has_data() -> bool:
    """Whether the data set is on this machine."""
    return fer2013.is_available()


def dataset() -> fer2013.Dataset:
    """The data set, its images memory-mapped.

    The first call on a machine decodes all images, which takes many seconds; show
    progress with `fer2013.load(progress=...)` before, where that matters.

    Raises:
        DataMissingError: there is none.
        DataError: it is incomplete.
    """
    root = paths.data_dir()
    folders = [f"{split}/{name}" for split in fer2013.SPLITS for name in CLASS_NAMES]
    return _dataset(str(root), str(paths.cache_dir()), _stamp(root, folders))


def classifier(run: Run) -> "Classifier":
    """The run's network, loaded once a process."""
    return _classifier(str(run.onnx_path), _stamp(run.folder, ("model.onnx",)), run)


def predictor(run: Run) -> "Predictor":
    """The run's network behind the face detector of this process."""
    from fer_core.inference.detector import load_detector
    from fer_core.inference.predictor import Predictor

    return Predictor(classifier(run), load_detector())


def ms_per_face(run: Run) -> float | None:
    """Median time for one face on one thread of this machine, in ms; None without a model."""
    if not run.onnx_path.exists():
        return None
    return _ms_per_face(str(run.onnx_path), _stamp(run.folder, ("model.onnx",)), run)


def model_bytes(run: Run) -> int:
    """Size of `model.onnx`; 0 where there is none."""
    return run.onnx_path.stat().st_size if run.onnx_path.exists() else 0


def stamp_of(folder: Path, names: tuple[str, ...]) -> Stamp:
    """The stamp of a folder's files, for what other modules keep in memory."""
    return _stamp(folder, names)


def _stamp(folder: Path, names: "tuple[str, ...] | list[str]") -> Stamp:
    stamp = []
    for name in names:
        try:
            stat = (folder / name).stat()
        except OSError:
            continue
        stamp.append((f"{folder.name}/{name}", stat.st_mtime_ns, stat.st_size))
    return tuple(stamp)


@st.cache_resource(show_spinner=False, max_entries=4)
def _runs(root: str, stamp: Stamp) -> list[Run]:
    return store.list_runs(Path(root))


@st.cache_resource(show_spinner=False, max_entries=4)
def _default_run(root: str, stamp: Stamp) -> Run | None:
    return store.default_run(Path(root))


@st.cache_data(show_spinner=False, max_entries=64)
def _history(folder: str, stamp: Stamp, _run: Run) -> pd.DataFrame:
    return _run.history()


@st.cache_resource(show_spinner=False, max_entries=16)
def _predictions(folder: str, stamp: Stamp, _run: Run) -> Predictions:
    return _run.predictions()


@st.cache_resource(show_spinner=False, max_entries=64)
def _report(folder: str, stamp: Stamp, subset: str, labels: str, _run: Run) -> "Report":
    from fer_core.evaluation.metrics import evaluate

    return evaluate(view(_run, subset, labels).predictions)


@st.cache_resource(show_spinner=False, max_entries=16)
def _view(folder: str, stamp: Stamp, subset: str, labels: str, _run: Run) -> "View":
    from fer_core.evaluation.subsets import view_test

    fingerprint = _run.config.data_fingerprint
    return view_test(predictions(_run), subset, labels, data_fingerprint=fingerprint)


@st.cache_resource(show_spinner=False, max_entries=2)
def _dataset(root: str, cache: str, stamp: Stamp) -> fer2013.Dataset:
    return fer2013.load(Path(root))


@st.cache_resource(show_spinner=False, max_entries=2)
def _classifier(path: str, stamp: Stamp, _run: Run) -> "Classifier":
    from fer_core.inference.classifier import Classifier

    return Classifier(_run)


@st.cache_data(show_spinner=False, max_entries=64)
def _ms_per_face(path: str, stamp: Stamp, _run: Run) -> float | None:
    import numpy as np

    try:
        network = classifier(_run)
    except ImportError:
        return None
    face = np.zeros((1, FACE_SIZE, FACE_SIZE, 1), np.uint8)
    seconds = []
    for _ in range(25):
        start = time.perf_counter()
        network.predict(face)
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds[5:]))
