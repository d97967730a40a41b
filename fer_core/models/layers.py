"""What a network has to name for its export, looked at when it is built, not after its training."""

from typing import Any

from fer_core.classes import NUM_CLASSES
from fer_core.errors import ConfigError


def check_layers(network: Any, name: str) -> None:
    """Looks for the layers that `training.networks.build_for_serving` asks the keras.Model for.

    Raises:
        ConfigError: it could be trained and not exported.
    """
    import keras

    layers = {layer.name: layer for layer in network.layers}
    logits = layers.get("logits")
    if (
        not isinstance(logits, keras.layers.Dense)
        or logits.units != NUM_CLASSES
        or logits.activation is not keras.activations.linear
    ):
        raise ConfigError(
            f"The network '{name}' could not be exported: it has no Dense layer 'logits' of "
            f"{NUM_CLASSES} units without activation. Name the layer before its softmax so."
        )
    if "features" not in layers:
        return
    maps, pooled = layers["features"].output.shape, layers.get("pooled")
    if len(maps) != 4 or pooled is None or pooled.output.shape != (None, maps[-1]):
        raise ConfigError(
            f"The network '{name}' could not be exported: 'features' names the map (n, h, w, c) "
            "before a global average pooling 'pooled', which it lacks. Name the pooling so, or "
            "rename 'features'."
        )
