"""A training step is timed as the first phase makes it, without the runs that it learns from."""

from fer_core.config import TrainConfig
from fer_core.training import probe


def test_a_step_is_timed_without_the_teachers_of_the_first_phase(monkeypatch):
    built = []
    monkeypatch.setattr(probe, "load_backend", lambda: None)
    monkeypatch.setattr(probe, "build_for_training", built.append)
    monkeypatch.setattr(probe, "epoch_batches", lambda *_: None)
    monkeypatch.setattr(probe, "time_steps", lambda networks, batches, steps: (0.1, 0.3, 0.2))
    phases = ({"epochs": 1, "batch_size": 2, "teachers": ("wise",)}, {"epochs": 1})

    for config in (TrainConfig(phases=phases), TrainConfig(batch_size=2, teachers=("wise",))):
        measured = probe.measure_step(config)

        assert measured["step_seconds"] == 0.2
        assert (built[-1].batch_size, built[-1].teachers) == (2, ())
