"""The Dataset page under AppTest: how it is opened, used and read."""

import re

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from tests.pages.opened import at_page


def open_page() -> AppTest:
    return at_page("dataset").run()


def click(page: AppTest, label: str) -> None:
    next(b for b in page.button if b.label == label).click().run()


def go_to(page: AppTest, tab: str) -> None:
    page.session_state["tab"] = tab
    page.run()


def labels(page: AppTest) -> set[str]:
    """Labels of the buttons that are no faces."""
    return {button.label for button in page.button if not button.label.startswith("![")}


def faces(page: AppTest) -> list[Button]:
    return [button for button in page.button if button.label.startswith("![")]


def caption(face: Button) -> str:
    return face.label.rpartition(") ")[2].replace("\u00a0", " ")


def pictures(page: AppTest) -> list[str]:
    return [re.findall(r"\((data:[^)]+)\)", face.label)[0] for face in faces(page)]


def captions(page: AppTest) -> list[str]:
    return re.findall(r"<figcaption>([^<]*)</figcaption>", html(page))


def bar_values(page: AppTest) -> list[str]:
    return re.findall(r"<td>([^<]+)</td></tr>", html(page))


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def text_of(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader]
    return "\n".join(str(element.value) for element in shown)


def rows_of(page: AppTest, key: str) -> dict[str, list[str]]:
    """Cells of a table that is drawn as HTML, by the row's name."""
    table = re.findall(rf'<table[^>]*data-testid="{key}".*?</table>', html(page), re.DOTALL)[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table.split("<tr")]
    return {row[0]: row[1:] for row in rows if row}
