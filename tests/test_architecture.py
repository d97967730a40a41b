"""The rules that shape the code: a web process without TensorFlow, and one direction of imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_core.paths import PROJECT_ROOT

HEAVY = ("tensorflow", "keras", "torch", "jax")
RAY = ("ray", "optuna", "fsspec")
"""Optional: `requirements-scale.txt`."""
WEB_PACKAGES = (
    "data",
    "evaluation",
    "inference",
    "jobs",
    "plots",
    "quality",
    "reading",
    "reference",
    "reporting",
    "runs",
)
LAYERS = {
    "errors": 0,
    "archives": 0,
    "images": 0,
    "network": 0,
    "progress": 0,
    "tables": 0,
    "terminal": 0,
    "classes": 0,
    "paths": 0,
    "files": 0,
    "formats": 0,
    "config": 0,
    "data": 1,
    "models": 1,
    "runs": 1,
    "reference": 2,
    "inference": 3,
    "evaluation": 4,
    "reading": 4,
    "plots": 5,
    "training": 5,
    "export": 6,
    "quality": 7,
    "experiments": 7,
    "temporal": 7,
    "reporting": 8,
    "scale": 8,
    "jobs": 9,
    "bench": 10,
    "cli": 11,
    "__main__": 12,
}
"""A module imports from its own package and from lower layers only. `fer_core/__init__.py`
imports nothing of the package."""


def test_web_process_never_imports_a_training_framework() -> None:
    # Looked up in the other process too: streamlit_webrtc, imported after TensorFlow, crashes.
    loaded = _run(
        f"import importlib, sys\n"
        f"for name in {_web_modules()!r}: importlib.import_module(name)\n"
        f"for name in {_imports_of_pages()!r}:\n"
        f"    try: importlib.import_module(name)\n"
        f"    except ModuleNotFoundError: pass  # the name of something in a module\n"
        f"print(','.join(m for m in {HEAVY!r} if m in sys.modules))"
    )
    assert loaded == "", f"The web process imports {loaded}."


def test_fer_core_never_imports_streamlit() -> None:
    modules = [name for name in _modules("fer_core") if not name.endswith("__main__")]
    for name in modules:
        found = [target for target in _imports(name) if target.split(".")[0] == "streamlit"]
        assert not found, f"{name} imports streamlit."


def test_pages_hold_no_bare_values() -> None:
    # Streamlit writes them on the page, so a remark on a constant is a comment there.
    for script in sorted((PROJECT_ROOT / "pages").glob("*.py")):
        after_docstring = ast.parse(script.read_text(encoding="utf-8")).body[1:]
        bare = [
            node.lineno
            for node in after_docstring
            if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call)
        ]
        assert not bare, f"{script.name} has values on lines {bare} that nothing uses."


def test_every_page_script_lets_the_app_begin() -> None:
    # Without it the address of a page opens that page alone on a server that nobody visited.
    for script in sorted((PROJECT_ROOT / "pages").glob("*.py")):
        calls = [node.value for node in _tree(script).body if isinstance(node, ast.Expr)]
        begun = [ast.unparse(call) for call in calls if isinstance(call, ast.Call)]
        assert begun[0] == "enter()", script.name


def test_tests_are_found_where_the_system_has_neither_users_nor_kills() -> None:
    lacking = {"geteuid", "getuid", "killpg", "fork", "SIGKILL"}  # on Windows
    for file in sorted((PROJECT_ROOT / "tests").rglob("*.py")):
        names = {node.attr for node in _at_import(_tree(file)) if isinstance(node, ast.Attribute)}
        assert not names & lacking, f"{file.name} ends a run of all tests on Windows."


def test_fer_core_never_imports_pages() -> None:
    for name in _modules("fer_core"):
        found = [t for t in _imports(name) if t.split(".")[0] in ("pages", "app", "tests")]
        assert not found, f"{name} imports {found}."


def test_imports_inside_fer_core_run_one_way() -> None:
    wrong = []
    for name in _modules("fer_core"):
        if name == "fer_core":
            continue
        source = name.split(".")[1]
        assert source in LAYERS, f"'{source}' has no layer: add it to LAYERS, or move it."
        for target in _own_imports(name):
            part = target.split(".")[1] if "." in target else source
            if part == source:
                continue
            if LAYERS[part] >= LAYERS[source] > 0 or (LAYERS[source] == 0 and LAYERS[part] > 0):
                wrong.append(f"{name} -> {target}")
    assert not wrong, "Imports against the direction: " + "; ".join(wrong)


@pytest.mark.parametrize("package", ["fer_core", "pages"])
def test_no_import_cycles(package: str) -> None:
    graph = {name: _top_level_imports(name) for name in _modules(package)}
    cycle = _find_cycle(graph)
    assert cycle is None, "Import cycle: " + " -> ".join(cycle or [])


def test_framework_imports_stand_inside_functions() -> None:
    for name in _modules("fer_core"):
        part = name.split(".")[1] if "." in name else ""
        if part in ("models", "training"):
            continue
        heavy = [t for t in _targets(_module_body(name)) if t.split(".")[0] in HEAVY]
        assert not heavy, f"{name} imports {heavy} at its top."


def test_ray_is_imported_by_fer_core_scale_alone_and_inside_functions() -> None:
    for name in (*_modules("fer_core"), *_modules("pages"), "app"):
        in_scale = name.startswith("fer_core.scale")
        targets = _targets(_module_body(name)) if in_scale else _imports(name)
        found = [t for t in targets if t.split(".")[0] in RAY]
        assert not found, f"{name} imports {found}."


def test_without_being_asked_the_command_line_loads_no_ray() -> None:
    code = "import fer_core.cli, sys; print([m for m in sys.modules if m.split('.')[0] in {}])"
    assert _run(code.format(RAY)) == "[]"


def test_finds_the_modules_it_guards() -> None:
    names = _modules("fer_core")
    assert "fer_core.data.fer2013" in names
    assert "fer_core.runs.store" in names
    assert "fer_core.errors" in _own_imports("fer_core.data.fer2013")


def _run(code: str) -> str:
    """What `code` prints in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        cwd=PROJECT_ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _web_modules() -> list[str]:
    modules = _modules("fer_core")
    return [m for m in modules if len(m.split(".")) > 1 and m.split(".")[1] in WEB_PACKAGES]


def _imports_of_pages() -> list[str]:
    """Every name that a page or app.py imports, modules and others, wherever in the file."""
    files = [PROJECT_ROOT / "app.py", *(PROJECT_ROOT / "pages").rglob("*.py")]
    found = {target for file in files if file.exists() for target in _targets(_tree(file).body)}
    return sorted(target for target in found if target)


def _modules(package: str) -> list[str]:
    root = PROJECT_ROOT / package
    names = []
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(PROJECT_ROOT).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def _path(name: str) -> Path:
    plain = PROJECT_ROOT.joinpath(*name.split(".")).with_suffix(".py")
    return plain if plain.exists() else PROJECT_ROOT.joinpath(*name.split("."), "__init__.py")


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _module_body(name: str) -> list[ast.stmt]:
    """The statements that run at import: none inside functions or under TYPE_CHECKING."""
    return [node for node in _tree(_path(name)).body if not _skipped_at_import(node)]


def _at_import(node: ast.AST) -> Iterator[ast.AST]:
    """What runs at import, decorators and defaults of functions too, but not their bodies."""
    yield node
    children = ast.iter_child_nodes(node)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        children = iter([*node.decorator_list, node.args])
    for child in children:
        yield from _at_import(child)


def _skipped_at_import(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return True
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _targets(body: list[ast.stmt]) -> set[str]:
    """Dotted names that the statements import; `from a import b` gives both a and a.b."""
    found: set[str] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"Relative import in line {node.lineno}: use the full name."
                module = node.module or ""
                found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def _imports(name: str) -> set[str]:
    return _targets(_tree(_path(name)).body)


def _own_imports(name: str) -> set[str]:
    own = set(_modules("fer_core"))
    return {t for t in _imports(name) if t in own and t != "fer_core"}


def _top_level_imports(name: str) -> set[str]:
    """Modules of the project imported at import time, without the packages above `name`."""
    own = set(_modules(name.split(".")[0]))
    return {t for t in _targets(_module_body(name)) if t in own and not name.startswith(f"{t}.")}


def _find_cycle(graph: dict[str, set[str]]) -> list[str] | None:
    done: set[str] = set()

    def visit(node: str, trail: list[str]) -> list[str] | None:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in done:
            return None
        for target in sorted(graph.get(node, ())):
            if (cycle := visit(target, [*trail, node])) is not None:
                return cycle
        done.add(node)
        return None

    for name in graph:
        if (cycle := visit(name, [])) is not None:
            return cycle
    return None
