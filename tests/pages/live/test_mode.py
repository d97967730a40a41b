"""Which mode the Live page shows, and what each is told."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit_webrtc import component as webrtc

from fer_core.inference import detector
from fer_core.runs.records import Place
from fer_core.runs.store import set_default_run
from pages.parts.live import mode
from pages.parts.live.browser import component, runtime
from pages.parts.live.server import session
from pages.parts.shared import pictures
from tests.builders import make_run, make_temporal, with_config
from tests.pages.opened import at_page

SOURCES: dict[str, Any] = {"runtime": [], "detector": None, "noDetector": "", "networks": {}}


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "runs"
    make_run(folder, "compact", accuracy=0.9)
    make_run(folder, "compact-int8", seed=1)
    monkeypatch.setenv("FER_RUNS_DIR", str(folder))
    monkeypatch.setenv("FER_ICE_SERVERS", "none")
    monkeypatch.setattr(detector, "load_detector", lambda retry=False: detector.haar_detector())
    monkeypatch.setattr(webrtc, "get_this_session_info", lambda: None)
    monkeypatch.setattr(runtime, "sources", lambda runs: SOURCES)
    st.cache_resource.clear()
    st.cache_data.clear()
    session.places.cache_clear()
    yield folder
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the browser's component is given, run after run."""
    seen: list[dict[str, Any]] = []
    made = st.components.v2.component

    def component_of(name: str, **parts: Any) -> Any:
        mount = made(name, **parts)

        def mounted(**arguments: Any) -> Any:
            if name == "fer_live":
                seen.append(arguments["data"])
            return mount(**arguments)

        return mounted

    monkeypatch.setattr(st.components.v2, "component", component_of)
    return seen


def test_faces_are_read_in_the_browser_by_the_quick_network_at_first(given: list[Any]) -> None:
    page = at_page("live").run()
    assert not page.exception
    assert given[-1]["network"] == "compact-int8"
    assert not [told for told in page.caption if "Each frame is kept" in told.value]
    names = page.selectbox(key="chosen-model").options
    quick = next(name for name in names if name.startswith("compact-int8"))
    assert quick.endswith(", for live video")
    assert [name.split(",")[0] for name in names if "default" in name] == ["compact"]


def test_the_model_that_the_owner_chose_comes_before_the_quick_one(
    given: list[Any], runs: Path
) -> None:
    set_default_run("compact", runs)
    page = at_page("live").run()
    assert given[-1]["network"] == "compact"
    names = " ".join(page.selectbox(key="chosen-model").options)
    assert "for live video" not in names


def test_the_server_mode_is_a_choice_that_the_address_keeps(given: list[Any]) -> None:
    page = at_page("live").run()
    page.segmented_control(key="mode").set_value("server").run()
    assert not page.exception
    assert page.query_params["mode"] == "server"
    assert any("Each frame is kept" in told.value for told in page.caption)
    page.segmented_control(key="mode").set_value("browser").run()
    assert "mode" not in page.query_params
    assert given[-1]["network"] == "compact-int8"


def test_a_server_without_live_video_is_not_offered_by_the_browser_mode(
    given: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_page("live").run()
    assert given[-1]["servable"]
    monkeypatch.setenv("FER_LIVE_SESSIONS", "0")
    at_page("live").run()
    assert not given[-1]["servable"]
    assert "server above" not in " ".join(given[-1]["words"].values())


def test_a_run_by_the_address_before_does_not_undo_a_choice(
    given: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = at_page("live", mode="server").run()
    page.segmented_control(key="mode").set_value("browser").run()
    page.query_params["mode"] = "server"
    page.run()
    assert page.segmented_control(key="mode").value == "browser"
    assert "mode" not in page.query_params
    monkeypatch.setattr(mode, "_SETTLES", -1.0)
    page.query_params["mode"] = "server"  # by the browser's Back
    page.run()
    assert page.segmented_control(key="mode").value == "server"


def test_a_mode_that_does_not_exist_is_told(given: list[Any]) -> None:
    page = at_page("live", mode="moon").run()
    assert "no mode `moon`" in page.warning[0].value
    assert given, "The browser's is shown in its place."


def test_settings_reach_the_browser_and_nothing_else_changes(given: list[Any]) -> None:
    page = at_page("live").run()
    page.run()
    assert given[0] == given[1], "Equal data leave the video alone."
    page.slider(key="smoothing").set_value(1.5)
    page.slider(key="confidence").set_value(0.8)
    page.toggle(key="mirrored").set_value(False).run()
    settings = {"minConfidence": 0.8, "halfLife": 1.5, "mirrored": False, "recurrent": False}
    assert given[-1] == given[0] | {"settings": settings}
    page.selectbox(key="chosen-model").set_value("compact").run()
    assert given[-1]["network"] == "compact"


def test_a_recurrent_network_is_given_to_the_browser_where_it_is_chosen(
    given: list[Any], runs: Path
) -> None:
    make_temporal(runs, features_of=("compact", "compact-int8"))
    page = at_page("live").run()
    assert not given[-1]["settings"]["recurrent"]
    assert given[-1]["recurrent"] == {"compact": "temporal", "compact-int8": "temporal"}
    page.segmented_control(key="over-time").set_value("recurrent").run()
    assert not page.exception
    assert given[-1]["settings"]["recurrent"]
    assert page.slider(key="smoothing").disabled
    assert page.query_params["over-time"] == "recurrent"
    page.segmented_control(key="over-time").set_value("none").run()
    assert given[-1]["settings"] == given[0]["settings"] | {"halfLife": 0.0}
    assert "temporal" not in " ".join(page.selectbox(key="chosen-model").options)


def test_it_is_the_default_where_validation_says_so_but_for_links_with_a_half_life(
    given: list[Any], runs: Path
) -> None:
    make_temporal(runs, features_of=("compact-int8",), default_in=(Place.LIVE,))
    page = at_page("live").run()
    assert given[-1]["settings"]["recurrent"]
    page.segmented_control(key="over-time").set_value("exponential").run()
    page.slider(key="smoothing").set_value(1.5).run()
    assert page.query_params["over-time"] == "exponential"
    assert given[-1]["settings"]["halfLife"] == 1.5
    page = at_page("live", smoothing="1.5").run()
    assert not given[-1]["settings"]["recurrent"]
    page.slider(key="smoothing").set_value(0.3).run()
    assert not given[-1]["settings"]["recurrent"], "The half-life is at its default again."
    page.slider(key="smoothing").set_value(1.5).run()
    page.segmented_control(key="over-time").set_value("recurrent").run()
    assert given[-1]["settings"]["recurrent"]
    assert page.query_params["over-time"] == "recurrent"


def test_a_link_to_what_is_not_there_is_told(given: list[Any], runs: Path) -> None:
    page = at_page("live", **{"over-time": "gru"}).run()
    assert not page.exception
    assert "no kind of smoothing `gru`" in page.warning[0].value
    page = at_page("live", **{"over-time": "recurrent"}).run()
    assert not given[-1]["settings"]["recurrent"]
    told = [each.value for each in page.caption if each.value.startswith("Smoothing is exp")]
    assert "No recurrent network has been trained yet" in told[0]
    make_temporal(runs, features_of=("compact-int8",))
    page.run()
    assert given[-1]["settings"]["recurrent"], "The wish is kept."
    page.selectbox(key="chosen-model").set_value("compact").run()
    assert not given[-1]["settings"]["recurrent"]
    assert page.segmented_control(key="over-time").options == ["None", "Exponential"]
    page.selectbox(key="chosen-model").set_value("compact-int8").run()
    assert given[-1]["settings"]["recurrent"]


def test_no_network_gives_way_to_one_that_is_not_lighter(given: list[Any], runs: Path) -> None:
    for name in ("tiny", "tiny-int8"):
        run = make_run(runs, name)
        train = run.config.train.model_copy(update={"model": "tiny"})
        with_config(run, train=train)
    lighter = {}
    for name in ("compact", "compact-int8", "tiny", "tiny-int8"):
        at_page("live", model=name).run()
        lighter[name] = given[-1]["lighter"]
    assert lighter == {"compact": "tiny", "compact-int8": "tiny", "tiny": None, "tiny-int8": None}


@pytest.mark.parametrize(
    "sent",
    [
        *(7, None, ["x"], "picture", {}),
        *({"picture": given} for given in (7, None, "not base64 \N{SNOWMAN}", "A" * 30_000_000)),
    ],
    ids=lambda sent: str(sent)[:20],
)
def test_what_is_no_snapshot_is_left_alone(monkeypatch: pytest.MonkeyPatch, sent: object) -> None:
    state: dict[str, Any] = {component.KEY: {"snapshot": sent}}
    monkeypatch.setattr(st, "session_state", state)
    component._take_snapshot()
    assert not pictures.has_snapshot()


@pytest.mark.parametrize(
    ("network", "told"),
    [("compact", "compact"), ("no run", None), (["compact"], None), (None, None)],
)
def test_a_snapshot_waits_for_the_upload_page_and_who_read_it_is_known(
    monkeypatch: pytest.MonkeyPatch, network: object, told: str | None
) -> None:
    sent = {"picture": base64.b64encode(b"a picture").decode(), "network": network}
    state: dict[str, Any] = {component.KEY: {"snapshot": sent}}
    monkeypatch.setattr(st, "session_state", state)
    component._take_snapshot()
    assert pictures.snapshot_run() == told
    picture = pictures.take_snapshot()
    assert picture is not None
    assert picture.data() == b"a picture"


def test_without_a_model_the_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "nothing"))
    page: AppTest = at_page("live").run()
    assert not page.exception
    assert any("No trained model yet" in each.value for each in page.subheader)
