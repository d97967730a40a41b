"""What a training computes with: the fastest that is installed, unless somebody named one."""

from dataclasses import replace

import pytest

from fer_core import paths
from fer_core.config import Precision, TrainConfig
from fer_core.errors import JobError, TrainingError
from fer_core.jobs import fastest, timed
from fer_core.jobs.devices import Probe
from fer_core.jobs.fastest import choose, keep, use
from fer_core.models.registry import get_preset
from fer_core.training import machine
from tests.builders import make_run

IMAGES = 20_000
LONG = TrainConfig(epochs=100)


class Machine:
    """Its libraries, and how long they take: seconds a step by library and precision."""

    def __init__(self, seconds: dict[tuple[str, str], float]) -> None:
        self.seconds = seconds
        self.asked: list[tuple[str, str]] = []

    def probe(self, config: TrainConfig, backend: str, timeout: float | None = None) -> Probe:
        way = backend, config.precision.value
        self.asked.append(way)
        if way not in self.seconds:
            raise JobError("Training could not be tried on this machine.")
        return Probe(self.seconds[way], 900.0, config.batch_size, took_seconds=20.0)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """TensorFlow and JAX, on a processor with bfloat16 that JAX does not use."""
    found = Machine(
        {
            ("tensorflow", "float32"): 1.0,
            ("tensorflow", "mixed_bfloat16"): 0.5,
            ("jax", "float32"): 0.8,
        }
    )
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(timed, "probe", found.probe)
    monkeypatch.setattr(fastest, "fixed_backend", lambda: None)
    monkeypatch.setattr(fastest, "installed_backends", lambda: ["tensorflow", "jax"])
    monkeypatch.setattr(fastest, "lacks_bfloat16", lambda device: False)
    return found


def test_the_fastest_is_chosen_with_the_figures_of_all(here):
    chosen = choose(LONG, IMAGES)

    assert str(chosen.way) == "TensorFlow in mixed_bfloat16"
    assert chosen.why == ("128 images a second; TensorFlow in float32 64; JAX in float32 80")
    assert chosen.images_per_second() == {
        "TensorFlow in float32": 64.0,
        "TensorFlow in mixed_bfloat16": 128.0,
        "JAX in float32": 80.0,
    }
    assert len(here.asked) == 4


def test_later_starts_ask_nothing_and_say_the_same(here):
    first = choose(LONG, IMAGES)
    here.asked.clear()

    assert choose(LONG.model_copy(update={"seed": 3}), IMAGES) == first
    assert choose(LONG, IMAGES, ask=False) == first
    assert here.asked == []
    choose(LONG.model_copy(update={"batch_size": 128}), IMAGES)
    assert here.asked, "Another step takes another time."


def test_what_was_never_timed_is_open_until_it_is_asked_for(here):
    chosen = choose(LONG, IMAGES, ask=False)

    assert str(chosen.way) == "TensorFlow in float32"
    assert chosen.is_open
    assert here.asked == []


def test_a_lead_that_may_be_chance_is_not_followed(here):
    here.seconds = {("tensorflow", "float32"): 1.0, ("jax", "float32"): 0.95}

    assert str(choose(LONG, IMAGES).way) == "TensorFlow in float32"


@pytest.mark.parametrize("epochs", [1, 5])
def test_a_short_training_is_not_timed(here, epochs):
    chosen = choose(TrainConfig(epochs=epochs), IMAGES)

    assert str(chosen.way) == "TensorFlow in float32"
    assert "too short" in chosen.why
    assert here.asked == []


def test_timing_ends_where_it_costs_more_than_it_can_win(here):
    here.seconds[("tensorflow", "float32")] = 0.01  # 20 s of training in all, as one timing takes

    chosen = choose(TrainConfig(epochs=6), IMAGES)

    assert str(chosen.way) == "TensorFlow in float32"
    assert here.asked == [("tensorflow", "float32")]


@pytest.mark.parametrize(
    ("config", "named", "way"),
    [
        (LONG, {"backend": "jax"}, "JAX in float32"),
        (LONG, {"is_named": True}, "TensorFlow in float32"),
        (get_preset("temporal").config, {"backend": "jax"}, "JAX in float32"),
        (TrainConfig(epochs=100, precision="mixed_bfloat16"), {}, "TensorFlow in mixed_bfloat16"),
        (
            TrainConfig(phases=[{"epochs": 50, "precision": "mixed_bfloat16"}, {"epochs": 50}]),
            {},
            "TensorFlow in float32",
        ),
    ],
)
def test_who_names_library_or_precision_gets_it(here, monkeypatch, config, named, way):
    monkeypatch.setattr(fastest, "use_backend", lambda name: None)
    chosen = choose(config, IMAGES, **named)

    assert str(chosen.way) == way
    assert chosen.why == "as asked for"
    assert use(chosen, config).phases == config.phases
    assert here.asked == []


def test_the_environment_names_the_library(here, monkeypatch):
    monkeypatch.setattr(fastest, "fixed_backend", lambda: "jax")

    assert str(choose(LONG, IMAGES).way) == "JAX in float32"


def test_the_run_gets_the_chosen_precision_and_a_process_the_library(here, monkeypatch):
    used = []
    monkeypatch.setattr(fastest, "use_backend", used.append)

    config = use(choose(LONG, IMAGES), LONG)

    assert config.precision is Precision.MIXED_BFLOAT16
    assert used == ["tensorflow"]


def test_a_resumed_run_keeps_its_library(here, tmp_path, monkeypatch):
    run = make_run(tmp_path)
    run = replace(run, config=run.config.model_copy(update={"backend": "jax"}))
    monkeypatch.setattr(machine, "installed_backends", lambda: ["tensorflow"])

    with pytest.raises(TrainingError, match=r"JAX, which is not installed here. `pip install jax`"):
        keep(run)


def test_a_damaged_file_of_timed_steps_is_none(here, tmp_path):
    (tmp_path / "cache").mkdir()
    file = tmp_path / "cache" / "training_steps.json"
    for text in ("{", "[]", "\x00"):
        file.write_text(text, encoding="utf-8")
        assert choose(LONG, IMAGES, ask=False).is_open
    choose(LONG, IMAGES)
    other = file.read_text(encoding="utf-8").replace("step_seconds", "other")
    file.write_text(other, encoding="utf-8")
    assert choose(LONG, IMAGES, ask=False).is_open


def test_a_cache_folder_that_cannot_be_written_does_not_end_the_training(
    here, tmp_path, monkeypatch, caplog
):
    (tmp_path / "file").touch()
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "file" / "cache"))

    assert str(choose(LONG, IMAGES).way) == "TensorFlow in mixed_bfloat16"
    assert "not kept for later" in caplog.text
