"""The Train page: what a training would compute on and how long it would take."""

import pytest

from fer_core.errors import JobError
from fer_core.jobs import duration
from fer_core.jobs.devices import Devices, Probe
from pages.parts.shared.answer import Answer
from pages.parts.train import machine
from tests.pages.train.page import find_button, open_drawer, text, wait


def test_it_says_what_training_computes_on_and_what_an_epoch_takes(
    unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Devices({"tensorflow": "2.21.0"}, ("CPU",), "Tesla T4", "Install requirements-gpu.")
    monkeypatch.setattr(machine, "enough_memory", lambda: True)
    monkeypatch.setattr(machine, "devices", lambda: found)
    monkeypatch.setattr(duration, "probe", lambda config: Probe(0.5, 2100.0, config.batch_size))
    page = open_drawer()
    wait(lambda: not machine.known_devices().is_pending)
    page.run()
    assert "Training runs on: CPU" in text(page)
    assert "Tesla T4 is here and would not be used. Install requirements-gpu." in text(page)

    find_button(page, "Measure the time here").click().run()
    wait(lambda: "500 ms a step" in text(page.run()))
    # 21,532 of 28,709 images are 337 batches of 64.
    assert "about 3 min an epoch of 21,532 images" in text(page)


def test_a_question_that_fails_says_why() -> None:
    def fail() -> Probe:
        raise JobError("No answer came.")

    answer = Answer(fail)
    wait(lambda: not answer.is_pending)

    assert answer.value is None
    assert answer.error == "No answer came."
