"""Which process is which: told by when it was started, not by its number alone.

Numbers are used again, soon on a busy machine and at once after a reboot or in another
container.
"""

import psutil


def identity(pid: int) -> str | None:
    """What tells a process from every other one that had or will have its number: a text that stays
    the same as long as the process lives; None where there is none, or it has ended and only
    waits to be noticed (a zombie).
    """
    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        # Linux counts from the machine's start, which is told in a clock that may be set.
        since = psutil.boot_time() if psutil.LINUX else 0.0
        return f"{process.create_time() - since:.2f}"
    except psutil.Error:
        return None


def is_alive(pid: int | None, known: str | None) -> bool:
    """Whether the process that had number `pid` and identity `known` still runs here."""
    return pid is not None and known is not None and identity(pid) == known
