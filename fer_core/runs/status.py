"""Reading and writing `status.json`: the state of a run, and whether its process still lives."""

import logging
from datetime import timedelta
from pathlib import Path

import psutil

from fer_core.files import write_text
from fer_core.runs import process
from fer_core.runs.records import State, Status, utc_now

SILENCE = timedelta(minutes=10)
"""A running process writes its heartbeat every few seconds; one silent for this long is gone."""


def read_status(folder: Path) -> Status:
    """The state that `folder` records; `stopped` where there is none or its process is gone."""
    try:
        status = Status.model_validate_json((folder / "status.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # also where it holds bytes that are no text
        return Status(state=State.STOPPED, message="The state of this run was not recorded.")
    working = status.state in (State.RUNNING, State.STOPPING) or (
        status.state is State.QUEUED and status.process is not None
    )
    if working and status.host and status.process is not None and not _is_alive(status):
        message = (
            f"Nothing here follows it any more; it may go on on {status.host}. Resume it to follow "
            "it again."
        )
        return status.model_copy(update={"state": State.STOPPED, "host": "", "message": message})
    if working and not status.host and not _is_alive(status):
        message = (
            "Stopped on request; it can be resumed."
            if status.state is State.STOPPING
            else "Its process ended without a word, as after a kill or a reboot; often the memory "
            "was too small. End other programs in that case, and resume it."
        )
        return status.model_copy(update={"state": State.STOPPED, "message": message})
    return status


def write_status(folder: Path, status: Status) -> None:
    """Writes `status` to `folder`, whole, with the time of now as its heartbeat."""
    stamped = status.model_copy(update={"heartbeat": utc_now()})
    write_text(folder / "status.json", stamped.model_dump_json(indent=1) + "\n")


def try_status(folder: Path, status: Status) -> None:
    """`write_status` where a state that cannot be written is no reason to end."""
    try:
        write_status(folder, status)
    except OSError:
        logging.getLogger(__name__).warning("The state could not be written to status.json.")


def _is_alive(status: Status) -> bool:
    """Whether the process that wrote `status` still runs here.

    Where its identity was not recorded, its number has to exist and its last heartbeat
    to be recent.
    """
    if status.process is not None:
        return process.is_alive(status.pid, status.process)
    if status.pid is None or status.heartbeat is None or not psutil.pid_exists(status.pid):
        return False
    return utc_now() - status.heartbeat < SILENCE
