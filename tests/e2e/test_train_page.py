"""The Train page in a browser: who may use it, and a training from its start to its end."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import TimeoutError, expect

from fer_core import paths
from fer_core.bench.browser import wait_until_drawn
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import State
from tests.e2e.app import EXCEPTION, AppServer
from tests.e2e.proxy import ReverseProxy

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

PASSPHRASE = "correct horse battery"
TRY = "Train on drawn faces"
DRAWER = "Other networks and settings"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables of a server with empty folders; its jobs are ended with the test."""
    chosen = _variables(tmp_path)
    yield chosen
    _end_jobs(chosen)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """A server with empty folders, for tests in which nothing is started."""
    folder = tmp_path_factory.mktemp("idle")
    chosen = _variables(folder)
    with AppServer(chosen, log=folder / "server.log") as server:
        server.wait_until_up()
        yield server
    _end_jobs(chosen)


def _variables(folder: Path) -> dict[str, str]:
    (folder / "runs").mkdir()
    return {
        paths.RUNS_DIR_VARIABLE: str(folder / "runs"),
        paths.CACHE_DIR_VARIABLE: str(folder / "cache"),
        paths.DATA_DIR_VARIABLE: str(folder / "no-data"),
        "FER_MIN_FREE_GB": "0",
        "FER_OWNER_PASSPHRASE": "",
    }


def _jobs(home: dict[str, str]) -> LocalBackend:
    return LocalBackend(Path(home[paths.RUNS_DIR_VARIABLE]), Limits(free_gb=0))


def _end_jobs(home: dict[str, str]) -> None:
    jobs = _jobs(home)
    for job in jobs.list():
        if job.is_active:
            jobs.stop(job.run_id, at_once=True)


def _open(page: "Page", url: str) -> None:
    page.goto(f"{url}/train", timeout=120_000)
    # While a page is drawn anew there may be two for a moment.
    page.get_by_role("button", name=TRY).first.wait_for(timeout=300_000)
    wait_until_drawn(page, timeout=300)


def test_it_is_unlocked_on_the_machine_itself_and_locked_through_a_proxy(
    page: "Page", idle: AppServer
) -> None:
    _open(page, idle.url)
    expect(page.get_by_role("button", name=TRY)).to_be_enabled()

    with ReverseProxy(urlsplit(idle.url).port or 0) as proxy:
        _open(page, proxy.url)
        expect(page.get_by_text("for the owner of this server")).to_be_visible()
        expect(page.get_by_role("button", name=TRY)).to_be_disabled()
        page.get_by_role("button", name=DRAWER).click()
        expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    assert _jobs(idle.environment).list() == []


def test_the_passphrase_unlocks_it_through_a_proxy(
    page: "Page", home: dict[str, str], tmp_path: Path
) -> None:
    chosen = home | {"FER_OWNER_PASSPHRASE": PASSPHRASE}
    with AppServer(chosen, log=tmp_path / "server.log") as server:
        server.wait_until_up()
        with ReverseProxy(urlsplit(server.url).port or 0) as proxy:
            _open(page, proxy.url)
            expect(page.get_by_role("button", name=TRY)).to_be_disabled()
            for text in ("wrong", PASSPHRASE):
                page.get_by_label("Passphrase").fill(text)
                page.get_by_role("button", name="Unlock").click()
                if text == "wrong":
                    page.get_by_text("That is not the passphrase").wait_for()
                    expect(page.get_by_role("button", name=TRY)).to_be_disabled()
            page.get_by_label("Passphrase").wait_for(state="detached")
            expect(page.get_by_role("button", name=TRY)).to_be_enabled()
    assert PASSPHRASE not in (tmp_path / "server.log").read_text(encoding="utf-8")


def _dismiss(page: "Page", start: "Locator") -> None:
    """By Escape; once more where the drawer was being drawn anew and had not the keyboard."""
    page.keyboard.press("Escape")
    with suppress(TimeoutError):
        start.wait_for(state="detached", timeout=5000)
        return
    page.keyboard.press("Escape")
    start.wait_for(state="detached")


def test_a_wrong_value_stays_in_its_field_keeps_the_keyboard_and_starts_nothing(
    page: "Page", idle: AppServer
) -> None:
    _open(page, idle.url)
    page.get_by_role("button", name=DRAWER).click()
    page.get_by_role("radio", name="drawn faces").click()
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled()

    epochs = page.get_by_label("Epochs", exact=True)
    epochs.fill("100000")
    start.click()  # at once, before the value has been looked at
    page.get_by_text("Enter a whole number from 1 to 300").wait_for()
    expect(epochs).to_have_value("100000")
    expect(start).to_be_disabled()

    epochs.fill("5")
    page.keyboard.press("Tab")
    expect(start).to_be_enabled()
    assert page.evaluate("document.activeElement !== document.body")

    page.get_by_role("tab", name="Regularisation").click()
    page.get_by_label("Dropout", exact=True).fill("0.35")
    page.keyboard.press("Tab")
    page.get_by_text("2 options changed").wait_for()
    for wait in (0, 200):  # milliseconds
        _dismiss(page, start)
        page.wait_for_timeout(wait)
        page.get_by_role("button", name=DRAWER).click()
        expect(epochs).to_have_value("5")
        page.get_by_role("tab", name="Augmentation").click()
        expect(page.get_by_label("Mixup", exact=True)).to_be_visible()
        page.get_by_role("tab", name="Regularisation").click()
        expect(page.get_by_label("Dropout", exact=True)).to_have_value("0.35")
    assert _jobs(idle.environment).list() == []


@pytest.mark.slow
def test_a_start_from_the_drawer_closes_it_and_the_page_stands_at_its_top(
    page: "Page", home: dict[str, str], tmp_path: Path
) -> None:
    with AppServer(home, log=tmp_path / "server.log") as server:
        server.wait_until_up()
        _open(page, server.url)
        main = page.get_by_test_id("stMain")
        main.evaluate("node => node.scrollTo(0, node.scrollHeight)")
        page.get_by_role("button", name=DRAWER).click()
        page.get_by_role("radio", name="drawn faces").click()
        page.get_by_role("button", name="Start training").click()

        page.get_by_text("report-baseline-synthetic").first.wait_for()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_role("button", name="Stop", exact=True)).to_be_in_viewport()
        assert main.evaluate("node => node.scrollTop") == 0


@pytest.mark.long
def test_a_training_outlives_reload_and_server_and_shows_on_the_pages_of_runs(
    page: "Page", home: dict[str, str], tmp_path: Path
) -> None:
    jobs = _jobs(home)
    with AppServer(home, log=tmp_path / "server.log") as server:
        server.wait_until_up()
        _open(page, server.url)
        page.get_by_role("button", name=TRY).click()
        page.get_by_text("tiny-synthetic").first.wait_for()
        page.reload()
        page.get_by_text(re.compile(r"Epoch \d+ of 20")).wait_for(timeout=300_000)
    name = "tiny-synthetic"
    assert jobs.status(name).is_active, "It ended with the server."

    with AppServer(home, log=tmp_path / "server2.log") as server:
        server.wait_until_up()
        _open(page, server.url)
        if jobs.status(name).is_active:
            page.get_by_role("button", name="Stop", exact=True).click()
            page.get_by_text("Nothing is running").wait_for(timeout=300_000)
            assert jobs.status(name).status.state is State.STOPPED
            page.get_by_role("button", name="Resume").first.click()
            page.get_by_role("button", name="Stop", exact=True).wait_for(timeout=120_000)
        page.get_by_text("Nothing is running").wait_for(timeout=600_000)
        assert jobs.status(name).status.state is State.DONE, jobs.logs(name)
        for address in (f"curves?runs={name}", f"evaluation?run={name}"):
            page.goto(f"{server.url}/{address}", timeout=120_000)
            page.get_by_text(name).first.wait_for(timeout=300_000)
            assert page.locator(EXCEPTION).count() == 0
