"""The report's network, layer by layer as the report counts it."""

import numpy as np
import pytest
from PIL import Image

from fer_core.config import TrainConfig
from fer_core.models.baseline import IMAGE_SIZE, build_baseline

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports


def test_it_has_the_weights_that_the_report_counts():
    network = build_baseline(TrainConfig())

    frozen = sum(int(np.prod(weight.shape)) for weight in network.non_trainable_weights)
    assert (network.count_params(), frozen) == (1_740_807, 448)


def test_resizing_equals_that_of_flow_from_directory():
    """Pillow and Keras pick the same pixel but where two are equally near."""
    import keras

    face = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
    resizing = next(
        layer for layer in build_baseline(TrainConfig()).layers if "resizing" in layer.name
    )

    ours = keras.ops.convert_to_numpy(resizing(face[None, :, :, None], training=False))[0, ..., 0]

    theirs = np.asarray(Image.fromarray(face).resize(IMAGE_SIZE, Image.Resampling.NEAREST))
    source = (np.arange(100) + 0.5) * 48 / 100
    clear = ~np.isclose(source, np.round(source))
    assert clear.sum() == 96
    np.testing.assert_array_equal(ours[np.ix_(clear, clear)], theirs[np.ix_(clear, clear)])
