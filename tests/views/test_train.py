"""The Train page: start, watch, stop, resume, and locked for strangers."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.jobs import local
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.paths import PROJECT_ROOT
from fer_core.runs.store import State, default_run
from tests.builders import make_run
from views.ui import machine, owner

APP = str(PROJECT_ROOT / "app.py")
SECONDS = {"now": 0.1}


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty runs folder, jobs that only count, and a machine that is not asked."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(folder))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "no-data"))
    monkeypatch.setenv("FER_MIN_FREE_GB", "0")
    monkeypatch.delenv(owner.PASSPHRASE_VARIABLE, raising=False)
    spawn = local.spawn

    def fake(command, folder, root):
        counted = [sys.executable, "-m", "tests.jobs.fake", str(SECONDS["now"]), command[-1]]
        return spawn(counted, folder, root)

    monkeypatch.setattr(local, "spawn", fake)
    monkeypatch.setattr(machine, "enough_memory", lambda: False)
    SECONDS["now"] = 0.1
    st.cache_data.clear()
    st.cache_resource.clear()
    yield folder
    jobs = LocalBackend(folder)
    for job in jobs.list():
        if job.is_active:
            jobs.stop(job.run_id, at_once=True)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "is_unlocked", lambda: True)


def _open() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120).run()
    page = app.switch_page("views/operate/train.py").run()
    assert not page.exception, page.exception
    return page


def _button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def _wait(happened: Callable[[], object], seconds: float = 200) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def _text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.success, *page.warning]
    return "\n".join(str(element.value) for element in shown)


def test_one_click_trains_on_drawn_faces(runs: Path, unlocked: None) -> None:
    page = _open()
    assert "Nothing runs at the moment" in _text(page)

    _button(page, "Try it on drawn faces").click().run()

    assert not page.exception
    assert "'quick-look-synthetic' is queued" in _text(page)
    jobs = LocalBackend(runs)
    _wait(lambda: jobs.status("quick-look-synthetic").status.state is State.DONE)
    page.run()
    assert page.dataframe[0].value["state"].tolist() == ["done"]


def test_a_preset_fills_the_form_and_a_wrong_value_is_refused_beside_it(unlocked: None) -> None:
    page = _open()
    page.selectbox(key="preset").set_value("tiny").run()
    assert page.number_input(key="train-epochs").value == 45
    assert page.selectbox(key="train-augmentation").value == "strong"
    assert not page.error

    page.selectbox(key="train-validation").set_value("none").run()
    page.toggle(key="train-keep_best").set_value(True).run()

    assert not page.exception
    assert "needs validation images" in page.error[0].value
    assert _button(page, "Start training").disabled


def test_without_the_data_set_training_on_it_cannot_start(unlocked: None) -> None:
    page = _open()

    assert "data set is not on this machine" in _text(page)
    assert _button(page, "Start training").disabled


def test_a_running_job_is_shown_and_can_be_stopped_and_resumed(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    jobs.submit(TrainConfig(epochs=3), "next")
    _wait(lambda: (runs / "mine" / "begun").exists())
    page = _open()
    assert "**mine**" in _text(page)
    assert "next: 1 job before it" in _text(page)

    _button(page, "Cancel").click().run()
    _wait(lambda: jobs.status("next").status.state is State.STOPPED)
    _button(page, "Stop").click().run()
    _wait(lambda: jobs.status("mine").status.state is State.STOPPED)
    page.run()
    assert not page.exception
    assert set(page.dataframe[0].value["state"]) == {"stopped"}


def test_a_stranger_sees_everything_and_can_change_nothing(runs: Path) -> None:
    make_run(runs, "done")
    page = _open()

    assert "for the owner of this server" in _text(page)
    assert {button.label for button in page.button if not button.disabled} == set()


def test_a_click_that_comes_after_the_lock_does_nothing(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn while it was unlocked, pressed when it no longer is."""
    lock = {"open": True}
    monkeypatch.setattr(owner, "is_unlocked", lambda: lock["open"])
    page = _open()
    lock["open"] = False
    _button(page, "Try it on drawn faces").click().run()

    assert not page.exception
    assert LocalBackend(runs).list() == []


def test_the_owner_chooses_the_run_that_the_app_serves(runs: Path, unlocked: None) -> None:
    make_run(runs, "best", accuracy=0.9)
    make_run(runs, "other", accuracy=0.4)
    page = _open()
    names = page.dataframe[0].value["name"].tolist()
    page.session_state["jobs"] = {"selection": {"rows": [names.index("other")], "columns": []}}
    page.run()

    _button(page, "Make it the app's default").click().run()

    assert not page.exception
    served = default_run(runs)
    assert served is not None
    assert served.run_id == "other"
