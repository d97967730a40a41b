"""Processes that outlive whoever started them: how one is started, and how it is stopped."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from fer_core import paths
from fer_core.errors import JobError
from fer_core.jobs.base import read_spec
from fer_core.runs import process
from fer_core.training.machine import BACKEND_VARIABLE

LOG_FILE = "train.log"
_SECRETS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSPHRASE")
"""Parts of the names of environment variables that a job has no use for."""

_children: list["subprocess.Popen[bytes]"] = []
"""Jobs that this process has started; it neither waits for them nor ends them."""


def spawn(command: Sequence[str], folder: Path, root: Path, secrets: Sequence[str] = ()) -> int:
    """Starts a process that outlives this one and prints to the log of the run in `folder`. Of the
    environment's secrets it gets those of these names only.

    Returns:
        Its number.
    """
    environment = harmless_environment()
    if (spec := read_spec(folder)) is not None and spec.backend is not None:
        environment[BACKEND_VARIABLE] = spec.backend.value
    environment |= {name: os.environ[name] for name in secrets if name in os.environ}
    environment |= {paths.RUNS_DIR_VARIABLE: str(root), "PYTHONUNBUFFERED": "1"}
    detached = (
        # A console of its own, as closing the terminal ends all that share the terminal's.
        {"creationflags": subprocess.CREATE_NO_WINDOW}  # type: ignore[attr-defined]
        if os.name == "nt"
        else {"start_new_session": True}
    )
    _children[:] = [child for child in _children if child.poll() is None]
    with (folder / LOG_FILE).open("ab") as log:
        started = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=paths.PROJECT_ROOT,
            env=environment,
            **detached,
        )
    _children.append(started)
    return started.pid


def harmless_environment() -> dict[str, str]:
    """This process's variables without those that hold secrets, for a process in `PROJECT_ROOT`;
    Python prints UTF-8 under them.
    """
    harmless = {
        name: value
        for name, value in os.environ.items()
        if not any(part in name.upper() for part in _SECRETS)
    }
    return harmless | paths.named() | {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}


def end(pid: int, identity: str | None, *, at_once: bool) -> None:
    """Ends process `pid` of that `process.identity`; unless `at_once`, it may finish its step.

    On Windows only `at_once` does: there SIGTERM kills, and CTRL_BREAK reaches every process of a
    console. A job that is asked to stop reads so in its `status.json`.

    Raises:
        JobError: it belongs to another user.
    """
    if not process.is_alive(pid, identity) or (os.name == "nt" and not at_once):
        return
    number = signal.SIGKILL if at_once and os.name != "nt" else signal.SIGTERM
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as exc:
        raise JobError("The job's process belongs to another user of this machine.") from exc
