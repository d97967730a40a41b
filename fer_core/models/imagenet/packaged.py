"""ImageNet weights that are installed as a Python package, so that nothing is downloaded."""

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.models.imagenet.torch_file import read_tensors
from fer_core.models.transfer import WeightsPackage


def set_packaged_weights(model: Any, package: WeightsPackage) -> None:
    """Gives a network, whose layers bear the names of the published weights, those weights.

    Args:
        model: changed in place.
        package: what holds them.

    Raises:
        OSError: the package is not installed, or its file is not the published one.
    """
    tensors = read_tensors(weights_file(package))
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(layer_weights(layer, tensors))


def layer_weights(layer: Any, tensors: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """The weights of `layer` in Keras' order and layout.

    Args:
        layer: a convolution or batch normalisation without options.
        tensors: PyTorch's, by name; a kernel is (out, in, height, width).

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
