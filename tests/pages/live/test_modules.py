"""The modules of a component, joined into one text, run in a browser as their files would."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pages.parts.live.browser.modules import joined

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MODULES = {
    "sums.js": (
        "export class Sum {\n  /** @param {import('./main.js').Sum} other */\n  plus(other) {}\n}\n"
        "export const add = (a, b) => a + b;\n"
    ),
    "names.js": 'export const NAME = "a\'b`c${1}\\n</script>";\n',
    "worker.js": (
        "import {\n  add,\n} from './sums.js';\n"
        "self.onmessage = ({data}) => self.postMessage(add(data, 1));\n"
    ),
    "main.js": (
        "import {add} from \"./sums.js\";\nimport * as names from './names.js';\n"
        "let calls = 0;\n"
        "export default function ask() {\n"
        "  const worker = new Worker(new URL('./worker.js', import.meta.url), {type: 'module'});\n"
        "  return new Promise(resolve => {\n"
        "    worker.onmessage = ({data}) => resolve([data, names.NAME, ++calls]);\n"
        "    worker.postMessage(add(1, 1));\n"
        "  });\n"
        "}\n"
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, code in MODULES.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    return tmp_path


@pytest.mark.browser
def test_modules_and_worker_find_each_other(browser: "Browser", folder: Path) -> None:
    text = joined("main.js", "worker.js", folder)
    assert "\n" in text, "Streamlit takes a text of one line for a file's path."
    page = browser.new_page()
    page.route(
        "http://live.test/", lambda route: route.fulfill(body="<p>", content_type="text/html")
    )
    page.goto("http://live.test/")
    answers = page.evaluate(
        """async text => {
          const address = URL.createObjectURL(new Blob([text], {type: 'text/javascript'}));
          const first = await (await import(address)).default();
          return [first, await (await import(address)).default()];
        }""",
        text,
    )
    page.close()
    expected = "a'b`c${1}\n</script>"
    assert answers == [[3, expected, 1], [3, expected, 2]], "A module is made once."


def test_modules_that_import_each_other_are_named(folder: Path) -> None:
    (folder / "sums.js").write_text("import {NAME} from './worker.js';\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"worker\.js -> sums\.js -> worker\.js"):
        joined("main.js", "worker.js", folder)


def test_a_module_that_is_not_there_is_named(folder: Path) -> None:
    (folder / "names.js").unlink()
    with pytest.raises(FileNotFoundError, match=r"names\.js"):
        joined("main.js", "worker.js", folder)
