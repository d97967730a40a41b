"""What the documentation says is there, and what it names can be run."""

import re
import shlex
import subprocess
import sys
import tomllib
from itertools import pairwise

import cv2
import pytest
import typer
from skimage import data

from fer_core import __version__
from fer_core.cli import app
from fer_core.cli.train import configure
from fer_core.data.download.fetch import DATASET_SIZE
from fer_core.inference import detector
from fer_core.paths import PROJECT_ROOT
from fer_core.reading import loaded

PAGES = [
    *(PROJECT_ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((PROJECT_ROOT / "docs").glob("*.md")),
    PROJECT_ROOT / "artifacts" / "reference" / "README.md",
]
WRITTEN = [page for page in PAGES if page.name != "cli.md"]
LATER = ("RUN_ID", "artifacts/runs/RUN_ID", ".cache", ".venv", "data/")
"""Begin paths that are there only once somebody has worked here."""


def read(page):
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    targets = re.findall(r"\]\(([^)#\s]+)", read(page))
    missing = [
        target
        for target in targets
        if not target.startswith(("http://", "https://"))
        and not (page.parent / target).resolve().exists()
    ]

    assert not missing


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_path_that_is_named_exists(page):
    roots = "app.py|pages|fer_core|tests|docs|artifacts|requirements[\\w-]*.txt|pyproject.toml"
    named = re.findall(rf"`((?:{roots})(?:/[\w./*-]*)?)`", read(page))
    missing = [
        path
        for path in named
        if not path.startswith(LATER) and not list(PROJECT_ROOT.glob(path.rstrip("/")))
    ]

    assert not missing


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_command_that_is_named_is_understood(page):
    root = typer.main.get_command(app)
    wrong = [line for line in commands(read(page)) if not understood(root, line)]

    assert not wrong


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_make_target_that_is_named_is_there(page):
    makefile = read(PROJECT_ROOT / "Makefile")
    named = re.findall(r"(?:^|`)make ([a-z][a-z-]*)", read(page), re.MULTILINE)

    assert {name for name in named if f"\n{name}:" not in makefile} == set()


def test_the_list_of_commands_is_what_they_say_themselves(tmp_path):
    made = tmp_path / "cli.md"
    options = ["--name", "fer", "--title", "Commands", "--output", str(made)]
    command = [sys.executable, "-m", "typer", "fer_core.cli", "utils", "docs", *options]
    subprocess.run(command, cwd=PROJECT_ROOT, check=True, capture_output=True)

    assert read(PROJECT_ROOT / "docs" / "cli.md") == read(made), "Run `make docs`."


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads(read(PROJECT_ROOT / "pyproject.toml"))["project"]

    assert project["dynamic"] == ["version"]
    assert f"\nversion: {__version__}\n" in read(PROJECT_ROOT / "CITATION.cff")
    assert f"## [{__version__}]" in read(PROJECT_ROOT / "CHANGELOG.md")


def test_every_setting_is_described():
    sources = [
        file for name in ("fer_core", "pages") for file in (PROJECT_ROOT / name).rglob("*.py")
    ]
    named = {name for file in sources for name in re.findall(r"\bFER_[A-Z_]+\b", read(file))}
    described = read(PROJECT_ROOT / "docs" / "deployment.md")

    assert {name for name in named if name not in described} <= {"FER_CHROMIUM", "FER_KAGGLE_ROOT"}


@pytest.mark.parametrize("name", ["cli.md", "deployment.md", "training.md"])
def test_the_size_of_the_download_is_that_of_the_pages(name):
    said = re.findall(
        r"\((\d+ MB)\)? (?:to\s+download|from\s+Kaggle)", read(PROJECT_ROOT / "docs" / name)
    )

    assert said
    assert set(said) == {DATASET_SIZE}


def test_the_readme_is_short_enough_to_be_read():
    assert len(read(PROJECT_ROOT / "README.md").split()) < 900


def test_the_tree_of_the_readme_names_every_folder_of_the_package():
    folders = {path.parent.name for path in (PROJECT_ROOT / "fer_core").glob("*/__init__.py")}

    assert folders == {*re.findall(r"^  (\w+)/ ", read(PROJECT_ROOT / "README.md"), re.M)}


def test_the_python_of_the_readme_reads_a_face(tmp_path, monkeypatch, capsys):
    (code,) = re.findall(r"```python\n(.*?)```", read(PROJECT_ROOT / "README.md"), re.DOTALL)
    cv2.imwrite(str(tmp_path / "photo.jpg"), data.astronaut()[:, :, ::-1])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loaded, "load_detector", detector.haar_detector)  # fetches nothing

    exec(code, {})

    assert re.match(r"\[\('happy', .*Box\(", capsys.readouterr().out)


def test_settings_are_quoted_as_every_shell_takes_them():
    code = "\n".join(re.findall(r"--set [^\n]*", "\n".join(map(read, PAGES))))

    assert "--set '" not in code  # Windows takes a single quote for a character like others
    assert not re.findall(r"--set [^\"\s]*[\[{]", code)  # zsh takes bare brackets for a pattern


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_a_training_is_not_given_the_name_of_a_run_that_comes_with_the_app(page):
    taken = {path.parent.name for path in (PROJECT_ROOT / "artifacts/runs").glob("*/config.json")}
    lines = [line for line in commands(read(page)) if line.startswith("train --preset")]

    assert not [line for line in lines if line.split()[2] in taken and "--run-id" not in line]


def commands(text):
    """The arguments of `fer` in code blocks and code spans."""
    blocks = re.findall(r"```(?:sh|bat)\n(.*?)```", text, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    lines = [line for block in blocks for line in block.splitlines()] + spans
    starts = r"(?:\S*python(?:[\d.]*) -m fer_core|fer) "
    return [re.sub(starts, "", line) for line in lines if re.match(starts, line)]


def understood(command, line):
    """Whether the command that `line` begins with has its options, preset and settings."""
    words = shlex.split(line, comments=True)
    while words and hasattr(command, "commands"):
        command = command.commands.get(words.pop(0))
    if command is None or hasattr(command, "commands"):
        return False
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    given = list(pairwise(words))
    presets = [parameter.default for parameter in command.params if parameter.name == "preset"]
    presets += [value.replace("NAME", "tiny") for option, value in given if option == "--preset"]
    if presets and presets[-1]:
        configure(presets[-1], [value for option, value in given if option == "--set"])
    return all(word in known for word in words if word.startswith("--"))
