"""What a visitor of the Train page does, and what they see."""

import time
from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.pages.opened import at_page

SECONDS = {"now": 0.1}
"""What an epoch of a job takes."""


def open_page(**query: str) -> AppTest:
    page = at_page("train", timeout=120, **query).run()
    assert not page.exception, page.exception
    return page


def open_drawer(preset: str | None = None) -> AppTest:
    """The page with the drawer opened by its button, and a preset chosen in it."""
    page = open_page()
    find_button(page, "Other networks and settings").click().run()
    if preset is not None:
        page.selectbox(key="train-preset").set_value(preset).run()
    assert not page.exception, page.exception
    return page


def enter(page: AppTest, name: str, text: str) -> None:
    """Types into the field of an option that is in view."""
    page.text_input(key=f"train-{name}").set_value(text).run()
    assert not page.exception, page.exception


def find_button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def choose_row(page: AppTest, name: str) -> None:
    names = page.dataframe[0].value["name"].tolist()
    chosen = {"selection": {"rows": [names.index(name)], "columns": []}}
    page.session_state[f"jobs-{len(names)}-{names[0]}"] = chosen
    page.run()
    assert not page.exception, page.exception


def open_group(page: AppTest, title: str) -> None:
    """As a click on its tab does; its controls are sent from then on."""
    page.session_state["train-options"] = title
    page.run()
    assert not page.exception, page.exception


def wait(happened: Callable[[], object], seconds: float = 200) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the queue's locks."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".queue" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.success, *page.warning, *page.info, *page.error]
    return "\n".join(str(element.value) for element in shown)
