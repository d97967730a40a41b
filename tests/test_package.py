"""What `pip install .` installs reads faces anywhere, without what trains or serves."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import cv2
import pytest
from skimage import data

from fer_core import __version__
from fer_core.errors import install_hint
from fer_core.paths import PROJECT_ROOT

PROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Runs `fer` with the unpacked wheel first, and with no package beside those that it asks for.
ALONE = """
import sys
from importlib.abc import MetaPathFinder

wheel, refused = sys.argv[1], set(sys.argv[2].split(","))

class Refuse(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in refused:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
sys.path.insert(0, wheel)
sys.argv = ["fer", *sys.argv[3:]]
from fer_core.cli import main
main()
"""


def test_the_pins_of_the_package_are_those_of_requirements_txt():
    extras = PROJECT["optional-dependencies"]

    assert set(PROJECT["dependencies"]) | set(extras["app"]) | set(extras["train"]) == pins(
        "requirements.txt"
    )
    assert set(extras["scale"]) == pins("requirements-scale.txt")
    assert not set(PROJECT["dependencies"]) & (set(extras["app"]) | set(extras["train"]))


def pins(name: str) -> set[str]:
    lines = (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def test_a_face_is_read_with_the_few_packages_that_the_wheel_asks_for(wheel, photo, home):
    said = fer(wheel, home, "predict", photo, "--detector", "haar")

    assert said.returncode == 0, said.stderr
    assert re.search(r"photo\.png .*happy +\d+", said.stdout)
    assert sorted(entry.name for entry in home.rglob("*")) == ["photo.png"], "nothing is left here"


def test_the_wheel_brings_the_runs_that_read_faces(wheel, home):
    said = fer(wheel, home, "jobs", "list")

    assert said.returncode == 0, said.stderr
    for run_id in ("compact", "compact-int8", "tiny", "tiny-int8", "temporal"):
        assert re.search(rf"\b{run_id} .*done", said.stdout)
    for run_id in ("compact", "tiny"):  # trainings start from them, and tiny's has the other teach
        assert (wheel / "fer_core" / "artifacts" / "runs" / run_id / "model.keras").exists()
    assert (wheel / "fer_core" / "py.typed").exists(), "Type checkers need it."


@pytest.mark.parametrize(
    ("command", "extra"), [(["jobs", "probe"], "train"), (["report", "compact"], "app")]
)
def test_a_command_that_needs_more_says_the_line_that_installs_it(wheel, home, command, extra):
    said = fer(wheel, home, *command)

    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert f'pip install "fer-dashboard[{extra}]"' in " ".join(said.stderr.split())


@pytest.mark.parametrize(("name", "extra"), [("keras.layers", "train"), ("plotly", "app")])
def test_every_missing_package_is_named_with_its_extra(name, extra):
    said = install_hint(ModuleNotFoundError(f"No module named {name!r}", name=name))

    assert name.split(".")[0] in said
    assert said.endswith(f'pip install "fer-dashboard[{extra}]"')


def test_a_python_without_the_packages_says_which_one_has_them():
    alone = [sys.executable, "-S", "-m", "fer_core", "jobs", "list"]  # sees no installed package
    said = subprocess.run(
        alone, cwd=PROJECT_ROOT, capture_output=True, encoding="utf-8", check=False
    )

    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert re.match(r"This Python lacks the package \w+\. Use .*\.venv/bin/python", said.stderr)


def test_ray_is_installed_by_its_own_list_of_packages():
    said = install_hint(ModuleNotFoundError("No module named 'ray'", name="ray"))

    assert said.endswith("Install it: pip install -r requirements-scale.txt")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_pip_installs_it_into_an_empty_environment(tmp_path, photo, home):
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    python = [scripts / "python", "-m", "pip", "install", "--quiet"]
    built = tmp_path / "built"
    build_wheel(built)
    (file,) = built.glob("*.whl")
    installed = subprocess.run([*python, file], capture_output=True, encoding="utf-8", check=False)
    if "Failed to establish a new connection" in installed.stderr:
        pytest.skip("Needs the package index.")
    assert installed.returncode == 0, installed.stderr

    said = subprocess.run(
        [scripts / "fer", "predict", photo, "--detector", "haar"],
        cwd=home,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert said.returncode == 0, said.stderr
    assert re.search(r"photo\.png .*happy +\d+", said.stdout)
    assert not list(environment.rglob("tensorflow")) + list(environment.rglob("streamlit"))


def fer(wheel: Path, folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """What the command prints, in another folder, with the packages that the wheel asks for."""
    refused = sorted(_top_level_names() - _top_level_names(_asked_for(PROJECT["dependencies"])))
    assert {"tensorflow", "keras", "streamlit", "scipy", "sklearn", "plotly"} <= set(refused)
    command = [sys.executable, "-I", "-c", ALONE, wheel, ",".join(refused), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def build_wheel(folder: Path) -> None:
    """Builds the wheel of this checkout into `folder`."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, check=True)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, unpacked as pip does it."""
    folder = tmp_path_factory.mktemp("wheel")
    build_wheel(folder)
    (file,) = folder.glob("*.whl")
    assert __version__ in file.name
    with zipfile.ZipFile(file) as packed:
        packed.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to work in, and a home that holds nothing yet."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("FER_RUNS_DIR", "FER_CACHE_DIR", "FER_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def photo(home):
    path = home / "photo.png"
    cv2.imwrite(str(path), data.astronaut()[:, :, ::-1])
    return path


def _asked_for(requirements: list[str]) -> set[str]:
    """Names of the packages that these bring, with all that those ask for themselves."""
    found: set[str] = set()
    waiting = list(requirements)
    while waiting:
        line = waiting.pop()
        name = re.split(r"[\s;\[=<>~!(]", line, maxsplit=1)[0].lower().replace("_", "-")
        if "extra ==" in line or name in found:
            continue
        found.add(name)
        try:
            waiting += metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # for another system
            continue
    return found


def _top_level_names(packages: set[str] | None = None) -> set[str]:
    """What `packages`, or all that are installed here, can be imported as."""
    return {
        name
        for name, brought_by in metadata.packages_distributions().items()
        if packages is None or {p.lower().replace("_", "-") for p in brought_by} & packages
    }
