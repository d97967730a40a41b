"""Where a training is to run, what that machine is, and what an epoch would take there."""

from dataclasses import dataclass

import streamlit as st

from fer_core import formats
from fer_core.config import TrainConfig
from fer_core.jobs import fastest
from fer_core.jobs.base import DataSource, KerasBackend, Place
from fer_core.jobs.pace import training_images
from fer_core.jobs.ray.settings import RaySettings
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.temporal import TEMPORAL
from fer_core.training.machine import BACKENDS
from pages.parts.shared import choices
from pages.parts.shared.messages import as_written
from pages.parts.train import cluster, machine

PLACES = {
    Place.LOCAL: "this machine",
    Place.KAGGLE: "Kaggle's GPU",
    Place.RAY: "a Ray cluster",
}


_FASTEST = "fastest"


@dataclass(frozen=True)
class Chosen:
    """Where a training is to run and what Keras computes with there, None for the fastest; the
    label of a control that is `wrong`, and `why_not` it can start there yet.
    """

    place: Place
    backend: KerasBackend | None = None
    ray: RaySettings | None = None
    wrong: str = ""
    why_not: str = ""

    def in_words(self) -> str:
        """As `on a Ray cluster, 2 GPUs`."""
        if self.ray is None:
            return f"on {PLACES[self.place]}"
        gpus = formats.counted(self.ray.gpus, "GPU") if self.ray.gpus else "processors"
        return f"on the Ray cluster {self.ray.host}, {gpus}"


def choose(config: TrainConfig | None, data: DataSource, *, unlocked: bool, waits: bool) -> Chosen:
    """Draws the choice of a machine with what is known of it.

    Args:
        config: to be trained; None where the form holds something wrong.
        data: to be trained on.
        unlocked: whether the visitor is the owner; for others no process is started.
        waits: whether a training here waits for others, whose memory is free by then.
    """
    place = Place(
        choices.one_of(
            "Where",
            list(PLACES),
            "train-place",
            format_func=PLACES.__getitem__,
            bind=None,
            persist_state="session",
        )
    )
    if place is Place.KAGGLE:
        st.caption(
            "Runs as a private notebook of your Kaggle account. That needs `KAGGLE_USERNAME` and "
            "`KAGGLE_KEY` in the app's secrets or the server's environment, and an account with a "
            "verified phone number."
        )
        return Chosen(place)
    if place is Place.RAY:
        wanted = cluster.choose(config, data, unlocked=unlocked)
        return Chosen(place, wanted.backend, wanted.settings, wanted.wrong, wanted.why_not)
    if not machine.enough_memory():
        if not waits:
            st.warning(machine.TOO_LITTLE_MEMORY)
        return Chosen(place)
    if not unlocked:
        return Chosen(place)
    is_network = config is None or config.model not in (*CLASSIC, TEMPORAL)
    backend = _devices(is_network)
    if config is not None and is_network:
        _estimate(config, data, backend)
    return Chosen(place, backend)


def _devices(is_network: bool) -> KerasBackend | None:
    """Says what training runs on; the library for a network is chosen, None for the fastest."""
    answer = machine.known_devices()
    if answer.is_pending:
        machine.wait_for(answer, "Looking for devices to train on ...")
        return None
    if answer.value is None:
        st.caption(f"The devices for training are not known. {as_written(answer.error)}")
        return None
    found = answer.value
    st.caption(f"Training runs on: {', '.join(found.devices)}.")
    if found.unused_gpu:
        st.warning(f"{found.unused_gpu} is here and would not be used. {found.advice}")
    if not is_network:
        return None
    names = [name for name in KerasBackend if name in found.backends]
    chosen = choices.one_of(
        "Keras backend",
        [_FASTEST, *names],
        "train-backend",
        format_func=lambda name: (
            "The fastest" if name == _FASTEST else f"{BACKENDS[name]} {found.backends[name]}"
        ),
        bind=None,
        persist_state="session",
        help="The fastest: some steps are timed with each library and precision before a training "
        "that is long enough, once for this machine. If you choose a library, it trains in the "
        "precision that is set among the options.",
    )
    return None if chosen == _FASTEST else KerasBackend(chosen)


def _estimate(config: TrainConfig, data: DataSource, backend: KerasBackend | None) -> None:
    """What it will be trained with and why; steps on noise are timed when they are asked for."""
    asked = config.model_dump_json(), backend
    if st.button(
        "Measure the time here",
        key="estimate",
        help="Trains some steps on noise in a process of its own, for a minute or two with each "
        "library and precision. A training that runs meanwhile makes them look slower. The cards "
        "then show it too.",
    ):
        machine.measured.clear(*asked)
        st.session_state["probed"] = asked
    if st.session_state.get("probed") == asked:
        answer = machine.measured(*asked)
        if answer.is_pending:
            machine.wait_for(answer, "Training some steps on noise ...")
            return
        if answer.error:
            st.error(as_written(answer.error))
    images = training_images(config, data)
    chosen = fastest.choose(config, images, backend, ask=False)
    later = ". Its start times some steps with each library and precision" * chosen.is_open
    st.caption(f"Trains with {chosen.way}: {chosen.why}{later}.")
    if step := chosen.step:
        epoch = step.epoch_seconds(images)
        st.caption(
            f"{1000 * step.step_seconds:.0f} ms a step: about {formats.duration(epoch)} "
            f"an epoch of {images:,} images, {formats.duration(epoch * config.epochs)} in all, "
            f"without validation; {step.memory_mb / 1000:.1f} GB of memory."
        )
