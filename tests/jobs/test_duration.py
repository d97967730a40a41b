"""How long a training would take, and where that is known from."""

import pytest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.jobs import fastest, timed
from fer_core.jobs.base import DataSource
from fer_core.jobs.devices import Probe
from fer_core.jobs.duration import expected
from fer_core.jobs.fastest import measure_all
from fer_core.jobs.offers import changes_in_words, in_words, offers
from fer_core.models.registry import get_preset
from fer_core.runs.store import Run
from tests.builders import make_dataset, make_run

FIRST = offers()[0]


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "no-data"))


def test_steps_timed_here_come_first_and_outlive_the_process(tmp_path, monkeypatch):
    config = get_preset("report-baseline").config
    assert expected(config, DataSource.FER2013, tmp_path) is None
    monkeypatch.setattr(timed, "probe", lambda config, *_, **__: Probe(0.5, 2100.0, 64))
    monkeypatch.setattr(fastest, "fixed_backend", lambda: None)

    measure_all(config)

    found = expected(config, DataSource.FER2013, tmp_path)
    assert found is not None
    assert found.seconds == 50 * 337 * 0.5
    assert found.source.startswith("from steps timed on this machine, 20")
    longer = config.model_copy(update={"epochs": 100, "seed": 3})
    again = expected(longer, DataSource.FER2013, tmp_path)
    assert again is not None
    assert again.seconds == 2 * found.seconds
    larger = config.model_copy(update={"batch_size": 128})
    assert expected(larger, DataSource.FER2013, tmp_path) is None


def test_the_training_on_drawn_faces_has_a_stored_measurement(tmp_path):
    found = expected(FIRST.config, FIRST.data, tmp_path)

    assert found is not None
    assert 10 < found.seconds < 300
    assert found.source.startswith("measured on ")


def test_a_run_of_the_same_preset_tells_unless_a_step_differs(tmp_path):
    run = make_run(tmp_path, "report-baseline", epochs=4)
    Run(run.folder, run.config.model_copy(update={"counts": {"train": 21_535}})).write_config()
    config = TrainConfig(epochs=8)

    found = expected(config, DataSource.FER2013, tmp_path)

    assert found is not None
    assert found.seconds == 8 * 12.5
    assert found.source == "as the run 'report-baseline' took, on a CPU"
    assert expected(config, DataSource.SYNTHETIC, tmp_path) is None
    other = TrainConfig(epochs=8, augmentation="strong")
    assert expected(other, DataSource.FER2013, tmp_path) is None


def test_fewer_images_than_the_run_had_take_less(tmp_path, monkeypatch):
    run = make_run(tmp_path, "report-baseline", epochs=4)
    Run(run.folder, run.config.model_copy(update={"counts": {"train": 21_535}})).write_config()
    make_dataset(tmp_path / "mine", train_per_class=20)
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "mine"))

    found = expected(TrainConfig(epochs=8), DataSource.FER2013, tmp_path)

    assert found is not None
    assert found.seconds == pytest.approx(8 * 12.5 * 105 / 21_535)  # a quarter is held out
    assert found.source == "estimated from the run 'report-baseline', 21,535 images on a CPU"


def test_a_damaged_file_of_timed_steps_is_none(tmp_path):
    (tmp_path / "cache").mkdir()
    for text in ("{", "[]", "\x00"):
        (tmp_path / "cache" / "training_steps.json").write_text(text, encoding="utf-8")
        assert expected(get_preset("tiny").config, DataSource.FER2013, tmp_path) is None


def test_what_would_start_in_words():
    tiny = get_preset("tiny").config
    assert in_words(tiny, DataSource.FER2013) == "tiny, 160 epochs, the data set"
    assert changes_in_words(tiny) == ""
    assert in_words(FIRST.config, FIRST.data) == "tiny, 20 epochs, drawn faces"
    assert changes_in_words(tiny.model_copy(update={"seed": 1})) == "1 option changed"
