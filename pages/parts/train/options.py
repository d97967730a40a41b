"""Every option of a training, from the schema of its configuration."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from fer_core.config import TrainConfig
from fer_core.jobs.base import DataSource, Job
from fer_core.jobs.form import check
from fer_core.jobs.form_fields import FIRST, FormField, Kind, form_fields
from fer_core.jobs.limits import limits
from fer_core.jobs.local import LocalBackend
from fer_core.models.registry import get_preset
from pages.parts.shared import cached
from pages.parts.shared.messages import as_written
from pages.parts.train import checks

_KEY = "train-{}"
_FILLED = "train-filled"
"""In the session: the preset whose values the options were given."""
_TAB = "train-options"
_SHOWN = "train-options-shown"
"""In the session: the tab that was last begun to be drawn."""


@dataclass(frozen=True)
class Entered:
    """The configuration that was entered; None where something is wrong, and what that is."""

    config: TrainConfig | None
    waits_for: tuple[str, ...]


def tell_again() -> None:
    """Sends every option's value, and the tab that was open, to the browser as they are drawn next.

    Streamlit 1.67 takes it that the browser still has them where they come back at once after they
    were gone; it has not, and every field would be empty.
    """
    _tell_again([field for fields in form_fields(limits()).values() for field in fields])
    st.session_state.pop(_TAB, None)


def choose(preset: str, data: DataSource, jobs: LocalBackend, found: list[Job]) -> Entered:
    """Draws every option, the first group above the tabs of the others, with what is wrong beside
    each. The options get the values of `preset` when that is chosen.
    """
    groups = form_fields(limits())
    every = {field.name: field for fields in groups.values() for field in fields}
    _fill(preset, every)
    base = get_preset(preset).config
    checked = check({n: st.session_state[_KEY.format(n)] for n in every}, base, limits())
    problems = checked.problems
    if checked.config is not None:
        problems = checks.missing(checked.config, data, jobs, found)
    reasons = {}
    for name, (value, why) in checked.idle.items():
        st.session_state[_KEY.format(name)] = every[name].write(value)
        reasons[name] = why
    first, others = groups.pop(FIRST), groups
    _group(first, problems, reasons)
    if _TAB not in st.session_state:  # as after the drawer was closed
        st.session_state[_TAB] = st.session_state.get(_SHOWN, next(iter(others)))
    tabs = st.tabs(list(others), key=_TAB, on_change="rerun")
    for tab, (tab_name, fields) in zip(tabs, others.items(), strict=True):
        if tab.open:
            if st.session_state.get(_SHOWN) != tab_name:
                _tell_again(fields)
            st.session_state[_SHOWN] = tab_name
            with tab:
                _group(fields, problems, reasons)
    at = {field.name: title for title, fields in others.items() for field in fields}
    waits = [f"{every[n].label} ({at[n]})" if n in at else every[n].label for n in problems if n]
    if "" in problems:
        st.error(as_written(problems[""]))
    return Entered(None if problems else checked.config, tuple(waits))


def _fill(preset: str, every: dict[str, FormField]) -> None:
    """Gives the options the values of a preset that was just chosen; others stay."""
    values = get_preset(preset).config.model_dump(mode="json")
    chosen_now = st.session_state.get(_FILLED) != preset
    for name, field in every.items():
        key = _KEY.format(name)
        if chosen_now or key not in st.session_state:
            st.session_state[key] = field.write(values[name])
    st.session_state[_FILLED] = preset


def _tell_again(fields: list[FormField]) -> None:
    for key in (_KEY.format(field.name) for field in fields):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def _group(fields: list[FormField], problems: dict[str, str], reasons: dict[str, str]) -> None:
    columns = 4 if len(fields) % 4 == 0 else 3
    for start in range(0, len(fields), columns):
        row = fields[start : start + columns]
        for column, field in zip(st.columns(columns, gap="medium"), row, strict=False):
            with column:
                _widget(field, reasons.get(field.name, ""))
                if field.name in problems:
                    st.error(as_written(problems[field.name]))


def _widget(field: FormField, idle: str) -> None:
    """The control of one option, disabled with the reason where it is `idle`; its value outlives
    a visit to another page.
    """
    key = _KEY.format(field.name)
    about = f"{idle} {field.help}" if idle else field.help
    if field.is_number:
        about += f". {field.expected.capitalize()}."
    shared: dict[str, Any] = {
        "key": key,
        "help": about,
        "disabled": bool(idle),
        "persist_state": "session",
    }
    if field.kind is Kind.SWITCH:
        st.toggle(field.label, **shared)
    elif field.kind is Kind.JSON:
        st.text_area(field.label, height="content", **shared)
    elif field.kind is Kind.CHOICE:
        st.selectbox(field.label, field.choices, **shared)
    elif field.kind is Kind.NAMES:
        runs = [run.run_id for run in cached.runs()]
        gone = [name for name in st.session_state[key] if name not in runs]
        st.multiselect(field.label, runs + gone, **shared)
    else:
        st.text_input(field.label, **shared)
