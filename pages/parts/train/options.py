"""Every option of a training, from the schema of its configuration."""

import json
from typing import Any

import streamlit as st

from fer_core.config import TrainConfig
from fer_core.jobs.base import Job
from fer_core.jobs.form import FIRST, FormField, Kind, check, form_fields
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.needs import missing_needs
from fer_core.models.registry import get_preset
from pages.parts.shared import cached

_KEY = "train-{}"
_FILLED = "train-filled"
"""In the session: the preset whose values the options were given."""


def choose(preset: str, jobs: LocalBackend, found: list[Job]) -> TrainConfig | None:
    """Draws every option, the first group unfolded, with what is wrong beside it.

    The options get the values of `preset` when that is chosen. None where something is wrong.
    """
    groups = form_fields()
    _fill(preset, [field for fields in groups.values() for field in fields])
    entered = {
        field.name: st.session_state[_KEY.format(field.name)]
        for fields in groups.values()
        for field in fields
    }
    # An empty text is none.
    values = {name: None if value == "" else value for name, value in entered.items()}
    config, problems = check({"preset": preset} | values)
    if config is not None:
        coming = [job.run_id for job in found if job.is_active]
        problems = missing_needs(config, jobs.root, coming)
        config = None if problems else config
    first, folded = groups.pop(FIRST), groups
    _group(first, problems)
    st.caption(_not_at_default(folded, entered))
    for title, fields in folded.items():
        _folded(title, fields, problems)
    if "" in problems:
        st.error(problems[""])
    return config


def _not_at_default(groups: dict[str, list[FormField]], entered: dict[str, Any]) -> str:
    """Which groups hold changed options. Not said in their headings: a group whose heading
    changes is redrawn, and the control that was being typed into loses the keyboard.
    """
    counts = {
        title: sum((entered[field.name] or None) != (field.default or None) for field in fields)
        for title, fields in groups.items()
    }
    changed = [f"{title} ({count})" for title, count in counts.items() if count]
    if not changed:
        return "Every option below is at its default."
    return f"Options that are not at their default: {', '.join(changed)}."


def _folded(title: str, fields: list[FormField], problems: dict[str, str]) -> None:
    """A group whose controls are sent while it is open only: drawing all takes the browser
    longer than the rest of the page. One with something wrong in it opens by itself.
    """
    key = f"group-{title}"
    if any(field.name in problems for field in fields):
        st.session_state[key] = True
    box = st.expander(title, key=key, on_change="rerun")
    if box.open:
        with box:
            _group(fields, problems)


def _fill(preset: str, fields: list[FormField]) -> None:
    """Gives the options the values of a preset that was just chosen; others stay."""
    values = get_preset(preset).config.model_dump(mode="json")
    chosen_now = st.session_state.get(_FILLED) != preset
    for field in fields:
        key = _KEY.format(field.name)
        if chosen_now or key not in st.session_state:
            value = values[field.name]
            if field.kind is Kind.NUMBER:
                value = float(value)
            elif field.kind is Kind.TEXT:
                value = value or ""
            elif field.kind is Kind.JSON:
                value = json.dumps(value) if value else ""
            st.session_state[key] = value
    st.session_state[_FILLED] = preset


def _group(fields: list[FormField], problems: dict[str, str]) -> None:
    columns = 4 if len(fields) % 4 == 0 else 3
    for start in range(0, len(fields), columns):
        row = fields[start : start + columns]
        for column, field in zip(st.columns(columns, gap="medium"), row, strict=False):
            with column:
                _widget(field)
                if field.name in problems:
                    st.error(problems[field.name])


def _widget(field: FormField) -> None:
    """The control of one option; its value outlives a visit to another page."""
    key = _KEY.format(field.name)
    shared: dict[str, Any] = {"key": key, "help": field.help, "persist_state": "session"}
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
    elif field.kind is Kind.INTEGER:
        st.number_input(
            field.label,
            min_value=int(field.minimum or 0),
            max_value=int(field.maximum or 2**31 - 1),
            step=1,
            **shared,
        )
    elif field.kind is Kind.NUMBER:
        st.number_input(
            field.label,
            min_value=field.minimum,
            max_value=field.maximum,
            format="%g",
            step=0.05 if (field.maximum or 0) <= 1 else 0.001,
            **shared,
        )
    else:
        st.text_input(field.label, **shared)
