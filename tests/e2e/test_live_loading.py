"""Live in the browser: where the runtime comes from, below a path of the server's, and what is told
where it cannot be had.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from fer_core import paths
from fer_core.bench.browser import wait_until_drawn
from fer_core.inference.live import web_runtime
from tests.e2e.app import AppServer
from tests.e2e.conftest import PATIENCE, environment, skip_without_reader
from tests.stand_in import StandIn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATH = "team/faces"


def start(page: "Page", server: AppServer) -> None:
    """Opens the page anew and starts its camera."""
    page.goto(f"{server.url}/live")
    wait_until_drawn(page)
    page.get_by_role("button", name="Start camera").click()


def test_from_the_cdn_or_this_server_or_a_sentence(
    camera: "Callable[[int], Browser]", tmp_path: Path
) -> None:
    skip_without_reader()
    copies = {file.name: web_runtime.folder() / file.name for file in web_runtime.FILES}
    given = environment(tmp_path)
    cache = tmp_path / "own-cache"
    page = camera(1).new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE)
    with StandIn({f"/dist/{name}": path.read_bytes() for name, path in copies.items()}) as cdn:
        given |= {
            paths.CACHE_DIR_VARIABLE: str(cache),
            paths.LIVE_CDN_VARIABLE: f"{cdn.url}/dist/",
            "STREAMLIT_SERVER_BASE_URL_PATH": PATH,
        }
        with AppServer(given, log=tmp_path / "server.log") as server:
            server.url += f"/{PATH}"
            server.wait_until_up()
            cdn.files[f"/dist/{web_runtime.SCRIPT.name}"] += b" "
            start(page, server)
            refused = page.get_by_text("sent another file than the expected one")
            expect(refused).to_contain_text('choose "On the server"')
            expect(refused).to_contain_text("python -m fer_core live fetch")

            cdn.files[f"/dist/{web_runtime.SCRIPT.name}"] = copies[
                web_runtime.SCRIPT.name
            ].read_bytes()
            page.get_by_role("button", name="Start camera").click()
            host = cdn.url.removeprefix("http://")
            expect(page.get_by_text(f"runtime from {host}")).to_be_visible()

            target = cache / "live" / web_runtime.folder().name
            target.mkdir(parents=True)
            for path in copies.values():
                shutil.copy(path, target)
            cdn.files.clear()
            start(page, server)
            expect(page.get_by_text("runtime from this server")).to_be_visible()
    page.close()
