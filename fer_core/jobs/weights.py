"""A file of ImageNet weights that is handed over with a job.

It is copied into the run folder, so that the job neither depends on the original nor on a
path, can be resumed, and shows its checksum in `job.json`. The copy is removed once the job
is done.
"""

import hashlib
import shutil
from pathlib import Path

from fer_core.config import TrainConfig
from fer_core.errors import JobError, TrainingError
from fer_core.files import write_file
from fer_core.jobs.base import read_spec
from fer_core.models.transfer import BACKBONES, is_transfer

STEM = "imagenet"
SUFFIXES = (".weights.h5", ".h5")
"""Of files that Keras reads weights from, which tells their format by the name's end."""


def check_weights(config: TrainConfig, file: Path) -> str:
    """Refuses a file that cannot be the weights of `config`, as far as it is seen from outside, and
    returns its sha256.

    Raises:
        JobError: says what is wrong.
    """
    if not is_transfer(config):
        raise JobError(
            f"'{config.model}' does not start from ImageNet weights. Omit the file, or "
            f"choose one of {', '.join(BACKBONES)}."
        )
    if not file.name.endswith(SUFFIXES):
        raise JobError(f"'{file.name}' is no weights file of Keras: {' or '.join(SUFFIXES)}.")
    try:
        return _sha256(file)
    except OSError as exc:
        raise JobError(f"'{file.name}' cannot be read. Check its path and its rights.") from exc


def keep_weights(folder: Path, file: Path) -> None:
    """Copies `file` into the run folder; `OSError` where that fails."""
    suffix = next(suffix for suffix in SUFFIXES if file.name.endswith(suffix))
    write_file(folder / f"{STEM}{suffix}", lambda temporary: shutil.copyfile(file, temporary))


def kept_weights(folder: Path) -> Path | None:
    """The copy in the run folder `folder`; None where no file was handed over.

    Raises:
        TrainingError: it is gone or not what was handed over.
    """
    spec = read_spec(folder)
    if spec is None or spec.weights is None:
        return None
    found = (folder / f"{STEM}{suffix}" for suffix in SUFFIXES)
    file = next((path for path in found if path.exists()), None)
    if file is None or _sha256(file) != spec.weights:
        raise TrainingError(
            "The weights file that was handed over with this job is gone or was changed. Submit "
            "a new job with the file."
        )
    return file


def forget_weights(folder: Path) -> None:
    """Removes the copy, which nobody asks for after the first checkpoint."""
    for suffix in SUFFIXES:
        (folder / f"{STEM}{suffix}").unlink(missing_ok=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
