"""The Train page: what a training would compute on and how long it would take."""

from pathlib import Path

import pytest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import JobError
from fer_core.jobs import fastest, timed
from fer_core.jobs.devices import Devices, Probe
from pages.parts.shared.answer import Answer
from pages.parts.train import machine
from tests.pages.train.page import find_button, open_drawer, text, wait


def test_it_says_what_training_computes_on_and_what_an_epoch_takes(
    unlocked: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = Devices(
        {"tensorflow": "2.21.0", "jax": "0.10.2"}, ("CPU",), "Tesla T4", "Install requirements-gpu."
    )
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setattr(machine, "enough_memory", lambda: True)
    monkeypatch.setattr(machine, "devices", lambda: found)
    monkeypatch.setattr(fastest, "fixed_backend", lambda: None)
    monkeypatch.setattr(fastest, "installed_backends", lambda: ["tensorflow", "jax"])
    monkeypatch.setattr(fastest, "lacks_bfloat16", lambda device: True)
    monkeypatch.setattr(fastest, "_has_gpu", lambda: False)
    monkeypatch.setattr(timed, "probe", _probe)
    page = open_drawer()
    wait(lambda: not machine.known_devices().is_pending)
    page.run()
    assert "Training runs on: CPU" in text(page)
    assert "Tesla T4 is here and would not be used. Install requirements-gpu." in text(page)
    assert "Trains with TensorFlow in float32: not timed here yet." in text(page)

    find_button(page, "Measure the time here").click().run()
    wait(lambda: "500 ms a step" in text(page.run()))
    # 21,532 of 28,709 images are 337 batches of 64.
    assert "about 3 min an epoch of 21,532 images" in text(page)
    words = "Trains with JAX in float32: 128 images a second; TensorFlow in float32 64."
    assert words in text(page)

    page.segmented_control(key="train-backend").set_value("tensorflow").run()
    assert "Trains with TensorFlow in float32: as asked for." in text(page)
    assert "1000 ms a step" in text(page)


def _probe(config: TrainConfig, backend: str, **_: object) -> Probe:
    """JAX is twice as fast."""
    return Probe(0.5 if backend == "jax" else 1.0, 2100.0, config.batch_size, 10.0)


def test_a_question_that_fails_says_why() -> None:
    def fail() -> Probe:
        raise JobError("No answer came.")

    answer = Answer(fail)
    wait(lambda: not answer.is_pending)

    assert answer.value is None
    assert answer.error == "No answer came."
