"""What only the owner may do is asked for again where it is done, whatever was drawn."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.paths import PROJECT_ROOT
from fer_core.runs.store import State, Status, set_default_run
from pages.parts.shared import owner
from pages.parts.train import machine
from tests.builders import make_run


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished and a stopped run."""
    folder = tmp_path / "runs"
    folder.mkdir()
    make_run(folder, "done")
    make_run(folder, "stopped").write_status(Status(state=State.STOPPED, epoch=1, epochs=3))
    set_default_run("stopped", folder)
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(folder))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "no-data"))
    monkeypatch.setenv("FER_MIN_FREE_GB", "0")
    monkeypatch.setattr(machine, "enough_memory", lambda: False)
    st.cache_data.clear()
    st.cache_resource.clear()
    return folder


@pytest.mark.parametrize("name", ["done", "stopped"])
def test_every_act_asks_again(runs: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unlocked, button = True, st.button

    def locked_once_pressed(*arguments: object, **more: object) -> bool:
        nonlocal unlocked
        pressed = button(*arguments, **more)
        unlocked = unlocked and not pressed
        return pressed

    monkeypatch.setattr(owner, "is_unlocked", lambda: unlocked)
    monkeypatch.setattr(st, "button", locked_once_pressed)
    before = {path: path.read_bytes() for path in runs.rglob("*") if path.is_file()}
    page = AppTest.from_file(str(PROJECT_ROOT / "app.py"), default_timeout=120).run()
    page.switch_page("pages/train.py").run()
    names = page.dataframe[0].value["name"].tolist()
    chosen = {"selection": {"rows": [names.index(name)], "columns": []}}
    page.session_state[f"jobs-{len(names)}-{names[0]}"] = chosen
    page.run()
    pressed = set()
    labels = [button.label for button in page.button if not button.disabled]
    labels.remove("Other networks and settings")  # which opens the drawer and does nothing else
    for label in labels:
        unlocked = True
        page.run()
        next(button for button in page.button if button.label == label).click().run()
        assert not page.exception
        assert "Unlock it" in page.error[0].value, label
        pressed.add(label)

    assert {"Train on drawn faces", "Delete it"} <= pressed
    # The other one is the default already.
    assert ("Make it the app's default" in pressed) is (name == "done")
    assert ("Resume" in pressed) is (name == "stopped")
    after = {p: p.read_bytes() for p in runs.rglob("*") if p.is_file() and ".queue" not in p.parts}
    assert after == before
