"""Text files cross machines, so none is read or written in a machine's own encoding."""

import ast

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


def _leaves_it_to_the_machine(call: ast.Call) -> bool:
    given = {keyword.arg for keyword in call.keywords}
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    arguments = {"read_text": 0, "write_text": 1}.get(name)  # without an encoding
    by_path = arguments is not None and len(call.args) == arguments
    by_pipe = name in ("run", "Popen", "check_output") and "text" in given
    return (by_path or by_pipe) and "encoding" not in given
