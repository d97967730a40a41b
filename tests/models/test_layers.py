"""A network that could not be exported is refused when it is built."""

import pytest

from fer_core.config import TrainConfig
from fer_core.errors import ConfigError
from fer_core.models import registry

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports


def a_builder(last="logits", pooled="pooled", features="features", **more):
    """Of a small network with layers of these names."""

    def build(config):
        from keras import Input, Model, layers

        faces = Input((48, 48, 1))
        x = layers.Conv2D(4, 3, 4, name=features)(faces)
        x = layers.GlobalAveragePooling2D(name=pooled)(x)
        return Model(faces, layers.Softmax()(layers.Dense(**{"units": 7, "name": last} | more)(x)))

    return build


@pytest.mark.parametrize(
    ("builder", "told"),
    [
        (a_builder(last="scores"), "'own' could not be exported: it has no Dense layer 'logits'"),
        (a_builder(units=8), "of 7 units"),
        (a_builder(activation="softmax"), "without activation"),
        (a_builder(pooled="mean"), "global average pooling 'pooled', which it lacks"),
    ],
)
def test_a_network_without_the_named_layers_is_refused(monkeypatch, builder, told):
    monkeypatch.setitem(registry.BUILDERS, "own", builder)

    with pytest.raises(ConfigError, match=told):
        registry.build_network(TrainConfig(model="own"))


@pytest.mark.parametrize("names", [{}, {"features": "map", "pooled": "mean"}])
def test_one_that_has_them_is_built_and_served(monkeypatch, names):
    from fer_core.training.networks import build_for_serving

    monkeypatch.setitem(registry.BUILDERS, "own", a_builder(**names))
    config = TrainConfig(model="own")

    served = build_for_serving(config, registry.build_network(config).get_weights())
    assert len(served.outputs) == (1 if names else 3)
