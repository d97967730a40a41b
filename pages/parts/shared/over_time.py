"""The choice of what is done with a face's answers over time, in videos and in live video."""

from dataclasses import dataclass

import streamlit as st

from fer_core import paths
from fer_core.errors import RunError
from fer_core.inference.over_time import OverTime, why_none
from fer_core.inference.temporal import find_temporal
from fer_core.runs import store
from fer_core.runs.records import Place
from fer_core.runs.store import Run
from pages.parts.shared import cached, choices
from pages.parts.shared.address import tell_unknown
from pages.parts.shared.messages import as_written

KEY = "over-time"
"""Of the control, and of the address where it is not the default."""
_NAMES = {
    OverTime.NONE: "None",
    OverTime.EXPONENTIAL: "Exponential",
    OverTime.RECURRENT: "Recurrent network",
}
_HELP = (
    "None: each frame alone. Exponential: earlier frames count less and less. Recurrent network: "
    "learned to read a face over time. Evaluation, Over time, compares them."
)


@dataclass(frozen=True)
class Chosen:
    """What was chosen; `temporal` is the run of the recurrent network, where that was. `told` says
    why it is not used though the address asks for it, or is empty. `key` is of the half-life's
    control, and `default` its seconds at first.
    """

    way: OverTime
    temporal: Run | None
    told: str
    key: str
    default: float

    def half_life(self) -> float:
        """Asks for the half-life of exponential smoothing; 0 seconds where there is none. Where a
        recurrent network answers, it is that of what takes its place.
        """
        seconds = st.slider(
            "Half-life, seconds",
            0.1,
            2.0,
            self.default,
            0.1,
            format="%.1f",
            key=self.key,
            bind="query-params",
            disabled=self.way is not OverTime.EXPONENTIAL,
            help="Of exponential smoothing: an earlier frame counts half after this time.",
        )
        return 0.0 if self.way is OverTime.NONE else seconds


def choose(label: str, network: Run, place: Place, *, key: str, half_life: float) -> Chosen:
    """Asks what is done with the answers of a network over time; the address keeps it.

    Where no recurrent network can be used a sentence under the control says why. An address that
    asks for a half-life, the control `key`, asks for exponential smoothing, and then says so.

    Args:
        label: of the control.
        network: whose answers they are.
        place: where; it decides on the default.
        key: of the control of the half-life.
        half_life: seconds of exponential smoothing at first.
    """
    temporal, why = look(network.run_id)
    why = as_written(why)
    ways = [way for way in OverTime if way is not OverTime.RECURRENT or temporal is not None]
    default = _default(temporal, place)
    tell_unknown("kind of smoothing", KEY, list(OverTime))
    if KEY in st.query_params and st.query_params[KEY] not in list(OverTime):
        del st.query_params[KEY]
    by_half_life = default is not OverTime.EXPONENTIAL and _is_moved(key, half_life)
    if by_half_life and KEY not in st.query_params:
        st.query_params[KEY] = OverTime.EXPONENTIAL
    asked = st.query_params.get(KEY)
    st.session_state[KEY] = OverTime(asked) if asked in ways else default
    first = None if by_half_life else default
    way = st.segmented_control(
        label,
        ways,
        format_func=lambda way: _NAMES[way],
        required=True,
        key=KEY,
        on_change=lambda: choices.set_name(KEY, st.session_state[KEY], first),
        help=_HELP,
    )
    if why:
        st.caption(why)
    told = f"Smoothing is exponential. {why}" if asked == OverTime.RECURRENT and why else ""
    return Chosen(way, temporal if way is OverTime.RECURRENT else None, told, key, half_life)


def usable(network: str) -> Run | None:
    """The run of the recurrent network for the run named `network`, if one can be used."""
    return look(network)[0]


def look(network: str) -> tuple[Run | None, str]:
    """The run of the recurrent network for the run named `network`, or None and why there is none
    that can be used.
    """
    root = paths.runs_dir()
    names = ("config.json", "model.onnx")
    files = [folder / name for folder in store.folders_in(root) for name in names]
    try:
        run = cached.kept(find_temporal, network, root, files=files)
        if run is None:
            return None, cached.kept(why_none, network, root, files=files)
        cached.temporal(run)
    except RunError as exc:
        return None, str(exc)
    return run, ""


def is_changed() -> bool:
    """Whether the address asks for another way than the default."""
    return KEY in st.query_params


def reset() -> None:
    """Goes back to the default; before the control is drawn."""
    st.query_params.pop(KEY, None)


def _is_moved(key: str, default: float) -> bool:
    """Whether the control of that key has another value; before it is drawn the address says it."""
    return st.session_state[key] != default if key in st.session_state else key in st.query_params


def _default(temporal: Run | None, place: Place) -> OverTime:
    facts = temporal.config.temporal if temporal is not None else None
    return OverTime.RECURRENT if facts and place in facts.default_in else OverTime.EXPONENTIAL
