"""Joins the modules in `js/` into the one string that a Streamlit component takes.

A component's code is one text without an address of its own, so a module in it can import no
other by a relative path. The joined text holds every module, makes a `blob:` address of each, those
that others import first, and puts these addresses where the modules name each other. Nothing is
bundled or rewritten otherwise: the same files run as they lie in a browser.

A module names another by `import {x} from './y.js'` at the start of a line, and the worker by
`new Worker(new URL('./worker.js', import.meta.url), {type: 'module'})`. JSDoc's `import('./y.js')`
stands in comments and stays as it is.
"""

import json
import re
from pathlib import Path

FOLDER = Path(__file__).with_name("js")

_NAMED = re.compile(
    r"""(?P<before>^(?:import|export)\b[^;'"(]*|\bnew\ URL\(\s*)"""
    r"""(?P<quote>['"])\./(?P<name>[\w.-]+\.js)(?P=quote)""",
    re.MULTILINE,
)
_JOINED = """\
const addresses = {};
for (const [name, code] of %s) {
  const text = code.replace(/'joined:(.*?)'/g, (_, named) => `'${addresses[named]}'`);
  const file = new Blob([text + `\\n//# sourceURL=live/${name}`], {type: 'text/javascript'});
  addresses[name] = URL.createObjectURL(file);
}
export default (await import(addresses[%s])).default;
"""


def joined(entry: str, worker: str, folder: Path = FOLDER) -> str:
    """The code of a component that is the default export of the module `entry`.

    Args:
        entry: file name of the component's module.
        worker: file name of the module that it starts as a worker.
        folder: where both lie, beside all that they import.

    Raises:
        ValueError: modules import each other in a circle.
        FileNotFoundError: a module is not there.
    """
    codes: dict[str, str] = {}
    for name in (worker, entry):
        _add(name, folder, codes, ())
    return _JOINED % (json.dumps(list(codes.items())), json.dumps(entry))


def _add(name: str, folder: Path, codes: dict[str, str], above: tuple[str, ...]) -> None:
    """Adds a module after all that it names."""
    if name in above:
        raise ValueError(f"Modules import each other: {' -> '.join([*above, name])}.")
    if name in codes:
        return
    code = (folder / name).read_text(encoding="utf-8")
    for found in _NAMED.finditer(code):
        _add(found["name"], folder, codes, (*above, name))
    codes[name] = _NAMED.sub(r"\g<before>'joined:\g<name>'", code)
