"""Trained with JAX, served by TensorFlow and ONNX Runtime: the checkpoint is the same."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from fer_core import paths
from fer_core.runs.store import State, get_run
from tests.builders import make_dataset, tiny_config

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed"),
]

TRAIN = """
import sys
from pathlib import Path
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.export import finish
from fer_core.training import loop
from fer_core.training.create import create_run

if __name__ == "__main__":
    dataset = fer2013.load(Path(sys.argv[1]))
    config = TrainConfig.model_validate_json(sys.argv[2])
    run = create_run(config, dataset, "on-jax", Path(sys.argv[3]))
    loop.train(run, dataset)
    finish.finish(run, dataset)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("jax")
    script = root / "train.py"
    script.write_text(TRAIN, encoding="utf-8")
    data, config = make_dataset(root / "data"), tiny_config(model="tiny").model_dump_json()
    environment = os.environ | {
        "KERAS_BACKEND": "jax",
        "PYTHONPATH": os.pathsep.join([str(paths.PROJECT_ROOT), *filter(None, sys.path)]),
        paths.CACHE_DIR_VARIABLE: str(root / "cache"),
    }
    command = [sys.executable, str(script), str(data), config, str(root / "runs")]
    subprocess.run(command, env=environment, check=True, timeout=1500)
    return get_run("on-jax", root / "runs")


def test_the_run_is_whole(run):
    assert run.config.backend == "jax"
    assert run.status().state is State.DONE
    assert len(run.history()) == run.config.train.epochs


def test_keras_on_tensorflow_and_onnx_runtime_answer_alike(run):
    import keras

    from fer_core.inference.classifier import Classifier

    assert keras.backend.backend() == "tensorflow"
    faces = np.random.default_rng(0).integers(0, 256, (32, 48, 48, 1), dtype=np.uint8)
    served = keras.models.load_model(run.keras_path, compile=False)
    scores = served.predict(faces, verbose=0)[0]
    np.testing.assert_allclose(Classifier(run).predict(faces), scores, atol=1e-4)
