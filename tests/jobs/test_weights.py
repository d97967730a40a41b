"""Jobs that are handed a file of ImageNet weights: copied, used, and refused when damaged."""

from pathlib import Path

import numpy as np
import pytest

from fer_core.config import TrainConfig
from fer_core.errors import JobError, TrainingError
from fer_core.jobs import weights
from fer_core.jobs.base import DataSource, JobSpec, read_spec, write_spec
from fer_core.runs.store import State
from tests.builders import tiny_config
from tests.faults.harness import Home

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports

TRANSFER = tiny_config(
    model="mobilenetv2", epochs=1, frozen_epochs=1, augmentation="none", weight_average=0
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A runs folder with drawn faces; its jobs are ended with the test."""
    found = Home(tmp_path)
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    yield found
    for job in found.jobs.list():
        found.kill(job.run_id)


@pytest.fixture
def weights_file(tmp_path):
    """Weights of MobileNetV2 that no fresh start has."""
    from fer_core.models.transfer import BACKBONES

    path = tmp_path / "fetched.weights.h5"
    model = BACKBONES["mobilenetv2"].build(None)
    model.set_weights([np.abs(weight) * 0.9 + 0.01 for weight in model.get_weights()])
    model.save_weights(path)
    return path


def _submit(home: Home, file: Path) -> str:
    return home.jobs.submit(TRANSFER, "mine", DataSource.SYNTHETIC, weights=file).run_id


def test_a_damaged_file_ends_the_job_with_a_sentence(home, tmp_path):
    file = tmp_path / "broken.weights.h5"
    file.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 5000)
    name = _submit(home, file)
    file.unlink()  # the job has a copy

    said = home.wait(name, State.FAILED, State.STOPPED, State.DONE).status
    assert said.state is State.FAILED, home.jobs.logs(name)
    assert "does not hold the weights of MobileNetV2" in said.message
    assert str(tmp_path) not in said.message
    assert "Traceback" not in home.jobs.logs(name)


@pytest.mark.long
def test_a_job_starts_from_the_file_it_was_handed(home, weights_file, tmp_path):
    import keras

    from fer_core.models.imagenet.weights import pretrained_weights
    from fer_core.models.transfer import BACKBONE

    expected = pretrained_weights(TRANSFER, weights_file)
    name = _submit(home, weights_file)
    weights_file.unlink()
    spec = read_spec(home.runs / name)
    assert spec is not None
    assert len(spec.weights or "") == 64

    done = home.wait(name, State.DONE, State.FAILED).status
    assert done.state is State.DONE, home.jobs.logs(name)
    assert not list((home.runs / name).glob(f"{weights.STEM}*")), "The copy is still there."
    model = keras.models.load_model(home.runs / name / "model.keras")
    core = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    found = core.get_layer(BACKBONE).get_weights()
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("config", "name", "words"),
    [
        (TrainConfig(), "a.weights.h5", "does not start from ImageNet"),
        (TRANSFER, "a.txt", "no weights file of Keras"),
        (TRANSFER, "missing.h5", "cannot be read"),
    ],
)
def test_what_cannot_be_the_weights_is_refused_before_anything_is_made(
    home, tmp_path, config, name, words
):
    if name != "missing.h5":
        (tmp_path / name).write_bytes(b"weights")

    with pytest.raises(JobError, match=words) as refused:
        home.jobs.submit(config, "mine", weights=tmp_path / name)
    assert str(tmp_path) not in str(refused.value)
    assert home.jobs.list() == []
    assert list(home.runs.glob("[!.]*")) == []


@pytest.mark.parametrize("suffix", weights.SUFFIXES)
def test_the_copy_keeps_the_ending_that_tells_its_format(tmp_path, suffix):
    file, folder = tmp_path / f"any{suffix}", tmp_path / "run"
    folder.mkdir()
    file.write_bytes(b"weights")
    write_spec(folder, JobSpec(run_id="run", train=TRANSFER))
    assert weights.kept_weights(folder) is None

    spec = JobSpec(run_id="run", train=TRANSFER, weights=weights.check_weights(TRANSFER, file))
    write_spec(folder, spec)
    weights.keep_weights(folder, file)
    kept = weights.kept_weights(folder)
    assert kept == folder / f"{weights.STEM}{suffix}"

    kept.write_bytes(b"others")
    with pytest.raises(TrainingError, match="gone or was changed"):
        weights.kept_weights(folder)
    weights.forget_weights(folder)
    with pytest.raises(TrainingError, match="gone or was changed"):
        weights.kept_weights(folder)
