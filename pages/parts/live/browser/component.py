"""The live video in the visitor's own browser: a component of the page, which it mounts.

Camera, detector and network run there, and this server computes nothing. Its code comes from
`js/`, its texts and its settings from here. Python hears of one thing alone: a snapshot, which the
visitor sends to the Upload page.
"""

import base64
import binascii
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.inference.live.constants import constants
from fer_core.inference.live.sessions import max_sessions
from fer_core.inference.live.state import LiveSettings
from fer_core.plots.theme import DASHES
from fer_core.runs.store import Run
from pages.parts.live import words
from pages.parts.live.browser import modules, runtime
from pages.parts.shared import cached, over_time, pictures

KEY = "live-browser"
LIGHTER = "tiny"
"""Run that a machine which is too slow for another is given."""
_HERE = Path(__file__).parent
_DASHES = {
    "solid": [],
    "dash": [9, 5],
    "dot": [2, 4],
    "dashdot": [9, 4, 2, 4],
    "longdash": [16, 5],
    "longdashdot": [16, 4, 2, 4],
}
"""Plotly's dashes in pixels of a line of 2."""
_MOST_BYTES = 20_000_000
"""Of a snapshot; larger ones are not of our making."""


def show(run: Run, runs: Sequence[Run], settings: LiveSettings, recurrent: bool) -> None:
    """Draws it; `runs` are those that a browser can read faces with, `run` is the chosen one, and
    `recurrent` whether a recurrent network reads its features over time.
    """
    by_id = {each.run_id: each for each in runs}
    servable = max_sessions() > 0
    temporal = {name: found for name in by_id if (found := over_time.usable(name)) is not None}
    data: dict[str, Any] = {
        "network": run.run_id,
        "lighter": _lighter(run, by_id.get(LIGHTER)),
        "accuracy": {name: _accuracy(each) for name, each in by_id.items()},
        "unsureBelow": {
            each.run_id: each.config.abstain_below or 0.0 for each in (*runs, *temporal.values())
        },
        "settings": {
            "minConfidence": settings.min_confidence,
            "halfLife": settings.half_life,
            "mirrored": settings.mirrored,
            "recurrent": recurrent,
        },
        "recurrent": {name: each.run_id for name, each in temporal.items()},
        "classes": [
            {"name": name, "color": CLASS_COLORS[name], "dash": _DASHES[dash]}
            for name, dash in zip(CLASS_NAMES, DASHES, strict=True)
        ],
        "servable": servable,
        "words": words.browser(servable),
        "constants": constants(),
        "sources": runtime.sources([*runs, *temporal.values()]),
    }
    mount = st.components.v2.component(
        "fer_live", html=_text("live.html"), css=_text("live.css"), js=_code(), isolate_styles=False
    )
    mount(key=KEY, data=data, on_snapshot_change=_take_snapshot)


def _take_snapshot() -> None:
    """Keeps the picture that the browser sent; anything else that it may send is left alone."""
    sent = st.session_state[KEY].get("snapshot")
    if not isinstance(sent, dict):
        return
    picture, network = sent.get("picture"), sent.get("network")
    if not isinstance(picture, str) or len(picture) > _MOST_BYTES:
        return
    known = network in [run.run_id for run in cached.runs()]
    try:
        content = base64.b64decode(picture, validate=True)
        pictures.give_snapshot(content, network if known else None)
    except (ValueError, binascii.Error):
        return


def _lighter(run: Run, lighter: Run | None) -> str | None:
    """The run to change to; None where `run` has that network too, if quantized."""
    if lighter is None or run.config.train.model == lighter.config.train.model:
        return None
    return lighter.run_id


def _accuracy(run: Run) -> str:
    """Of all test images, or '' where it was not tested."""
    tested = cached.test_accuracy(run)
    return formats.percent(tested) if tested == tested else ""


@cache
def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _code() -> str:
    return modules.joined("main.js", "worker.js")
