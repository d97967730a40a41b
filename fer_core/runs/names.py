"""Names of runs: which are folders everywhere, and which are free."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer_core import paths
from fer_core.errors import RunError
from fer_core.files import replace

_RUN_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9_-])?")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Windows takes these for devices, whatever their ending."""
_BEFORE_CONFIG = {"excluded.csv", "label_review.csv", "clips.npz"}
"""What a run that was killed while its folder was made may have left."""


def check_run_id(run_id: str) -> None:
    """Raises `RunError` unless `run_id` is a plain folder name in lower case, on Windows too."""
    if not _RUN_ID.fullmatch(run_id):
        raise RunError(
            f"'{run_id}' is not a run name. Use 1-80 of a-z, 0-9, '.', '_', '-', "
            "beginning with a letter or digit and not ending with a dot."
        )
    if _DEVICES.fullmatch(run_id):
        raise RunError(
            f"'{run_id}' is not a run name: Windows has a device of that name. Choose another."
        )


def is_packaged(folder: Path) -> bool:
    """Whether the installed package brings a run of that name, which one in `folder` would hide."""
    packaged = paths.packaged_runs_dir()
    if packaged is None or folder.parent != paths.runs_dir():
        return False
    return (packaged / folder.name).is_dir()


def check_name_free(folder: Path, *, reserved: bool = False) -> None:
    """Raises `RunError` where the name of `folder` is not valid, or there is a run in it or of its
    name in the installed package; an empty one may be `reserved`.
    """
    check_run_id(folder.name)
    if is_packaged(folder):
        raise RunError(f"The installed package brings a run '{folder.name}'. Choose another name.")
    begun = {path.name for path in folder.glob("[!.]*")}
    if "config.json" in begun or (not reserved and begun - _BEFORE_CONFIG):
        raise RunError(
            f"There is a run '{folder.name}' already. Choose another name, or resume that run if "
            "it has stopped."
        )


@contextmanager
def made_whole(folder: Path) -> Iterator[Path]:
    """A folder of the same name, in a hidden one beside, that becomes the run's `folder` at the
    end: whoever is interrupted leaves no half run, and the name is free.

    Raises:
        RunError: as `check_name_free`, before and at the end.
    """
    check_name_free(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as hidden:
        made = Path(hidden) / folder.name
        made.mkdir()
        yield made
        check_name_free(folder)
        shutil.rmtree(folder, ignore_errors=True)  # what a killed start may have left
        replace(made, folder)
