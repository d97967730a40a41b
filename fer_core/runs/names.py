"""Names of runs: which are folders everywhere, and which are free."""

import re
from pathlib import Path

from fer_core import paths
from fer_core.errors import RunError

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
