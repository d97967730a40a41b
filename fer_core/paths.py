"""Where things lie on disk, and the environment variables that move them.

| variable | default | holds |
|---|---|---|
| `FER_DATA_DIR` | `data/emotion-detection-fer` | the data set: `train/<class>/`, `test/<class>/` |
| `FER_CACHE_DIR` | `.cache` | detector, live video's runtime, what is made of the data set |
| `FER_RUNS_DIR` | `artifacts/runs` | one folder a training run |
| `FER_DETECTOR` | fetched into the cache folder | YuNet's ONNX file, fetched by hand |
| `FER_FERPLUS` | `data/ferplus_votes.csv` | FER+ votes, to train on them |
| `FER_LABEL_REVIEW` | `label_review.csv` beside the data set | what the owner decided on labels |

The defaults lie in the repository. Where the package is installed without it, they lie in the
user's own folders (as `platformdirs` names them), and the default models and the reference
files are read from the package.

`FER_ALLOW_LOCAL_PATHS` (1 or 0) says whether the dashboard's owner may name files of the
server's machine in it; by default only where it listens on this machine alone.
`FER_TRAINING_SLOTS` (1), `FER_MAX_QUEUE` (8), `FER_MAX_EPOCHS` (300) and `FER_MIN_FREE_GB` (2)
limit background training; `FER_RAY_ADDRESS` is the dashboard of a Ray cluster to train on.
`FER_LIVE_SESSIONS` (default 2) is the number of visitors who may
use the Live page's video on the server at once. The settings that help a connection for it are
listed in `pages.parts.live.server.ice`. `FER_LIVE_CDN` is where visitors' browsers find the runtime
for live video where this server has no copy of it (`none`: nowhere). `FER_FETCH_DATA=auto` lets the
dashboard fetch the data set by itself after a start.
"""

import os
from contextlib import suppress
from pathlib import Path

DATA_DIR_VARIABLE = "FER_DATA_DIR"
CACHE_DIR_VARIABLE = "FER_CACHE_DIR"
RUNS_DIR_VARIABLE = "FER_RUNS_DIR"
ALLOW_LOCAL_PATHS_VARIABLE = "FER_ALLOW_LOCAL_PATHS"
DETECTOR_VARIABLE = "FER_DETECTOR"
FERPLUS_VARIABLE = "FER_FERPLUS"
LABEL_REVIEW_VARIABLE = "FER_LABEL_REVIEW"
FETCH_DATA_VARIABLE = "FER_FETCH_DATA"
LIVE_CDN_VARIABLE = "FER_LIVE_CDN"

_PATH_VARIABLES = (
    *(DATA_DIR_VARIABLE, CACHE_DIR_VARIABLE, RUNS_DIR_VARIABLE),
    *(DETECTOR_VARIABLE, FERPLUS_VARIABLE, LABEL_REVIEW_VARIABLE),
)

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The repository; where the package is installed, the folder that it is imported from."""

_PACKAGED = Path(__file__).resolve().parent / "artifacts"
"""What a wheel brings along; there is no such folder in the repository."""
_NAME = "fer-dashboard"


def data_dir() -> Path:
    """Folder of the unpacked data set (it need not exist)."""
    return _from_environment(DATA_DIR_VARIABLE) or _own("data") / "emotion-detection-fer"


def cache_dir() -> Path:
    """Folder for files that can be rebuilt or fetched again (it need not exist)."""
    return _from_environment(CACHE_DIR_VARIABLE) or _own(".cache")


def runs_dir() -> Path:
    """Folder that holds one folder a run (it need not exist)."""
    return _from_environment(RUNS_DIR_VARIABLE) or _own("artifacts") / "runs"


def packaged_runs_dir() -> Path | None:
    """Folder of the runs that an installed package brings; None in the repository."""
    return _PACKAGED / "runs" if _PACKAGED.is_dir() else None


def ablation_dir() -> Path:
    """Folder of the ablation's run folders, beside the runs that the dashboard shows."""
    return runs_dir().parent / "ablation"


def sweeps_dir() -> Path:
    """Folder of the sweeps, beside the runs that the dashboard shows (it need not exist)."""
    return runs_dir().parent / "sweeps"


def detector_file() -> Path | None:
    """The face detector's file that the user named (it need not exist), or None."""
    return _from_environment(DETECTOR_VARIABLE)


def ferplus_file() -> Path:
    """CSV of FER+ votes (it need not exist)."""
    return _from_environment(FERPLUS_VARIABLE) or _own("data") / "ferplus_votes.csv"


def label_review_file() -> Path:
    """CSV of the owner's decisions on labels (it need not exist)."""
    return _from_environment(LABEL_REVIEW_VARIABLE) or data_dir().parent / "label_review.csv"


def reference_dir() -> Path:
    """Folder of published figures, part of the repository and of the package."""
    return (_PACKAGED if _PACKAGED.is_dir() else PROJECT_ROOT / "artifacts") / "reference"


def requirements_file() -> Path:
    """The pinned packages, part of the repository and of the package."""
    return (_PACKAGED if _PACKAGED.is_dir() else PROJECT_ROOT) / "requirements.txt"


def named() -> dict[str, str]:
    """The variables that name a file or folder here, each with its full path: for a process that is
    started in another folder.
    """
    return {
        name: str(path) for name in _PATH_VARIABLES if (path := _from_environment(name)) is not None
    }


def expanded(text: str) -> Path:
    """The path with `~` as the home folder that it stands for; as written where there is none."""
    with suppress(RuntimeError):
        return Path(text).expanduser()
    return Path(text)


def problems() -> list[str]:
    """A sentence for each folder that the environment names and that can be no folder."""
    found = []
    for variable in (DATA_DIR_VARIABLE, CACHE_DIR_VARIABLE, RUNS_DIR_VARIABLE):
        folder = _from_environment(variable)
        if folder is None:
            continue
        if folder.is_dir():
            if not os.access(folder, os.R_OK | os.X_OK):
                found.append(f"{variable} names a folder that this user may not read. Correct it.")
            continue
        above = next((parent for parent in folder.parents if parent.exists()), None)
        if folder.exists():
            found.append(f"{variable} names a file, where a folder is expected. Correct it.")
        elif os.environ[variable].strip().startswith("~") and "~" in folder.parts:
            found.append(f"{variable} begins with ~, but this user has no home. Give a full path.")
        elif above is None or not above.is_dir() or not os.access(above, os.W_OK):
            found.append(
                f"{variable} names a folder that cannot be made. Correct it, or connect its drive."
            )
    return found


def _from_environment(variable: str) -> Path | None:
    value = os.environ.get(variable, "").strip()
    return expanded(value).resolve() if value else None


def _own(name: str) -> Path:
    """Folder `name` of the repository, or what stands for it in the user's home."""
    if not _PACKAGED.is_dir():
        return PROJECT_ROOT / name
    import platformdirs

    if name == ".cache":
        return platformdirs.user_cache_path(_NAME, appauthor=False)
    return platformdirs.user_data_path(_NAME, appauthor=False) / name
