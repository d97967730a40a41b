"""What a component's script leaves behind. Streamlit calls it again when data or theme change, and
calls what only the last call returned when the component goes.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import pages.parts
from tests.pages.mounted import empty, mount

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PARTS = Path(pages.parts.__path__[0])
SCRIPTS: dict[str, dict[str, Any]] = {
    "live/server/camera_words.js": {"otherwise": "It could not be started."},
    "shared/boxes.js": {"ratio": 1, "alt": "", "jpeg": "", "faces": []},
    "shared/keys.js": {"keys": {}, "steps": None},
    "upload/paste.js": {"zone": "drop"},
    "upload/player.js": {"chart": "chart", "place": "place"},
}


@pytest.fixture
def page(tab: "Page") -> "Page":
    return empty(tab)


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_component_drawn_again_does_all_once_and_nothing_once_it_went(
    page: "Page", name: str
) -> None:
    mount(page, PARTS / name, **SCRIPTS[name])
    once = page.evaluate("going.size")
    assert once
    page.evaluate("show()")
    assert page.evaluate("going.size") == once
    page.evaluate("leave()")
    assert page.evaluate("going.size") == 0


def test_a_call_that_came_too_late_does_not_end_the_one_after_it(page: "Page") -> None:
    mount(page, PARTS / "shared/keys.js", **SCRIPTS["shared/keys.js"])
    page.evaluate("() => { const late = leave; show(); late(); }")
    assert page.evaluate("going.size")
    page.evaluate("leave()")


def test_every_component_that_goes_on_by_itself_is_looked_at() -> None:
    calls = ("setInterval(", "Observer(", "document.addEventListener", "window.addEventListener")
    found = {
        path.relative_to(PARTS).as_posix()
        for path in PARTS.rglob("*.js")
        if any(call in path.read_text(encoding="utf-8") for call in calls)
    }
    live = {name for name in found if name.startswith("live/browser/js/")}  # one for all calls
    assert found - live == set(SCRIPTS)
