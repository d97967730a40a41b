"""Every page at every address: each committed run alone, and values that nobody means."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import component

from fer_core import paths
from fer_core.inference import detector
from pages.parts.live.server import session
from tests.builders import make_dataset, make_run
from tests.committed import COMMITTED
from tests.pages.opened import at_page

PAGES = ("overview", "dataset", "curves", "evaluation", "upload", "live", "train", "about")
PARTS = {
    "dataset": ("tab", ("Balance", "Samples", "Audit", "Label quality")),
    "curves": ("curves", ("More metrics", "All runs", "Settings")),
    "evaluation": ("section", ("Compare",)),
}
"""Parts of a page with controls of their own, which are drawn only while their tab is open."""
HOSTILE = {
    "nothing": "",
    "unknown and long": "<b>\u202e\U0001f600\x00[a](b)`$x$ ../../etc/passwd" * 100,
    "negative": "-1",
    "larger than any integer": "9" * 40,
    "larger than any number": "1e999",
    "not a number": "nan",
    "a date": "0001-01-01",
    "several": ["1", "no-such-thing", "1"],
    "a range the wrong way round": ["200", "3"],
}
TRIED_ALWAYS = ("unknown and long", "larger than any number", "several")
KEY = re.compile(r'\b(?:key=|KEY = )"([^"]+)"')
"""The key of a control in the code of a page."""
RUNS = [run.name for run in COMMITTED]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small runs and a small data set; what pages keep in memory is kept between tests."""
    folder = tmp_path_factory.mktemp("machine")
    make_run(folder / "runs", "first")
    make_run(folder / "runs", "second", seed=1)
    make_dataset(folder / "data")
    return folder


@pytest.fixture
def small_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with those, and with neither a network nor a browser."""
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(folder / "runs"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(folder / "data"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(folder / "cache"))
    monkeypatch.setenv("FER_ICE_SERVERS", "none")
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector())
    monkeypatch.setattr(component, "get_this_session_info", lambda: None)
    session.places.cache_clear()


@pytest.fixture
def fresh_clone(
    small_machine: None, folder: Path, committed_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The committed runs without the data set."""
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(committed_runs))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(folder / "nowhere"))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(value, id=name, marks=[] if name in TRIED_ALWAYS else pytest.mark.long)
        for name, value in HOSTILE.items()
    ],
)
def test_no_value_in_an_address_breaks_a_page(small_machine: None, value: str | list[str]) -> None:
    everything = dict.fromkeys(query_keys(), value)
    for page in PAGES:
        key, parts = PARTS.get(page, ("", ("",)))
        for part in parts:
            assert_whole(open_page(page, everything | {key: part}), f"{page} {part}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "part"), [(page, part) for page in PAGES for part in PARTS.get(page, ("", ("",)))[1]]
)
def test_a_value_that_a_control_does_not_take_is_told(
    small_machine: None, page: str, part: str
) -> None:
    key = PARTS.get(page, ("",))[0]
    wrong = dict.fromkeys(query_keys() - {key}, "no-such-thing")
    left = open_page(page, wrong | {key: part}).query_params
    for taken in wrong.keys() - left.keys():
        told = open_page(page, {taken: wrong[taken], key: part}).warning
        assert any("no-such-thing`" in warning.value for warning in told), f"{page}: {taken}"


@pytest.mark.parametrize("run_id", RUNS)
def test_every_committed_run_can_be_looked_at_alone(fresh_clone: None, run_id: str) -> None:
    assert_whole(open_page("curves", {"runs": run_id}), "curves")
    assert_whole(open_page("evaluation", {"run": run_id}), "evaluation")
    assert_whole(open_page("upload", {"model": run_id}), "upload")


@pytest.mark.slow
@pytest.mark.parametrize("run_id", RUNS)
def test_every_committed_run_can_be_looked_at_in_every_part(fresh_clone: None, run_id: str) -> None:
    for part in ("Figures", "More metrics", "All runs", "Settings"):
        assert_whole(open_page("curves", {"runs": run_id, "curves": part}), part)
    for part in ("ROC and PR", "Calibration", "Compare", "Robustness"):
        assert_whole(open_page("evaluation", {"run": run_id, "section": part}), part)
    assert_whole(open_page("evaluation", {"other": run_id, "section": "Compare"}), "other")
    assert_whole(open_page("live", {"model": run_id}), "live")


@pytest.mark.parametrize("page", ["overview", "dataset", "live", "train", "about"])
def test_every_other_page_opens_on_a_fresh_clone(fresh_clone: None, page: str) -> None:
    assert_whole(open_page(page, {}), page)


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("curves", {"runs": ["first", "gone"]}),
        ("evaluation", {"run": "gone"}),
        ("evaluation", {"section": "Compare", "other": "gone"}),
        ("upload", {"model": "gone"}),
    ],
)
def test_a_run_that_is_gone_is_told(small_machine: None, page: str, address: dict) -> None:
    app = open_page(page, address)
    assert any("no" in warning.value and "`gone`" in warning.value for warning in app.warning)


def query_keys() -> set[str]:
    """Keys of all controls, which are the query parameters of those that an address sets."""
    files = (paths.PROJECT_ROOT / "pages").rglob("*.py")
    return {"model", "runs"}.union(
        *(KEY.findall(file.read_text(encoding="utf-8")) for file in files)
    )


def open_page(page: str, address: dict) -> AppTest:
    app = at_page(page)
    app.query_params.update({key: value for key, value in address.items() if key})
    return app.run()


def assert_whole(app: AppTest, name: str) -> None:
    assert not app.exception, f"{name}: {app.exception[0].message}"
    assert app.title[0].value, name
    assert any("FER2013" in caption.value for caption in app.caption), f"{name} ends early"


def test_a_key_has_one_meaning() -> None:
    # Controls of two pages with one key would take over each other's value, and links too.
    found: dict[str, list[str]] = {}
    for file in sorted((paths.PROJECT_ROOT / "pages").rglob("*.py")):
        for key in KEY.findall(file.read_text(encoding="utf-8")):
            found.setdefault(key, []).append(file.name)
    assert len(found) > 50
    assert {key: files for key, files in found.items() if len(files) > 1} == {}
