"""The drawer with everything that can be chosen: preset, images, name, options, place, start."""

import streamlit as st

from fer_core import formats
from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.jobs.backends import backend_at
from fer_core.jobs.base import DataSource, Job, Place
from fer_core.jobs.duration import expected
from fer_core.jobs.local import LocalBackend, with_review
from fer_core.jobs.offers import DATA_IN_WORDS, changes_in_words, in_words
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.registry import PRESETS, get_preset
from fer_core.runs.store import check_name_free, check_run_id
from pages.parts.shared import cached, choices, navigation
from pages.parts.shared.messages import as_written
from pages.parts.train import acts, checks, options, reviewed
from pages.parts.train import place as place_choice
from pages.parts.train.place import Chosen

PRESET = "preset"
"""In the address while the drawer is open: the preset chosen in it."""
_PRESET_KEY = "train-preset"
_DATA_KEY, _NAME_KEY = "train-data", "train-run-id"
_OPEN, _ASKED = "train-drawer-open", "train-drawer-asked"
"""In the session: whether it is open, and the preset that the address was last seen to name."""
_OPENED = "train-drawer-opened"
"""In the session from when it was opened until it has been drawn once."""


def open_at(preset: str | None = None) -> None:
    """Opens the drawer, as it was left or at a preset."""
    if preset is not None:
        st.session_state[_PRESET_KEY] = preset
    st.session_state[_OPEN] = st.session_state[_OPENED] = True


def close() -> None:
    st.session_state[_OPEN] = False
    st.session_state.pop(_ASKED, None)
    st.query_params.pop(PRESET, None)


def read_address() -> None:
    """Opens the drawer where the address asks for a preset, and closes it where that has gone, as
    by the browser's Back; says so if there is no such preset.
    """
    asked = st.query_params.get(PRESET)
    choices.tell_unknown("preset", PRESET, PRESETS)
    if asked in PRESETS and asked != st.session_state.get(_ASKED):
        st.session_state[_ASKED] = asked
        open_at(asked)
    elif asked is None and _ASKED in st.session_state:
        close()


def show(jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    """Draws the drawer where it is open."""
    if not st.session_state.get(_OPEN):
        return

    if st.session_state.get(_OPENED):
        _tell_again()

    @st.dialog("Start a training", width="large", on_dismiss=close)
    def draw() -> None:
        _draw(jobs, found, unlocked=unlocked)

    draw()
    st.session_state[_OPENED] = False


def _tell_again() -> None:
    """Sends what was chosen to the browser: see `options.tell_again`."""
    for key in (_PRESET_KEY, _DATA_KEY, _NAME_KEY):
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    options.tell_again()


def _draw(jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    preset, data, run_id = _choose(jobs, unlocked=unlocked)
    st.session_state[_ASKED] = st.query_params[PRESET] = preset
    review = reviewed.choose(preset, data, unlocked=unlocked)
    entered = options.choose(preset, data, jobs, found)
    waits = checks.runs_here(found)
    chosen = place_choice.choose(entered.config, data, unlocked=unlocked, waits=waits)
    waits_for = [*entered.waits_for, *([] if run_id is not None else ["Name"])]
    waits_for += [chosen.wrong] if chosen.wrong else []
    why_not = ""
    if entered.config is not None:
        config = with_review(entered.config, data, review)
        why_not = checks.refusal(config, data, chosen.place, found) or chosen.why_not
    if waits_for:
        st.error(f"Before it can start, correct: {', '.join(waits_for)}.")
    elif why_not:
        st.warning(as_written(why_not))
        if why_not == checks.NO_DATA:
            st.page_link(
                navigation.DATASET, label="Get it on the Dataset page", icon=":material/download:"
            )
    elif entered.config is not None:
        labels = ", on reviewed labels" if review is not None else ""
        st.markdown(_summary(entered.config, data, chosen, jobs, labels))
    ready = entered.config is not None and not waits_for and not why_not
    pressed = st.button(
        "Start training", type="primary", disabled=not (unlocked and ready), key="start"
    )
    if not unlocked:
        st.caption("Training on this server is for its owner. Unlock it at the top of the page.")
    if pressed and ready and entered.config is not None:
        at = backend_at(chosen.place, jobs.root, chosen.ray)
        with st.spinner(f"Sending it {chosen.in_words()} ..."):
            acts.start(at, entered.config, run_id or None, data, chosen.backend, review, then=close)


def _summary(
    config: TrainConfig, data: DataSource, chosen: Chosen, jobs: LocalBackend, labels: str
) -> str:
    """All that will start, in one line."""
    time = expected(config, data, jobs.root) if chosen.place is Place.LOCAL else None
    takes = f", about {formats.duration(time.seconds)} ({time.source})" if time else ""
    changes = f", {changed}" if (changed := changes_in_words(config)) else ""
    return f"Starts **{in_words(config, data)}**{labels}{changes}, {chosen.in_words()}{takes}."


def _choose(jobs: LocalBackend, *, unlocked: bool) -> tuple[str, DataSource, str | None]:
    """Preset, images and name; empty for a name to be made, None for one that is not valid."""
    left, middle, right = st.columns([1.3, 1, 1], gap="medium")
    preset = left.selectbox(
        "Preset",
        list(PRESETS),
        format_func=_in_a_line,
        key=_PRESET_KEY,
        persist_state="session",
        help="Fills the options below.",
    )
    with middle:
        data = choices.one_of(
            "Images",
            list(DATA_IN_WORDS),
            _DATA_KEY,
            format_func=DATA_IN_WORDS.__getitem__,
            bind=None,
            persist_state="session",
        )
    run_id: str | None = right.text_input(
        "Name",
        key=_NAME_KEY,
        placeholder=f"{preset}, numbered",
        max_chars=80,
        disabled=not unlocked,
        help="Of the run folder: a-z, 0-9, '.', '_', '-'.",
        persist_state="session",
    ).strip()
    try:
        if run_id:
            check_run_id(run_id)
            check_name_free(jobs.root / run_id)
    except RunError as exc:
        right.error(as_written(str(exc)))
        run_id = None
    st.caption(get_preset(preset).why + _reached(preset))
    return preset, DataSource(data), run_id


def _in_a_line(preset: str) -> str:
    """As `compact, 98 epochs`. Nothing that may change while the box is open: Streamlit would take
    that for another choice.
    """
    config = get_preset(preset).config
    kind = "no network" if config.model in CLASSIC else formats.counted(config.epochs, "epoch")
    return f"{preset}, {kind}"


def _reached(preset: str) -> str:
    """What the run by the preset's name reaches, or that there is none."""
    run = next((run for run in cached.runs() if run.run_id == preset), None)
    model = get_preset(preset).config.model
    if run is None or run.config.synthetic or run.config.train.model != model:
        return " Not trained here yet, so what it reaches is not known."
    accuracy = cached.test_accuracy(run)
    if accuracy != accuracy:
        return ""
    return f" The run '{preset}' is right on {formats.percent(accuracy)} of the test images."
