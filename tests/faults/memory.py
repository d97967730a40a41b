"""Processes that share a bound on memory, and the kernel that ends one of them."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

ROOT = Path("/sys/fs/cgroup")
_FILES = (
    (ROOT / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    (ROOT, "memory.max", "memory.current"),
)
"""Of both versions of Linux' control groups: where they lie, the bound, what is used."""
_EATER = (
    "import time; open('/proc/self/oom_score_adj', 'w').write('-900'); kept = []\n"
    "while True: kept.append(b'1' * (8 << 20)); time.sleep(0.02)"
)
"""Takes more and more, and is the last that the kernel would choose."""


@dataclass(frozen=True)
class MemoryGroup:
    """A control group with a bound on memory.

    Attributes:
        folder: of the group.
        bound: file that holds the bound, in bytes.
        usage: file that says what is used, in bytes.
    """

    folder: Path
    bound: Path
    usage: Path

    def inside(self, command: Sequence[str]) -> list[str]:
        """A command line that runs `command` in the group."""
        script = f'echo $$ > {self.folder}/cgroup.procs && exec "$@"'
        return ["sh", "-c", script, "sh", *command]

    @contextmanager
    def starved(self, spare: int = 32 << 20) -> Iterator[None]:
        """Leaves `spare` bytes beyond what is used now, to a process that takes them."""
        self.bound.write_text(
            str(int(self.usage.read_text(encoding="utf-8")) + spare), encoding="utf-8"
        )
        eater = subprocess.Popen(self.inside([sys.executable, "-c", _EATER]))
        try:
            yield
        finally:
            eater.kill()
            eater.wait()


@contextmanager
def memory_group() -> Iterator[MemoryGroup | None]:
    """A group without a bound as yet; None where none can be made."""
    for parent, bound, usage in _FILES:
        folder = parent / f"fer-test-{uuid4().hex[:8]}"
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            if (folder / bound).exists():
                yield MemoryGroup(folder, folder / bound, folder / usage)
                return
        finally:
            _remove(folder)
    yield None


def _remove(folder: Path) -> None:
    """Once its processes have left, which takes them a moment after their end."""
    until = time.monotonic() + 10
    while folder.exists() and time.monotonic() < until:
        with suppress(OSError):
            folder.rmdir()
        time.sleep(0.1)
