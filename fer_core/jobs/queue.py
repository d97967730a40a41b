"""Who may train now: numbered tickets in a folder, first come first served.

A job's process keeps its ticket from the moment it is queued to its very end. Of the
tickets whose processes live, those with the lowest numbers may train, one a slot. So a
process that is killed frees its place without a word from it, no clock is asked, and the
queue outlives the dashboard that filled it.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from fer_core import paths
from fer_core.errors import JobError
from fer_core.files import write_text
from fer_core.runs import process


@dataclass(frozen=True)
class Ticket:
    """One place in the queue; lower numbers come first.

    `pid` and `identity` are of the process that holds it; None while that is being started.
    """

    number: int
    run_id: str
    pid: int | None
    identity: str | None


class Queue:
    """The tickets in one folder, shared by every process on this machine; as many as there are
    slots may train at once.
    """

    def __init__(self, folder: Path, slots: int = 1) -> None:
        self._folder = folder
        self._slots = slots

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else takes, returns or reads tickets meanwhile. Not to be entered twice.

        Raises:
            JobError: the folder cannot be made or written to.
        """
        lock = FileLock(str(self._folder / ".lock"))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as exc:
            raise JobError(
                "No job can be queued or changed: "
                f"{(exc.strerror or type(exc).__name__).lower()}. See that the folder of the runs "
                f"can be written to, or set {paths.RUNS_DIR_VARIABLE} to one of your own."
            ) from exc
        try:
            yield
        finally:
            lock.release()

    def enter(self, run_id: str, start: Callable[[], int]) -> None:
        """Takes the next ticket for the process that `start` starts and gives the number of.

        Call it under `locked`.
        """
        number = _next(self.tickets())
        self._write(number, run_id, None)
        try:
            pid = start()
        except BaseException:
            self._path(number).unlink(missing_ok=True)
            raise
        self._write(number, run_id, pid)

    def take(self, run_id: str, pid: int) -> None:
        """Makes process `pid` the holder of the ticket of `run_id`.

        A job's process does so when it begins: whoever started it may have been killed
        before writing down its number. Without a ticket it goes to the end of the queue.
        """
        with self.locked():
            tickets = self._read()
            own = next((ticket.number for ticket in tickets if ticket.run_id == run_id), None)
            self._write(own or _next(tickets), run_id, pid)

    def leave(self, run_id: str) -> None:
        """Gives the ticket of `run_id` back; harmless without one."""
        with self.locked():
            for ticket in self._read():
                if ticket.run_id == run_id:
                    self._path(ticket.number).unlink(missing_ok=True)

    def tickets(self) -> list[Ticket]:
        """Tickets of living processes in their order; those of dead ones are thrown away.

        Call it under `locked`: a ticket without a process then belongs to a start that was
        killed half-way.
        """
        alive = []
        for ticket in self._read():
            if process.is_alive(ticket.pid, ticket.identity):
                alive.append(ticket)
            else:
                self._path(ticket.number).unlink(missing_ok=True)
        return alive

    def ahead(self) -> dict[str, int]:
        """For each run with a ticket, the jobs that have to end before its turn; 0: it is. Empty
        where nothing can be queued.
        """
        with suppress(JobError), self.locked():
            return self.places()
        return {}

    def places(self) -> dict[str, int]:
        """As `ahead`, to be called under `locked`."""
        return {
            ticket.run_id: max(0, place - self._slots + 1)
            for place, ticket in enumerate(self.tickets())
        }

    def _read(self) -> list[Ticket]:
        found = []
        for path in sorted(self._folder.glob("*.ticket")):
            with suppress(OSError, ValueError, KeyError, TypeError):
                entry = json.loads(path.read_text(encoding="utf-8"))
                names = ("run_id", "pid", "identity")
                found.append(Ticket(int(path.stem), *(entry[name] for name in names)))
        return found

    def _write(self, number: int, run_id: str, pid: int | None) -> None:
        identity = None if pid is None else process.identity(pid)
        entry = {"run_id": run_id, "pid": pid, "identity": identity}
        write_text(self._path(number), json.dumps(entry) + "\n")

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08d}.ticket"


def _next(tickets: list[Ticket]) -> int:
    return 1 + max((ticket.number for ticket in tickets), default=0)
