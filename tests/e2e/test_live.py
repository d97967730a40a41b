"""Live video with a real browser, a fake camera and a real WebRTC connection."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from fer_core.bench.browser import find_chromium, wait_until_drawn
from fer_core.bench.browser_live.server_mode import VIDEO
from fer_core.classes import CLASS_NAMES
from fer_core.paths import PROJECT_ROOT
from tests.e2e.app import AppServer
from tests.e2e.live_rounds import NETWORK
from tests.yunet import yunet_or_skip

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MEMORY_MB = 690
"""What Streamlit Community Cloud guarantees."""


@pytest.mark.slow
def test_a_face_is_found_and_drawn_in_the_returned_video(tmp_path: Path) -> None:
    (item,) = _play(tmp_path, 1, timeout=280)
    _check(item)


@pytest.mark.long
def test_five_rounds_leave_nothing_behind(tmp_path: Path) -> None:
    rounds = _play(tmp_path, 5, timeout=1500)
    for item in rounds:
        _check(item)
    # Some threads and buffers stay for good after the first video; none is added later.
    assert rounds[-1]["threads"] <= rounds[1]["threads"]
    assert rounds[-1]["memory_stopped"] < rounds[1]["memory_stopped"] + 40


@pytest.mark.long
def test_without_a_connection_pictures_are_offered_and_the_reason_told(tmp_path: Path) -> None:
    seen = _play(tmp_path, 0, timeout=280)
    assert 14 <= seen["seconds"] <= 25
    assert "within 15 seconds" in seen["text"]
    assert "No helper server is used" in seen["text"]
    assert seen["cameras"] == 1


def _check(item: dict[str, Any]) -> None:
    assert item["frames"] >= 20
    assert item["with_face"] >= 0.8
    assert item["marks"] > 200, "Nothing was drawn in the video that came back."
    assert item["marks_x"] > 0.5, "The face stands at the left; a mirror shows it at the right."
    assert item["bars"] == list(CLASS_NAMES)
    assert item["memory_playing"] < MEMORY_MB


def _play(folder: Path, rounds: int, timeout: float) -> Any:
    prefix = _namespace()
    if find_chromium() is None:
        pytest.skip("no Chromium")
    yunet_or_skip()
    script = f'{NETWORK} && exec "$@"'
    command = [sys.executable, "-m", "tests.e2e.live_rounds", str(folder), str(rounds)]
    done = subprocess.run(
        [*prefix, "sh", "-c", script, "sh", *command],
        cwd=PROJECT_ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    log = folder / "server.log"
    assert done.returncode == 0, done.stderr + (
        log.read_text(encoding="utf-8")[-3000:] if log.exists() else ""
    )
    assert "Traceback" not in log.read_text(encoding="utf-8")
    return json.loads(done.stdout.splitlines()[-1])


def _namespace() -> list[str]:
    """A command that runs another in a network of its own; skips where that is not allowed."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("no `unshare` or no `ip` command")
    prefix = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
    tried = subprocess.run(
        [*prefix, "sh", "-c", NETWORK],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if tried.returncode != 0:
        pytest.skip(f"network namespaces are not allowed here: {tried.stderr.strip()}")
    return prefix


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotAllowedError", "does not let this page use the camera. Allow it"),
        ("NotFoundError", "No camera was found. Connect one"),
        ("NotReadableError", "in use by another program. Close that"),
        ("SomethingElseError", "could not be started. Reload the page"),
    ],
)
def test_a_camera_that_does_not_start_is_told_with_what_to_do(
    page: "Page", server: AppServer, error: str, words: str
) -> None:
    page.add_init_script(
        "if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = () => "
        f"Promise.reject(new DOMException('raw words of the browser', '{error}'));"
    )
    page.goto(f"{server.url}/live?mode=server")
    wait_until_drawn(page)
    inside = page.frame_locator(VIDEO)
    inside.get_by_role("button", name="Start camera").click()
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(page.get_by_text("take a picture on the Upload page")).to_be_visible()
    raw = inside.get_by_text("raw words of the browser")
    expect(raw.or_(inside.get_by_role("button", name="Start camera")).first).to_be_attached()
    assert not any(found.is_visible() for found in raw.all())


@pytest.mark.slow
def test_the_button_stands_where_it_stays_once_the_video_plays(
    page: "Page", server: AppServer
) -> None:
    # A canvas is the camera: what the browser does with one needs no permission.
    page.add_init_script(
        "if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => "
        "{ const canvas = document.createElement('canvas'); canvas.width = 640; "
        "canvas.height = 480; canvas.getContext('2d').fillRect(0, 0, 9, 9); "
        "return canvas.captureStream(10); };"
    )
    page.goto(f"{server.url}/live?mode=server")
    wait_until_drawn(page)
    place = page.locator(".st-key-live-video")
    start = page.frame_locator(VIDEO).get_by_role("button", name="Start camera")
    expect(start).to_have_css("text-transform", "none")  # as all other buttons
    before, room = start.bounding_box(), place.bounding_box()
    assert before is not None
    assert room is not None
    assert room["height"] > 0.75 * room["width"], "A picture of four by three has its place."
    start.click()
    stop = page.frame_locator(VIDEO).get_by_role("button", name="Stop camera")
    stop.wait_for()
    after = stop.bounding_box()
    assert after is not None
    assert abs(after["y"] - before["y"]) < 12
    assert place.bounding_box() == room
