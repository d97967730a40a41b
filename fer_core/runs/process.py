"""Which process is which: told by when it was started, not by its number alone.

Numbers are used again, soon on a busy machine and at once after a reboot. A process's start,
counted from the machine's own start, is not, and no clock that jumps can change it.
"""

import os
from pathlib import Path


def identity(pid: int) -> str | None:
    """What tells this process from every other one that had or will have its number.

    Args:
        pid: number of a process on this machine.

    Returns:
        A text that stays the same as long as the process lives; None where there is no such
        process, or it has ended and only waits to be noticed (a zombie).
    """
    try:
        # The name, in brackets, may hold spaces and brackets: what counts comes after the last.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return _identity_elsewhere(pid)
    state, started = fields[0], fields[19]  # proc_pid_stat(5), fields 3 and 22
    return None if state in "ZX" else f"{boot}/{started}"


def own_identity() -> str | None:
    """`identity` of this process."""
    return identity(os.getpid())


def is_alive(pid: int | None, known: str | None) -> bool:
    """Whether the process that had number `pid` and identity `known` still runs here."""
    return pid is not None and known is not None and identity(pid) == known


def _identity_elsewhere(pid: int) -> str | None:
    """The same where there is no /proc."""
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None
