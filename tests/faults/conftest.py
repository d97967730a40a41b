"""One undisturbed run to compare with, and the table of what was tried."""

import time

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.faults.harness import TALLY, Home


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory):
    found = Home(tmp_path_factory.mktemp("faults"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in found.environment.items():
            patch.setenv(name, value)
        yield found
        for job in found.jobs.list():
            found.kill(job.run_id)


@pytest.fixture(scope="session")
def undisturbed(home: Home) -> tuple[NDArray[np.float32], float]:
    """Scores of a run left alone, and the seconds that it took."""
    began = time.monotonic()
    home.submit("undisturbed")
    return home.finish("undisturbed"), time.monotonic() - began


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY.tried:
        terminalreporter.section("faults")
        terminalreporter.write_line(TALLY.table())
