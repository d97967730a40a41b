"""Text files cross machines, so none is read or written in a machine's own encoding."""

import ast
import locale
import os
import subprocess
import sys

from fer_core.paths import PROJECT_ROOT

FOLDERS = ("fer_core", "pages", "tests")


def test_every_call_that_reads_or_writes_text_names_its_encoding() -> None:
    # Ruff's PLW1514 sees only the calls whose object it can tell to be a path.
    found = [
        f"{file.relative_to(PROJECT_ROOT)}:{node.lineno}"
        for folder in FOLDERS
        for file in sorted((PROJECT_ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _leaves_it_to_the_machine(node)
    ]

    assert not found


WRITE = r"""
import locale, sys
from pathlib import Path
from fer_core.data.exclusion import ExcludeList
from fer_core.data.kept_changes import keep_list
from fer_core.files import write_text

print(locale.getpreferredencoding(False))
folder = Path(sys.argv[1])
write_text(folder / "MODEL_CARD.md", "Clart\u00e9 \u2013 90 %")
keep_list(folder, ExcludeList(("train/happy/\u00fc.png",), 0))
"""


def test_what_a_machine_with_another_encoding_writes_is_read_here(tmp_path):
    """As Windows does it with cp1252, a C locale writes ASCII where nothing else is named."""
    machine = os.environ | {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", WRITE, str(tmp_path)]
    done = subprocess.run(
        command, cwd=PROJECT_ROOT, env=machine, capture_output=True, encoding="utf-8", check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() != locale.getpreferredencoding(False)
    assert "Clart\u00e9 \u2013" in (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "\u00fc.png" in (tmp_path / "excluded.csv").read_text(encoding="utf-8")


def _leaves_it_to_the_machine(call: ast.Call) -> bool:
    given = {keyword.arg for keyword in call.keywords}
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    arguments = {"read_text": 0, "write_text": 1}.get(name)  # without an encoding
    by_path = arguments is not None and len(call.args) == arguments
    by_pipe = name in ("run", "Popen", "check_output") and "text" in given
    return (by_path or by_pipe) and "encoding" not in given
