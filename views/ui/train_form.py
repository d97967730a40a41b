"""The form that starts a training: preset, options from the schema, checks, estimate."""

from typing import Any

import streamlit as st

from fer_core.config import TrainConfig
from fer_core.jobs.base import DataSource, Job, JobBackend, KerasBackend
from fer_core.jobs.form import FIRST, FormField, Kind, check, form_fields
from fer_core.jobs.progress import in_words
from fer_core.models.registry import PRESETS, get_preset
from views.ui import cached, frame, machine, owner

_KEY = "train-{}"
_DATA = {DataSource.FER2013: "the data set", DataSource.SYNTHETIC: "drawn faces"}
_DRAWN_EPOCHS = 4
_DRAWN_IMAGES = 420
_COLUMNS = 3


def show(jobs: JobBackend, *, unlocked: bool) -> None:
    """Draws the form; a valid one can be started by the owner.

    Args:
        jobs: takes the new job.
        unlocked: whether the visitor is the owner.
    """
    st.subheader("Start a training", anchor=False)
    _try_drawn_faces(jobs, unlocked=unlocked)
    preset, data, run_id = _choose(unlocked=unlocked)
    config, problems = _options(preset)
    if "" in problems:
        st.error(problems[""])
    backend = _machine(config)
    missing = data is DataSource.FER2013 and not cached.has_data()
    if missing:
        st.warning("The data set is not on this machine.")
        st.page_link(frame.DATASET, label="Get it on the Dataset page")
    ready = unlocked and config is not None and not missing
    if st.button("Start training", type="primary", disabled=not ready, key="start") and config:
        _submit(jobs, config, run_id or None, data, backend)


def _try_drawn_faces(jobs: JobBackend, *, unlocked: bool) -> None:
    """A whole training without any download, in one click."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        clicked = st.button("Try it on drawn faces", disabled=not unlocked, key="try")
        st.caption(
            f"Trains the report's network for {_DRAWN_EPOCHS} epochs on {_DRAWN_IMAGES} drawn "
            "faces: about two minutes, nothing to download.",
            width="content",
        )
    if clicked:
        config = get_preset("quick-look").config.model_copy(
            update={"epochs": _DRAWN_EPOCHS, "batch_size": 64}
        )
        _submit(jobs, config, None, DataSource.SYNTHETIC, KerasBackend.TENSORFLOW)


def _choose(*, unlocked: bool) -> tuple[str, DataSource, str]:
    """Preset, images and name."""
    left, middle, right = st.columns(_COLUMNS, gap="medium")
    with left:
        preset = st.selectbox(
            "Preset",
            list(PRESETS),
            key="preset",
            bind="query-params",
            on_change=_fill,
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
        )
    with right:
        run_id = st.text_input(
            "Name",
            key="train-run-id",
            placeholder=f"{preset}, numbered",
            max_chars=80,
            disabled=not unlocked,
            help="Of the run folder: a-z, 0-9, '.', '_', '-'.",
        )
    st.caption(get_preset(preset).why)
    return preset, DataSource(data or DataSource.FER2013), run_id.strip()


def _options(preset: str) -> tuple[TrainConfig | None, dict[str, str]]:
    """Every option of the configuration, those for a start unfolded, and what is wrong."""
    values = get_preset(preset).config.model_dump(mode="json")
    groups = form_fields()
    if st.session_state.get("train-filled") != preset:
        _fill()
    entered = {
        field.name: st.session_state.get(_KEY.format(field.name), values[field.name])
        for fields in groups.values()
        for field in fields
    }
    config, problems = check(_as_values(values | entered))
    for title, fields in groups.items():
        if title == FIRST:
            _group(fields, problems)
            continue
        changed = sum((entered[field.name] or None) != (field.default or None) for field in fields)
        wrong = any(field.name in problems for field in fields)
        label = f"{title} ({changed} not at default)" if changed else title
        with st.expander(label, expanded=wrong, key=f"group-{title}"):
            _group(fields, problems)
    return config, problems


def _group(fields: list[FormField], problems: dict[str, str]) -> None:
    for start in range(0, len(fields), _COLUMNS):
        row = fields[start : start + _COLUMNS]
        for column, field in zip(st.columns(_COLUMNS, gap="medium"), row, strict=False):
            with column:
                _widget(field)
                if field.name in problems:
                    st.error(problems[field.name])


def _widget(field: FormField) -> None:
    key = _KEY.format(field.name)
    if field.kind is Kind.SWITCH:
        st.toggle(field.label, key=key, help=field.help)
    elif field.kind is Kind.CHOICE:
        st.selectbox(field.label, field.choices, key=key, help=field.help)
    elif field.kind is Kind.NAMES:
        runs = [run.run_id for run in cached.runs()]
        st.multiselect(field.label, runs, key=key, help=field.help)
    elif field.kind is Kind.INTEGER:
        st.number_input(
            field.label,
            min_value=int(field.minimum or 0),
            max_value=int(field.maximum or 2**31 - 1),
            step=1,
            key=key,
            help=field.help,
        )
    elif field.kind is Kind.NUMBER:
        st.number_input(
            field.label,
            min_value=field.minimum,
            max_value=field.maximum,
            format="%g",
            step=0.05 if (field.maximum or 0) <= 1 else 0.001,
            key=key,
            help=field.help,
        )
    else:
        st.text_input(field.label, key=key, help=field.help)


def _fill() -> None:
    """Sets every option to the value of the chosen preset."""
    preset = st.session_state.get("preset") or next(iter(PRESETS))
    values = get_preset(preset).config.model_dump(mode="json")
    for fields in form_fields().values():
        for field in fields:
            value = values[field.name]
            if field.kind is Kind.NUMBER:
                value = float(value)
            elif field.kind is Kind.TEXT:
                value = value or ""
            st.session_state[_KEY.format(field.name)] = value
    st.session_state["train-filled"] = preset


def _as_values(entered: dict[str, Any]) -> dict[str, Any]:
    """What was entered as the configuration takes it: an empty word is none."""
    return {name: None if value == "" else value for name, value in entered.items()}


@st.fragment
def _machine(config: TrainConfig | None) -> KerasBackend:
    """What training would run on, and what an epoch would take."""
    st.caption(f"This machine: {machine.room()}.")
    if not machine.enough_memory():
        st.warning(
            "There is too little memory to train here. Train on a larger machine and copy the "
            "run folder to artifacts/runs; these pages show it without retraining."
        )
        return KerasBackend.TENSORFLOW
    _devices()
    if config is None or not owner.is_unlocked():
        return KerasBackend.TENSORFLOW
    _estimate(config)
    return KerasBackend(st.session_state.get("train-backend", KerasBackend.TENSORFLOW))


def _devices() -> None:
    if not owner.is_unlocked():
        return
    answer = machine.known_devices()

    @st.fragment(run_every=2.0 if answer.is_pending else None)
    def draw() -> None:
        if answer.is_pending:
            st.caption("Looking for the devices that training would use ...")
            return
        if answer.value is None:
            st.caption(f"Which devices training would use is not known: {answer.error}")
            return
        found = answer.value
        names = [KerasBackend(name) for name in found.backends]
        st.caption(f"Training computes on: {', '.join(found.devices)}.")
        if found.unused_gpu:
            st.warning(f"{found.unused_gpu} is here and would not be used. {found.advice}")
        if len(names) > 1:
            st.segmented_control(
                "Keras computes with",
                names,
                default=names[0],
                required=True,
                key="train-backend",
                format_func=lambda name: f"{name.value} {found.backends[name.value]}",
            )

    draw()


def _estimate(config: TrainConfig) -> None:
    """Twenty steps on noise, when they are asked for."""
    asked = config.model_dump_json()
    if st.button(
        "Estimate the time",
        key="estimate",
        help="Trains 20 steps on noise in a process of its own; takes up to a minute or two.",
    ):
        st.session_state["probed"] = asked
    if st.session_state.get("probed") != asked:
        return
    answer = machine.known_probe(asked)

    @st.fragment(run_every=2.0 if answer.is_pending else None)
    def draw() -> None:
        if answer.is_pending:
            st.caption("Training 20 steps on noise ...")
        elif answer.value is None:
            st.caption(answer.error)
        else:
            images = _training_images(config)
            epoch = answer.value.epoch_seconds(images)
            st.caption(
                f"{1000 * answer.value.step_seconds:.0f} ms a step: about {in_words(epoch)} an "
                f"epoch of {images:,} images, {in_words(epoch * config.epochs)} in all, validation "
                f"aside; {answer.value.memory_mb / 1000:.1f} GB of memory."
            )

    draw()


def _training_images(config: TrainConfig) -> int:
    """About how many images an epoch of the data set has."""
    from fer_core.config import Validation
    from fer_core.data.install import PUBLISHED_IMAGES

    held_out = {Validation.REPORT: 0.25, Validation.GROUPED: 0.1, Validation.NONE: 0.0}
    return round(PUBLISHED_IMAGES["train"] * (1 - held_out[config.validation]))


def _submit(
    jobs: JobBackend,
    config: TrainConfig,
    run_id: str | None,
    data: DataSource,
    backend: KerasBackend,
) -> None:
    """Queues a job, if the visitor is the owner at this moment."""
    if not owner.is_unlocked():
        st.error("Training is locked. Unlock it above.")
        return
    with frame.error_box():
        job: Job = jobs.submit(config, run_id, data, backend)
        st.session_state["train-said"] = f"'{job.run_id}' is queued."
        st.rerun()
