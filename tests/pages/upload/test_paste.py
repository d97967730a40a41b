"""What is pasted on the Upload page, and what the words beside the button say."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pages.parts.upload import paste
from tests.pages.mounted import empty, mount

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

HANDED = """() => {
  document.body.insertAdjacentHTML(
    'beforeend', '<div class="st-key-drop"><input type="file" multiple></div><input id="field">');
  window.handed = [];
  document.querySelector('input').onchange = ({target}) =>
    window.handed.push(Array.from(target.files, ({name}) => name));
}"""
PASTE = """([into, file, ...texts]) => {
  const clipboardData = new DataTransfer();
  if (file) clipboardData.items.add(new File(['x'], file, {type: 'image/png'}));
  for (const type of texts) clipboardData.setData(type, 'a');
  document.querySelector(into).dispatchEvent(
    new ClipboardEvent('paste', {clipboardData, bubbles: true, composed: true}));
}"""
CLIPBOARD = """types => Object.defineProperty(navigator, 'clipboard', {configurable: true, value: {
  read: async () => {
    if (!types) throw new DOMException('no', 'NotAllowedError');
    return [{types, getType: async (type) => new Blob(['x'], {type})}];
  }}})"""
PICTURE = ["Pasted picture.png"]


@pytest.fixture
def page(tab: "Page") -> "Page":
    empty(tab)
    show(tab)
    return tab


def show(page: "Page") -> None:
    page.evaluate(HANDED)
    mount(page, paste.SCRIPT, zone="drop")


def test_a_picture_is_pasted_once_whatever_the_theme_did(page: "Page") -> None:
    for _ in range(2):
        page.evaluate("show()")
    page.evaluate(PASTE, ["body", "shot.png"])
    assert page.evaluate("handed") == [PICTURE]
    page.evaluate("leave()")
    page.evaluate(PASTE, ["body", "shot.png"])
    assert page.evaluate("handed") == [PICTURE]


@pytest.mark.parametrize(
    ("into", "content", "handed"),
    [
        ("#field", ["shot.png"], [PICTURE]),  # a list that was chosen from has the focus
        ("body", ["shot.png", "text/html"], [PICTURE]),  # from a web page
        ("body", ["portrait.png", "text/plain"], [PICTURE]),  # a file
        ("#field", ["cells.png", "text/plain", "text/html"], []),
        ("#field", ["portrait.png", "text/plain"], []),
        ("body", ["cells.png", "text/plain", "text/html"], []),
        ("body", ["", "text/plain"], []),
    ],
)
def test_text_is_left_to_the_field(
    page: "Page", into: str, content: list[str], handed: list[list[str]]
) -> None:
    page.evaluate(PASTE, [into, *content])
    assert page.evaluate("handed") == handed


def test_what_the_clipboard_lacked_is_told_until_a_picture_comes(page: "Page") -> None:
    button, status = page.get_by_role("button", name="Paste"), page.get_by_role("status")
    hint = page.get_by_text("or press Ctrl+V")
    expect(hint).to_be_visible()
    page.evaluate(CLIPBOARD, ["text/plain"])
    button.click()
    expect(status).to_have_text("The clipboard holds no picture. Copy one first.")
    expect(hint).to_be_hidden()
    page.evaluate("show()")
    expect(hint).to_be_hidden()
    page.evaluate(PASTE, ["body", "shot.png"])
    expect(status).to_be_empty()
    expect(hint).to_be_visible()


@pytest.mark.parametrize(
    ("platform", "phone", "told"),
    [
        ("MacIntel", False, "Press ⌘V instead."),
        ("Win32", False, "Press Ctrl+V instead."),
        ("iPhone", True, "Choose the file instead."),
    ],
)
def test_the_keys_are_those_of_the_machine(
    browser: "Browser", platform: str, phone: bool, told: str
) -> None:
    page = empty(browser.new_page(has_touch=phone, is_mobile=phone))
    page.evaluate(
        "value => Object.defineProperty(navigator, 'platform', {get: () => value})", platform
    )
    show(page)
    keys = told.split()[1]
    if not phone:
        expect(page.get_by_text(f"or press {keys}")).to_be_visible()
    page.evaluate(CLIPBOARD, None)
    page.get_by_role("button", name="Paste").click()
    expect(page.get_by_role("status")).to_have_text(
        f"The browser keeps the clipboard closed. {told}"
    )
    page.close()
