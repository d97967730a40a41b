"""Where a training is to run, what that machine is, and what an epoch would take there."""

from dataclasses import dataclass

import streamlit as st

from fer_core import formats
from fer_core.config import TrainConfig
from fer_core.jobs.base import DataSource, KerasBackend, Place
from fer_core.jobs.pace import training_images
from fer_core.jobs.ray.settings import RaySettings
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.temporal import TEMPORAL
from pages.parts.shared import choices
from pages.parts.train import cluster, machine

PLACES = {
    Place.LOCAL: "this machine",
    Place.KAGGLE: "Kaggle's GPU",
    Place.RAY: "a Ray cluster",
}


@dataclass(frozen=True)
class Chosen:
    """Where a training is to run and what Keras computes with there; the label of a control that is
    `wrong`, and `why_not` it can start there yet.
    """

    place: Place
    backend: KerasBackend = KerasBackend.TENSORFLOW
    ray: RaySettings | None = None
    wrong: str = ""
    why_not: str = ""

    def in_words(self) -> str:
        """As `on a Ray cluster, 2 GPUs`."""
        if self.ray is None:
            return f"on {PLACES[self.place]}"
        gpus = formats.counted(self.ray.gpus, "GPU") if self.ray.gpus else "processors"
        return f"on the Ray cluster {self.ray.host}, {gpus}"


def choose(config: TrainConfig | None, data: DataSource, *, unlocked: bool) -> Chosen:
    """Draws the choice of a machine with what is known of it.

    Args:
        config: to be trained; None where the form holds something wrong.
        data: to be trained on.
        unlocked: whether the visitor is the owner; for others no process is started.
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
        st.warning(machine.TOO_LITTLE_MEMORY)
        return Chosen(place)
    if not unlocked:
        return Chosen(place)
    backend = _devices()
    if config is not None and config.model not in (*CLASSIC, TEMPORAL):
        _estimate(config, data)
    return Chosen(place, backend)


def _devices() -> KerasBackend:
    """Says what training runs on; the library is chosen where there are two."""
    answer = machine.known_devices()
    if answer.is_pending:
        machine.wait_for(answer, "Looking for devices to train on ...")
        return KerasBackend.TENSORFLOW
    if answer.value is None:
        st.caption(f"The devices for training are not known. {answer.error}")
        return KerasBackend.TENSORFLOW
    found = answer.value
    st.caption(f"Training runs on: {', '.join(found.devices)}.")
    if found.unused_gpu:
        st.warning(f"{found.unused_gpu} is here and would not be used. {found.advice}")
    names = [KerasBackend(name) for name in found.backends]
    if len(names) < 2:
        return names[0] if names else KerasBackend.TENSORFLOW
    chosen = choices.one_of(
        "Keras backend",
        names,
        "train-backend",
        format_func=lambda name: f"{name.value} {found.backends[name.value]}",
        bind=None,
        persist_state="session",
    )
    return KerasBackend(chosen)


def _estimate(config: TrainConfig, data: DataSource) -> None:
    """Twenty steps on noise, when they are asked for."""
    asked = config.model_dump_json()
    if st.button(
        "Measure the time here",
        key="estimate",
        help="Trains 20 steps on noise in a process of its own, for a minute or two. A training "
        "that runs meanwhile makes it look slower. The cards then show it too.",
    ):
        machine.known_probe.clear(asked)
        st.session_state["probed"] = asked
    if st.session_state.get("probed") != asked:
        return
    answer = machine.known_probe(asked)
    if answer.is_pending:
        machine.wait_for(answer, "Training 20 steps on noise ...")
    elif answer.value is None:
        st.error(answer.error)
    else:
        images = training_images(config, data)
        epoch = answer.value.epoch_seconds(images)
        st.caption(
            f"{1000 * answer.value.step_seconds:.0f} ms a step: about {formats.duration(epoch)} "
            f"an epoch of {images:,} images, {formats.duration(epoch * config.epochs)} in all, "
            f"without validation; {answer.value.memory_mb / 1000:.1f} GB of memory."
        )
