"""An upload within the memory that Streamlit Community Cloud guarantees."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from fer_core.bench.browser import wait_until_drawn
from tests.e2e.app import AppServer
from tests.e2e.conftest import environment

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.long]

LIMIT_MB = 690
ROOT = Path("/sys/fs/cgroup")


@pytest.fixture
def limited() -> Iterator[tuple[str, ...]]:
    """A command that runs what follows it under the limit, swap included."""
    for parent, files in (
        (ROOT / "memory", ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes")),
        (ROOT, ("memory.max", "memory.swap.max")),
    ):
        group = parent / f"fer-test-{uuid4().hex[:8]}"
        try:
            group.mkdir()
        except OSError:
            continue
        if not (group / files[0]).exists():
            group.rmdir()
            continue
        (group / files[0]).write_text(str(LIMIT_MB * 10**6), encoding="utf-8")
        with suppress(OSError):
            swap = 0 if files[1] == "memory.swap.max" else LIMIT_MB * 10**6
            (group / files[1]).write_text(str(swap), encoding="utf-8")
        yield ("sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh")
        with suppress(OSError):
            group.rmdir()
        return
    if shutil.which("prlimit") is None:
        pytest.skip("neither a memory cgroup can be made here nor is there a prlimit")
    # The data limit counts private memory whether touched or not, so it is the stricter one.
    yield ("prlimit", f"--data={LIMIT_MB * 10**6}")


def test_an_upload_fits_into_the_guaranteed_memory(
    page: "Page", astronaut: Path, tmp_path: Path, limited: tuple[str, ...]
) -> None:
    chosen = environment(tmp_path) | {"OPENBLAS_NUM_THREADS": "1"}
    with AppServer(chosen, prefix=limited, log=tmp_path / "server.log") as server:
        server.wait_until_up()
        page.goto(server.url)
        wait_until_drawn(page)
        page.goto(f"{server.url}/upload")
        wait_until_drawn(page)
        page.locator('input[type="file"]').first.set_input_files(str(astronaut))
        page.locator("table.fer-bars").wait_for()
        assert server.memory_mb() < LIMIT_MB
        os.kill(server.pid, 0)  # still alive
