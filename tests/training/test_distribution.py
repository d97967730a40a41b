"""One training on several devices, virtual ones of this processor: equal to that on one."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from fer_core import paths
from fer_core.config import Augmentation, TrainConfig
from fer_core.errors import TrainingError
from fer_core.training.distribution import check_several

PLAIN = TrainConfig(model="tiny", dropout=0.0)
SCRIPT = """
import os, sys
import numpy as np
from fer_core.data.fer2013 import Faces
from fer_core.training import distribution
from fer_core.training.batches import epoch_batches
from fer_core.training.networks import build_for_training
from fer_core.training.targets import one_hot
from tests.builders import tiny_config

count, devices, at_random, out = (int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
if os.environ["KERAS_BACKEND"] == "tensorflow":
    import tensorflow as tf

    cpus = [tf.config.LogicalDeviceConfiguration()] * devices
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], cpus)
drawn = {"augmentation": "medium", "dropout": 0.3} if at_random == "1" else {}
config = tiny_config(**({"augmentation": "none", "dropout": 0.0} | drawn))
rng = np.random.default_rng(0)
images = rng.integers(0, 256, (count, 48, 48, 1), dtype=np.uint8)
faces = Faces(images, rng.integers(0, 7, count).astype(np.int8), np.full(count, "noise"))
with distribution.spread(config, count):
    networks = build_for_training(config)
    batches = epoch_batches(faces, one_hot(faces.labels), 16, 0, 0)
    networks.training.fit(batches, shuffle=False, verbose=0)
    np.savez(out, *[np.asarray(variable) for variable in networks.state()])
"""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dropout": 0.1}, "dropout"),
        ({"augmentation": Augmentation.BASIC}, "augmentation"),
        ({"mixup": 0.2, "degradation": 0.1}, "degradation and mixup"),
        ({"batch_size": 63}, "batches of 63"),
        ({"phases": ({"epochs": 1}, {"epochs": 1, "dropout": 0.2})}, "dropout"),
        ({"model": "mobilenetv2"}, "pretrained"),
    ],
)
def test_tensorflow_is_refused_where_several_gpus_would_train_something_else(changes, said):
    values = PLAIN.model_dump(exclude={"epochs"} if "phases" in changes else set()) | changes
    config = TrainConfig.parse(values)

    with pytest.raises(TrainingError, match=f"{said}.*Choose JAX"):
        check_several(config, "tensorflow", 2)

    check_several(config, "tensorflow", 1)
    check_several(config, "jax", 2)


def test_tensorflow_may_share_out_what_draws_nothing():
    check_several(PLAIN, "tensorflow", 2)


@pytest.mark.long
def test_two_devices_of_tensorflow_train_as_one(tmp_path):
    one, two = (_weights(tmp_path, "tensorflow", devices, images=40) for devices in (1, 2))
    # TensorFlow's kernel for one device has the unbiased variance, 1e-4 larger.
    assert _apart(one, two) < 2e-5


@pytest.mark.long
@pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")
def test_two_devices_of_jax_train_as_one(tmp_path):
    """With dropout and augmentation, and a last batch that cannot be shared out evenly."""
    one, two = (_weights(tmp_path, "jax", devices, images=41, at_random=True) for devices in (1, 2))
    assert _apart(one, two) < 1e-6


def _weights(folder: Path, backend: str, devices: int, *, images: int, at_random: bool = False):
    """Every variable after an epoch on so many devices."""
    out = folder / f"{devices}.npz"
    environment = os.environ | {
        "KERAS_BACKEND": backend,
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
        "PYTHONPATH": os.pathsep.join([str(paths.PROJECT_ROOT), *filter(None, sys.path)]),
    }
    given = (str(images), str(devices), str(int(at_random)), str(out))
    command = [sys.executable, "-c", SCRIPT, *given]
    said = subprocess.run(
        command, env=environment, check=False, timeout=1500, capture_output=True, encoding="utf-8"
    )
    assert said.returncode == 0, said.stderr[-3000:]
    with np.load(out) as file:
        return [file[name].astype(np.float64) for name in file.files]


def _apart(one, two) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, two, strict=True))
