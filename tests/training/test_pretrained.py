"""Transfer learning with a weights file made here: loading, gray as RGB, unfreezing."""

import numpy as np
import pytest

from fer_core.data import fer2013
from fer_core.errors import TrainingError
from fer_core.models.transfer import BACKBONE, BACKBONES
from fer_core.training import checkpoint, trainer
from tests.builders import make_dataset, tiny_config

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports

TRANSFER = tiny_config(
    model="mobilenetv2",
    frozen_epochs=1,
    fine_tuning_rate=1e-3,
    augmentation="none",
    weight_average=0,
)


@pytest.fixture(scope="module", params=BACKBONES)
def config(request):
    return TRANSFER.model_copy(update={"model": request.param})


@pytest.fixture(scope="module")
def weights_file(config, tmp_path_factory):
    """Weights of the backbone that are neither ImageNet's nor any fresh start's."""
    path = tmp_path_factory.mktemp("weights") / f"{config.model}.weights.h5"
    model = BACKBONES[config.model].build(None)
    model.set_weights([weight * 0.9 + 0.001 for weight in model.get_weights()])
    model.save_weights(path)
    return path


@pytest.fixture(scope="module")
def pretrained(config, weights_file):
    from fer_core.training.pretrained import pretrained_weights

    return pretrained_weights(config, weights_file)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CACHE_DIR", str(home / "cache"))
        yield fer2013.load(make_dataset(home / "data", train_per_class=4, test_per_class=1))


def _backbone(run, epoch: int) -> list[np.ndarray]:
    from fer_core.training.networks import build_for_training

    networks = build_for_training(run.config.train, epoch=epoch - 1)
    assert checkpoint.restore(run.checkpoint_path, networks).epoch == epoch
    return networks.core.get_layer(BACKBONE).get_weights()


class StopIn:
    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_step(self, epoch, step, steps, logs):
        if epoch == self.epoch:
            raise KeyboardInterrupt

    def on_epoch(self, row): ...


def test_the_backbone_stands_still_first_and_is_trained_after(
    config, dataset, pretrained, tmp_path
):
    run = trainer.create_run(config, dataset, "run", tmp_path)
    with pytest.raises(KeyboardInterrupt):
        trainer.train(run, dataset, StopIn(epoch=2), pretrained=pretrained)
    for ours, theirs in zip(_backbone(run, 1), pretrained, strict=True):
        np.testing.assert_array_equal(ours, theirs)

    trainer.train(run, dataset)

    after = _backbone(run, 2)
    changed = [not np.array_equal(a, b) for a, b in zip(after, pretrained, strict=True)]
    assert any(changed)
    assert run.history()["learning_rate"].tolist()[1] == pytest.approx(1e-3)


def test_red_green_and_blue_are_the_same_gray_in_the_backbones_range(config):
    import keras

    from fer_core.models.registry import build_network

    core = build_network(config)
    seen = keras.Model(core.input, core.get_layer("gray_as_rgb").output)
    gray = np.array([0, 255], np.float32)[:, None, None, None] * np.ones((2, 48, 48, 1))

    rgb = seen.predict(gray, verbose=0)

    assert rgb.shape == (2, 96, 96, 3)
    np.testing.assert_array_equal(rgb[..., 0], rgb[..., 2])
    assert rgb.min() == pytest.approx(-1)
    assert rgb.max() == pytest.approx(1)


def test_weights_of_another_network_are_refused(tmp_path):
    import keras

    from fer_core.training.pretrained import pretrained_weights

    other = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(other)

    with pytest.raises(TrainingError, match="does not hold the weights of MobileNetV2"):
        pretrained_weights(TRANSFER, other)


@pytest.mark.parametrize("content", [None, b"", b"not a weights file"])
def test_an_unreadable_weights_file_is_refused(content, tmp_path):
    from fer_core.training.pretrained import pretrained_weights

    path = tmp_path / "broken.weights.h5"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(TrainingError, match=r"broken\.weights\.h5 does not hold"):
        pretrained_weights(TRANSFER, path)


def test_without_a_download_the_reason_is_given(monkeypatch):
    from fer_core.training.pretrained import pretrained_weights

    def refuse(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    monkeypatch.setenv("KERAS_HOME", "/nonexistent")

    with pytest.raises(TrainingError, match=r"could not be downloaded.*--weights FILE"):
        pretrained_weights(TRANSFER, None)


def test_other_networks_need_no_weights():
    from fer_core.training.pretrained import pretrained_weights

    assert pretrained_weights(tiny_config(), None) is None
