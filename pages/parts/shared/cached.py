"""What pages read, kept in memory until what it was read from changes.

A run is told by its settings and by the stamps of its files, so one that is finished meanwhile,
or whose temperature is fitted, shows at the next rerun. Shared objects are read-only.
"""

import contextlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd
import streamlit as st

from fer_core import paths
from fer_core.data import cache, fer2013, layout
from fer_core.errors import DataError, RunError
from fer_core.runs import store, table
from fer_core.runs.store import Predictions, Run
from pages.parts.shared import install
from pages.parts.shared.decoding import Decoding

if TYPE_CHECKING:
    from fer_core.evaluation.metrics import Report
    from fer_core.evaluation.subsets import View
    from fer_core.evaluation.timing import Timing
    from fer_core.inference.classifier import Classifier
    from fer_core.inference.predictor import Predictor
    from fer_core.inference.temporal import TemporalModel

Value = TypeVar("Value")
Stamp = tuple[tuple[str, int, int], ...]
"""(path, modified in ns, bytes) of each file that is there."""


def stamp_of(files: Iterable[Path]) -> Stamp:
    """The stamp of these files."""
    stamp = []
    for file in files:
        with contextlib.suppress(OSError):
            stat = file.stat()
            stamp.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(stamp)


def identity(run: Run) -> tuple[str, str, Stamp]:
    """Equal for runs that give equal answers and figures."""
    # Its settings as `run` holds them: a config.json written since is another run's, which the
    # next rerun reads.
    names = "predictions.npz", "model.onnx", "test_time.csv", "ten_crops.npz"
    files = stamp_of(run.folder / name for name in names)
    return str(run.folder), run.config.model_dump_json(), files


BY_RUN = {Run: identity}
"""`hash_funcs` of a function that is kept by run."""


def kept(read: Callable[..., Value], *given: Any, files: Iterable[Path] = ()) -> Value:
    """`read(*given)`, done again when one of the files has changed; shared, so read-only."""
    result: Value = _kept(f"{read.__module__}.{read.__qualname__}", stamp_of(files), given, read)
    return result


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=BY_RUN)
def _kept(name: str, stamp: Stamp, given: tuple[Any, ...], _read: Callable[..., Any]) -> Any:
    return _read(*given)


def runs() -> list[Run]:
    """Every readable run of what reads faces, the latest started first."""
    return _all_runs()[0]


def unreadable_runs() -> dict[str, str]:
    """Names of runs that cannot be read, each with a sentence on why and what to do."""
    return _all_runs()[1]


def recurrent_runs() -> list[str]:
    """Names of runs that follow another's features over time."""
    return _all_runs()[2]


def _all_runs() -> tuple[list[Run], dict[str, str], list[str]]:
    root = paths.runs_dir()
    folders = store.folders_in(root)
    return kept(_list_runs, root, folders, files=[folder / "config.json" for folder in folders])


def _list_runs(root: Path, _: list[Path]) -> tuple[list[Run], dict[str, str], list[str]]:
    found = store.list_runs(root)
    runs = [run for run in found if run.config.temporal is None]
    recurrent = [run.run_id for run in found if run.config.temporal is not None]
    return runs, store.unreadable_runs(root), recurrent


def default_run() -> Run | None:
    """The run that the app serves; None where no run has a model."""
    root = paths.runs_dir()
    return kept(_choose_default, root, runs(), files=[root / store.CHOSEN])


def _choose_default(root: Path, _: list[Run]) -> Run | None:
    return store.default_run(root)


def best_first(given: Iterable[Run]) -> list[Run]:
    """The runs by their accuracy on all test images, as `runs.table.best_first` orders them."""
    found = list(given)
    return table.best_first(found, {run.run_id: test_accuracy(run) for run in found})


@st.cache_data(show_spinner=False, max_entries=512, hash_funcs=BY_RUN)
def test_accuracy(run: Run) -> float:
    """Share of all test images, 0-1, that the run got right; NaN where it was not tested, or its
    predictions are damaged.
    """
    try:
        return table.accuracy(predictions(run).subset("test"))
    except RunError:
        return float("nan")


def history(run: Run) -> pd.DataFrame:
    """The run's epochs so far, with `store.HISTORY_COLUMNS`."""
    return kept(Run.history, run, files=[run.folder / "history.csv"]).copy()


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=BY_RUN)
def predictions(run: Run) -> Predictions:
    """The run's scores on validation and test.

    Raises:
        RunError: it has none yet, or they are damaged.
    """
    return run.predictions()


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs=BY_RUN)
def ten_crops(run: Run) -> Predictions | None:
    """The run's scores on test over ten crops; None where they were not measured.

    Raises:
        RunError: a file is damaged.
    """
    from fer_core.evaluation.test_time_augmentation import read_ten_crops

    return read_ten_crops(run)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=BY_RUN)
def view(run: Run, subset: str, labels: str, by_ten_crops: bool = False) -> "View":
    """The images of that view, as `evaluation.subsets.view_test` names it, and what it leaves out.

    Raises:
        RunError: it has no predictions yet, or the view is not known for its images.
    """
    from fer_core.evaluation.subsets import view_test
    from fer_core.evaluation.test_time_augmentation import missing

    scores = ten_crops(run) if by_ten_crops else predictions(run)
    if scores is None:
        raise RunError(missing(run))
    return view_test(scores, subset, labels, data_fingerprint=run.config.data_fingerprint)


def report(
    run: Run, subset: str = "all", labels: str = "FER2013", by_ten_crops: bool = False
) -> "Report":
    """Figures of the run in that view; raises as `view`, and where the view holds no image."""
    return _report(run, subset, labels, by_ten_crops)


@st.cache_resource(show_spinner=False, max_entries=64, hash_funcs=BY_RUN)
def _report(run: Run, subset: str, labels: str, by_ten_crops: bool) -> "Report":
    from fer_core.evaluation.metrics import evaluate

    shown = view(run, subset, labels, by_ten_crops)
    return evaluate(shown.predictions, shown.groups)


def has_data() -> bool:
    """Whether the data set is on this machine, and is not being put in place just now."""
    job = install.installer()
    return fer2013.is_available() and not (job.running and job.hides)


def dataset() -> fer2013.Dataset:
    """The data set, its images memory-mapped.

    The first call on a machine decodes all images, which takes many seconds; show the progress of
    `decoding` before, where that matters.

    Raises:
        DataError: there is none, or it cannot be used.
    """
    found = decoding()
    found.wait()
    if found.value is None:
        why = found.error or "The images could not be read; the server's log has the reason."
        raise DataError(why)
    return found.value


def decoding() -> Decoding:
    """How far the data set is read, which begins at the first call; what cannot be used is not
    read again at once.
    """
    root = paths.data_dir()
    given = root, paths.cache_dir(), stamp_of(root / folder for folder in layout.class_folders())
    if _decoding(*given).is_stale:
        _decoding.clear(*given)
    return _decoding(*given)


def decoded() -> fer2013.Dataset | None:
    """The data set, where it is on this machine and its images need no decoding first."""
    if not has_data():
        return None
    root = paths.data_dir()
    stamp = stamp_of(root / folder for folder in layout.class_folders())
    with contextlib.suppress(DataError):  # changed meanwhile
        return dataset() if _is_decoded(root, paths.cache_dir(), stamp) else None
    return None


@st.cache_data(show_spinner=False, max_entries=2, ttl=60)
def _is_decoded(root: Path, cache_dir: Path, stamp: Stamp) -> bool:
    return cache.is_decoded(root)


@st.cache_resource(show_spinner=False, max_entries=2)
def _decoding(root: Path, cache: Path, stamp: Stamp) -> Decoding:
    return Decoding(root)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=BY_RUN)
def classifier(run: Run) -> "Classifier":
    """The run's network, loaded once a process."""
    from fer_core.inference.classifier import Classifier

    return Classifier(run)


def predictor(run: Run, over_time: Run | None = None) -> "Predictor":
    """The run's network behind the face detector of this process; the recurrent network of the run
    `over_time`, if any, reads its features in videos.
    """
    from fer_core.inference.detector import load_detector
    from fer_core.inference.predictor import Predictor

    follower = temporal(over_time) if over_time is not None else None
    unsure = run.config.abstain_below or 0.0
    return Predictor(classifier(run), load_detector(), unsure_below=unsure, temporal=follower)


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs=BY_RUN)
def temporal(run: Run) -> "TemporalModel":
    """The run's recurrent network, loaded once a process.

    Raises:
        RunError: it cannot be used.
    """
    from fer_core.inference.temporal import TemporalModel

    return TemporalModel(run)


def timing(run: Run) -> "Timing | None":
    """The run's stored time for one face, with its machine; None where it was not measured.

    Raises:
        RunError: the file is damaged.
    """
    from fer_core.evaluation import timing

    return kept(timing.read, run, files=[run.folder / timing.FILE_NAME])
