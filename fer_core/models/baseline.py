"""The published report's network: three convolution blocks and two dense layers."""

from typing import Any

from fer_core.classes import NUM_CLASSES
from fer_core.config import TrainConfig

IMAGE_SIZE = (100, 100)


def build_baseline(config: TrainConfig) -> Any:
    """Builds the report's network with 1,740,807 parameters, 448 of them not trainable.

    Three blocks of convolution 3x3 (32, 64, 128 filters, valid padding, ReLU), batch
    normalisation, max-pooling 2x2 and dropout; then dense layers of 128 and 64 units
    and a softmax over the classes; `config.dropout` is used in every block. The report gives
    filters, units and the number of parameters; padding follows from them.

    Returns:
        keras.Model from float32 (n, 48, 48, 1), range 0-255, to float32 (n, 7).
    """
    import keras
    from keras import layers

    faces = keras.Input((48, 48, 1), name="pixels")
    resize = layers.Resizing(*IMAGE_SIZE, "nearest", dtype="float32", name="resizing")
    x = layers.Rescaling(1 / 255, name="rescaling")(resize(faces))
    for block, filters in enumerate((32, 64, 128), start=1):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"block{block}_conv")(x)
        x = layers.BatchNormalization(name=f"block{block}_norm")(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
        x = layers.Dropout(config.dropout, name=f"block{block}_dropout")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(128, activation="relu", name="dense1")(x)
    x = layers.Dense(64, activation="relu", name="dense2")(x)
    x = layers.Dense(NUM_CLASSES, name="logits")(x)
    probabilities = layers.Softmax(dtype="float32", name="probabilities")(x)
    return keras.Model(faces, probabilities, name="report_baseline")
