"""The form that starts a training: preset, every option from the schema, checks."""

from typing import Any

import streamlit as st

from fer_core.config import TrainConfig
from fer_core.errors import JobError, RunError
from fer_core.jobs.backends import backend_at
from fer_core.jobs.base import DataSource, Job, JobBackend, KerasBackend, Place
from fer_core.jobs.form import FIRST, FormField, Kind, check, form_fields
from fer_core.jobs.kaggle.backend import check_suited
from fer_core.jobs.limits import limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.needs import missing_needs
from fer_core.models.registry import PRESETS, get_preset
from fer_core.runs.store import check_run_id
from pages.parts.shared import cached, frame, navigation
from pages.parts.train import job_panel, machine, places

_KEY = "train-{}"
_FILLED = "train-filled"
"""In the session: the preset whose values the options were given."""
_DATA = {DataSource.FER2013: "the data set", DataSource.SYNTHETIC: "drawn faces"}
_FIRST_TRY: dict[str, Any] = {
    "epochs": 20,
    "batch_size": 32,
    "optimizer": "adam",
    "learning_rate": 0.002,
    "schedule": "cosine",
    "warmup_epochs": 0,
    "weight_average": 0,
    "augmentation": "none",
    "degradation": 0,
    "initial_run": None,
    "teachers": (),
}
"""What the tiny preset takes on for drawn faces: they are few and easy, so that its remedies
would only slow it down, and it needs no other run."""
_COLUMNS = 3


def show(jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    """Draws the form; a valid one can be started by the owner.

    Args:
        jobs: of the runs folder that the page shows.
        found: what is there now.
        unlocked: whether the visitor is the owner.
    """
    st.subheader("Start a training", anchor=False)
    _try_drawn_faces(jobs, unlocked=unlocked)
    preset, data, run_id = _choose(unlocked=unlocked)
    config, problems = _options(preset, jobs, found)
    if "" in problems:
        st.error(problems[""])
    place, backend = places.choose(config, data, unlocked=unlocked)
    allowed = _is_allowed(config, data, place, found)
    ready = run_id is not None and _has_images(data, place) and allowed
    pressed = st.button(
        "Start training", type="primary", disabled=not (unlocked and config and ready), key="start"
    )
    if pressed and config is not None:
        _submit(backend_at(place, jobs.root), config, run_id or None, data, backend)


def _try_drawn_faces(jobs: LocalBackend, *, unlocked: bool) -> None:
    """A whole training without any download, in one click."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        clicked = st.button("Try it on drawn faces", disabled=not unlocked, key="try")
        st.caption(
            f"Trains the tiny network for {_FIRST_TRY['epochs']} epochs on "
            f"{places.DRAWN_IMAGES} drawn faces: one to two minutes, nothing to download.",
            width="content",
        )
    if clicked:
        preset = get_preset("tiny").config.model_dump(mode="json")
        config = TrainConfig.parse(preset | _FIRST_TRY)
        _submit(jobs, config, None, DataSource.SYNTHETIC, KerasBackend.TENSORFLOW)


def _choose(*, unlocked: bool) -> tuple[str, DataSource, str | None]:
    """Preset, images and name; empty for a name to be made, None for one that is not valid."""
    left, middle, right = st.columns(_COLUMNS, gap="medium")
    with left:
        preset = st.selectbox(
            "Preset",
            list(PRESETS),
            key="preset",
            bind="query-params",
            help="Fills the options below.",
        )
    with middle:
        data = st.segmented_control(
            "Images",
            list(_DATA),
            default=DataSource.FER2013,
            required=True,
            format_func=_DATA.__getitem__,
            key="train-data",
            persist_state="session",
        )
    with right:
        text = st.text_input(
            "Name",
            key="train-run-id",
            placeholder=f"{preset}, numbered",
            max_chars=80,
            disabled=not unlocked,
            help="Of the run folder: a-z, 0-9, '.', '_', '-'.",
            persist_state="session",
        )
        run_id: str | None = text.strip()
        try:
            if run_id:
                check_run_id(run_id)
        except RunError as exc:
            st.error(str(exc))
            run_id = None
    st.caption(get_preset(preset).why)
    return preset, DataSource(data), run_id


def _options(
    preset: str, jobs: LocalBackend, found: list[Job]
) -> tuple[TrainConfig | None, dict[str, str]]:
    """Every option of the configuration, those for a start unfolded, and what is wrong."""
    groups = form_fields()
    _fill(preset, [field for fields in groups.values() for field in fields])
    entered = {
        field.name: st.session_state[_KEY.format(field.name)]
        for fields in groups.values()
        for field in fields
    }
    config, problems = check({"preset": preset} | {n: _value(v) for n, v in entered.items()})
    if config is not None:
        coming = [job.run_id for job in found if job.is_active]
        problems = missing_needs(config, jobs.root, coming)
        config = None if problems else config
    first, folded = groups.pop(FIRST), groups
    _group(first, problems)
    st.caption(_not_at_default(folded, entered))
    for title, fields in folded.items():
        _folded(title, fields, problems)
    return config, problems


def _not_at_default(groups: dict[str, list[FormField]], entered: dict[str, Any]) -> str:
    """Which groups hold changed options. Not said in their headings: a group whose heading
    changes is drawn anew, and the control that was being typed into loses the keyboard.
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
            st.session_state[key] = value
    st.session_state[_FILLED] = preset


def _value(entered: Any) -> Any:
    """What was entered as the configuration takes it: an empty word is none."""
    return None if entered == "" else entered


def _group(fields: list[FormField], problems: dict[str, str]) -> None:
    columns = 4 if len(fields) % 4 == 0 else _COLUMNS
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


def _has_images(data: DataSource, place: Place) -> bool:
    """Says where to get the data set, if it is wanted here and is not here."""
    if data is DataSource.SYNTHETIC or place is Place.KAGGLE or cached.has_data():
        return True
    st.warning("The data set is not on this machine.")
    st.page_link(navigation.DATASET, label="Get it on the Dataset page")
    return False


def _is_allowed(
    config: TrainConfig | None, data: DataSource, place: Place, found: list[Job]
) -> bool:
    """Says what is too much: epochs, jobs, or a full disk; and what does not go there."""
    if config is None:
        return False
    try:
        if place is Place.KAGGLE:
            check_suited(config, data)
        limits().check(config, machine.disk(), sum(job.is_active for job in found))
    except JobError as exc:
        st.warning(str(exc))
        return False
    return True


def _submit(
    jobs: JobBackend,
    config: TrainConfig,
    run_id: str | None,
    data: DataSource,
    backend: KerasBackend,
) -> None:
    """Queues a job, if the visitor is the owner at this moment."""
    with frame.error_box():
        job_panel.owner_only()
        job = jobs.submit(config, run_id, data, backend)
        st.session_state[job_panel.SAID] = f"'{job.run_id}' has joined the queue."
        st.rerun()
