"""Reading and writing run folders, `artifacts/runs/<run_id>/`.

| file | what |
|---|---|
| `config.json` | `RunConfig`: what was trained, on which data, with which versions |
| `history.csv` | one row an epoch (`HISTORY_COLUMNS`, and `phase` where there are several) |
| `status.json` | `Status`: state, epoch, heartbeat |
| `model.onnx`, `model.keras` | the final network |
| `predictions.npz` | `Predictions` on validation and test |
| `metrics.json` | figures derived from the predictions; can be rebuilt |
| `robustness.csv` | figures on corrupted test images (`evaluate RUN_ID --robustness`) |
| `test_time.csv` | figures with test-time augmentation (`evaluate`) |
| `ten_crops.npz` | `Predictions` on test, the mean over ten crops (`evaluate`) |
| `map.npz` | validation and test faces in two dimensions (`map RUN_ID`) |

Formats of the first two are described in `fer_core.runs.records`. A folder is a run only when
its `config.json` parses; others that have one are named by `unreadable_runs`. Files appear
whole: they are written beside and renamed.
"""

from contextlib import suppress
from pathlib import Path

from fer_core import paths
from fer_core.classes import FINGERPRINT
from fer_core.config import Validation
from fer_core.errors import RunError
from fer_core.files import write_text
from fer_core.runs.names import check_name_free, check_run_id
from fer_core.runs.records import HISTORY_COLUMNS, Predictions, RunConfig, State, Status, utc_now
from fer_core.runs.run import Run, write_history
from fer_core.runs.status import read_status, write_status

__all__ = [
    "HISTORY_COLUMNS",
    "Predictions",
    "Run",
    "RunConfig",
    "State",
    "Status",
    "check_name_free",
    "check_run_id",
    "default_run",
    "get_run",
    "list_runs",
    "read_status",
    "set_default_run",
    "unreadable_runs",
    "utc_now",
    "why_no_model",
    "write_history",
    "write_status",
]

CHOSEN = "default-run"
"""File in the runs folder that names the run to serve, if its owner chose one."""


def list_runs(root: Path | None = None) -> list[Run]:
    """Every readable run, the latest started first."""
    runs = [run for run in _read_all(root).values() if isinstance(run, Run)]
    return sorted(runs, key=lambda run: run.config.started, reverse=True)


def unreadable_runs(root: Path | None = None) -> dict[str, str]:
    """Names of runs that `list_runs` leaves out, each with a sentence on why and what to do."""
    found = {name: run for name, run in _read_all(root).items() if isinstance(run, str)}
    return dict(sorted(found.items()))


def get_run(run_id: str, root: Path | None = None) -> Run:
    """The run named `run_id`.

    Raises:
        RunError: there is none; the message lists those there are.
    """
    root = paths.runs_dir() if root is None else root
    check_run_id(run_id)
    found = (_read(place / run_id) for place in _places(root))
    run = next((run for run in found if run is not None), None)
    if isinstance(run, str):
        raise RunError(f"Run '{run_id}' cannot be read: {run}")
    if run is None:
        names = ", ".join(other.run_id for other in list_runs(root)) or "none yet"
        raise RunError(f"There is no run '{run_id}'. Runs: {names}.")
    return run


def default_run(root: Path | None = None) -> Run | None:
    """The run that the app serves: the one chosen by `set_default_run`, else of those with a
    model the best on validation images of the published data set.

    Runs on other images or reviewed labels, validated by the report's split, or int8-quantized
    come after those that are not. A run on drawn faces is never served by default, as it says
    nothing about people. None where there is no run to serve.
    """
    root = paths.runs_dir() if root is None else root
    with suppress(RunError):
        chosen = get_run(chosen_run_id(root), root)
        if _rank(chosen) is not None and not chosen.config.synthetic:
            return chosen
    real = [run for run in list_runs(root) if not run.config.synthetic]
    ranked = [(rank, run) for run in real if (rank := _rank(run)) is not None]
    return max(ranked, key=lambda pair: pair[0], default=(None, None))[1]


def why_no_model(run: Run) -> str:
    """Why a run without `model.onnx` has none, and what to do."""
    if run.config.finished is None:
        return f"Run '{run.run_id}' has no model.onnx yet. It is exported when training ends."
    others = [run for run in list_runs(run.folder.parent) if _rank(run) is not None]
    names = ", ".join(other.run_id for other in others) or "none yet"
    return f"Run '{run.run_id}' has no model.onnx. Runs that have one: {names}."


def chosen_run_id(root: Path) -> str:
    """The name that `set_default_run` wrote, empty without one; the run may be gone."""
    with suppress(OSError, UnicodeDecodeError):
        return (root / CHOSEN).read_text(encoding="utf-8").strip()
    return ""


def set_default_run(run_id: str | None, root: Path | None = None) -> None:
    """Makes `run_id` the run that the app serves; None goes back to the best on validation.

    Raises:
        RunError: there is no such run, it has no model or no predictions yet, or learned from
            drawn faces.
    """
    root = paths.runs_dir() if root is None else root
    if run_id is None:
        (root / CHOSEN).unlink(missing_ok=True)
        return
    run = get_run(run_id, root)
    if run.config.synthetic:
        raise RunError(f"Run '{run_id}' learned from drawn faces, so it cannot be the default.")
    if run.config.temporal is not None:
        raise RunError(
            f"Run '{run_id}' smooths what '{run.config.temporal.features_of[0]}' sees over time. "
            "Choose that one as the default."
        )
    if not run.onnx_path.exists():
        raise RunError(why_no_model(run))
    run.predictions()
    root.mkdir(parents=True, exist_ok=True)
    write_text(root / CHOSEN, run_id + "\n")


def _rank(run: Run) -> tuple[bool, bool, bool, bool, float] | None:
    """By accuracy on validation among runs whose figures compare: those on the published images,
    with their published labels, and no copy of a validation image among those trained on, come
    before others; a network as trained before an int8-quantized one (whether that is faster
    depends on the processor). None for a run that cannot serve.
    """
    if not run.onnx_path.exists():
        return None
    try:
        validation = run.predictions().subset("validation")
    except RunError:
        return None
    hits = validation.y_pred == validation.y_true
    accuracy = float(hits.mean()) if len(validation) else 0.0
    train = run.config.train
    return (
        run.config.data_fingerprint == FINGERPRINT,
        train.label_review is None,
        train.validation is Validation.GROUPED,
        run.config.quantized_from is None,
        accuracy,
    )


def _read_all(root: Path | None) -> dict[str, Run | str]:
    """What `_read` says of every folder that is a run, readable or not."""
    places = _places(paths.runs_dir() if root is None else root)
    folders = [folder for place in reversed(places) for folder in folders_in(place)]
    return {folder.name: run for folder in folders if (run := _read(folder)) is not None}


def folders_in(place: Path) -> list[Path]:
    """What lies in a folder; nothing where it is none, or may not be read (`paths.problems`)."""
    try:
        return sorted(place.iterdir())
    except OSError:
        return []


def _places(root: Path) -> list[Path]:
    """Where the runs of `root` are looked for: the user's own come before the package's."""
    packaged = paths.packaged_runs_dir()
    return [root, packaged] if packaged is not None and root == paths.runs_dir() else [root]


def _read(folder: Path) -> Run | str | None:
    """The run in `folder`; why it cannot be read; or None where there is no `config.json`."""
    try:
        run = Run(folder, RunConfig.parse((folder / "config.json").read_text(encoding="utf-8")))
    except RunError as exc:
        return str(exc)
    except ValueError:  # bytes that are no text
        return "its config.json is damaged. Restore the file, or move the folder away."
    except OSError:
        return None
    try:
        check_run_id(folder.name)
    except RunError as exc:
        return f"{exc} Rename the folder."
    return run
