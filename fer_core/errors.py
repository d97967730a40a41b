"""Errors that a user can act on.

Every message says what was wrong, what was expected and what to do next. Callers
show `str(error)` as it is: no path of the server, no credential, no traceback.
"""

from fer_core.paths import packaged_runs_dir


class FerError(Exception):
    """Base class of every error that this package raises on purpose.

    Where `wrong_use` is true, a command was asked for what cannot be, and ends with exit code 2
    rather than 1.
    """

    wrong_use = False


class ConfigError(FerError):
    """A training configuration has an unknown key or a value out of range."""

    wrong_use = True


class DataError(FerError):
    """The data set is incomplete, damaged or unsafe to unpack."""


class DataMissingError(DataError):
    """No data set was found where it was looked for."""


class DownloadError(FerError):
    """A download failed; what was there before is untouched."""


class ImageError(FerError):
    """One file could not be read as an image."""


class VideoError(FerError):
    """A file could not be read as a video, or not to its end."""


class DetectorError(FerError):
    """The face detector is missing or failed to load."""


class RunError(FerError):
    """A run folder is missing, incomplete or in the wrong state."""


class ExportError(RunError):
    """An exported model differs from the trained one."""


class TrainingError(FerError):
    """Training could not go on; the run folder keeps the last finished epoch."""


class JobError(FerError):
    """A background training could not be queued, stopped or resumed."""


class ScaleError(FerError):
    """Work on a Ray cluster could not be started or finished."""


class AddressError(ScaleError, JobError):
    """What was given as the address of a cluster, or as the place of its answers, is none."""

    wrong_use = True


_EXTRAS = {
    **dict.fromkeys(("ray", "optuna", "pyarrow"), "scale"),
    **dict.fromkeys(("streamlit", "plotly", "jinja2"), "app"),
}


def environment_hint(missing: ModuleNotFoundError) -> str:
    """What to do where a package is missing that every command needs."""
    if (missing.name or "").startswith("fer_core"):
        raise missing
    return (
        f"This Python lacks the package {missing.name}. Use the environment's "
        "(.venv/bin/python -m fer_core, on Windows .venv\\Scripts\\python -m fer_core), or install "
        "what is needed: python -m pip install -r requirements.txt"
    )


def install_hint(missing: ModuleNotFoundError) -> str:
    """Names the line that installs a package which only an extra of this one brings."""
    package = (missing.name or "").partition(".")[0]
    extra = _EXTRAS.get(package, "train")
    line = f'pip install "fer-dashboard[{extra}]"'
    if extra == "scale" and packaged_runs_dir() is None:
        line = "pip install -r requirements-scale.txt"
    return f"This needs the package {package}, which is not installed here. Install it: {line}"
