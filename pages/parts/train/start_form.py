"""The form that starts a training: preset, images, name, options, place, checks."""

from typing import Any

import streamlit as st

from fer_core.config import TrainConfig
from fer_core.errors import JobError, RunError
from fer_core.jobs.backends import backend_at
from fer_core.jobs.base import DataSource, Job, KerasBackend, Place
from fer_core.jobs.kaggle.backend import check_suited
from fer_core.jobs.limits import limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.pace import DRAWN_IMAGES
from fer_core.models.registry import PRESETS, get_preset
from fer_core.runs.store import check_run_id
from pages.parts.shared import cached, navigation
from pages.parts.train import acts, machine, options
from pages.parts.train import place as place_choice

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
    "phases": (),
}
"""Changes of the tiny preset for drawn faces: they are few and easy, so its training techniques
would only slow it down, and it must need no other run."""


def show(jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    """Draws the form; a valid one can be started by the owner, for whom it is `unlocked`."""
    st.subheader("Start a training", anchor=False)
    _try_drawn_faces(jobs, unlocked=unlocked)
    preset, data, run_id = _choose(unlocked=unlocked)
    config = options.choose(preset, jobs, found)
    place, backend = place_choice.choose(config, data, unlocked=unlocked)
    allowed = _is_allowed(config, data, place, found)
    missing = data is DataSource.FER2013 and place is Place.LOCAL and not cached.has_data()
    if missing and run_id is not None:
        st.warning("The data set is not on this machine.")
        st.page_link(navigation.DATASET, label="Get it on the Dataset page")
    ready = run_id is not None and allowed and not missing
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
            f"{DRAWN_IMAGES} drawn faces: one to two minutes, nothing to download.",
            width="content",
        )
    if clicked:
        preset = get_preset("tiny").config.model_dump(mode="json")
        config = TrainConfig.parse(preset | _FIRST_TRY)
        _submit(jobs, config, None, DataSource.SYNTHETIC, KerasBackend.TENSORFLOW)


def _choose(*, unlocked: bool) -> tuple[str, DataSource, str | None]:
    """Preset, images and name; empty for a name to be made, None for one that is not valid."""
    left, middle, right = st.columns(3, gap="medium")
    preset = left.selectbox(
        "Preset", list(PRESETS), key="preset", bind="query-params", help="Fills the options below."
    )
    data = middle.segmented_control(
        "Images",
        list(_DATA),
        default=DataSource.FER2013,
        required=True,
        format_func=_DATA.__getitem__,
        key="train-data",
        persist_state="session",
    )
    run_id: str | None = right.text_input(
        "Name",
        key="train-run-id",
        placeholder=f"{preset}, numbered",
        max_chars=80,
        disabled=not unlocked,
        help="Of the run folder: a-z, 0-9, '.', '_', '-'.",
        persist_state="session",
    ).strip()
    try:
        if run_id:
            check_run_id(run_id)
    except RunError as exc:
        right.error(str(exc))
        run_id = None
    st.caption(get_preset(preset).why)
    return preset, DataSource(data), run_id


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
    jobs: LocalBackend,
    config: TrainConfig,
    run_id: str | None,
    data: DataSource,
    backend: KerasBackend,
) -> None:
    def submit() -> None:
        job = jobs.submit(config, run_id, data, backend)
        acts.tell(f"'{job.run_id}' is in the queue.")

    acts.do(submit)
