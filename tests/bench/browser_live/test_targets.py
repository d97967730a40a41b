"""What live video in a browser is held to: speed, first frame, and what it costs the server.

Speed is held to where the machine is idle; a busy one says nothing about it.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from fer_core import paths
from fer_core.bench.browser_live import run
from fer_core.bench.browser_live.visitors import visit
from fer_core.bench.film import write_film
from tests.e2e.app import AppServer
from tests.e2e.conftest import skip_without_reader
from tests.yunet import YUNET

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(1200)]

VISITORS = 20
IDLE = 20.0
"""Percent of the processors that other programs may take while speed is measured."""


@pytest.fixture(autouse=True)
def _with_what_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_without_reader()
    monkeypatch.setenv(paths.DETECTOR_VARIABLE, str(YUNET))


def test_twenty_who_play_cost_the_server_next_to_nothing(
    browser: "Browser", tmp_path: Path
) -> None:
    with AppServer() as server:
        server.wait_until_up()
        seen = visit(
            f"{server.url}/live?model=tiny",
            run.start,
            visitors=VISITORS,
            film=write_film(tmp_path / "camera.y4m"),
            folder=tmp_path / "visitors",
            seconds=30,
            server=server.pid,
        )
    assert seen.playing == VISITORS
    assert seen.share < run.VISITORS_SHARE


def test_the_page_keeps_up_with_the_camera_and_leaves_the_peers_behind(
    browser: "Browser",
) -> None:
    if (busy := psutil.cpu_percent(5)) > IDLE or os.cpu_count() == 1:
        pytest.skip(f"the processors are busy ({busy:.0f} %)")
    played = run.measure(8)
    own = [each for each in played if each.name.startswith("In the browser")]
    assert [each.missing for each in own] == ["", ""], played
    missed = [line for line in run.verdicts_of(played) if ": missed" in line]
    assert not missed, (missed, played)
