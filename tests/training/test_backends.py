"""Trained with JAX or PyTorch, served by TensorFlow and ONNX Runtime: checkpoints are the same."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from fer_core import paths
from fer_core.runs.store import State, get_run
from tests.builders import make_dataset, tiny_config

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

TRAIN = """
import sys
from pathlib import Path
import numpy as np
import tests.builders
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.export import finish
from fer_core.training import loop
from fer_core.training.create import create_run

class StopAfterOne(loop.Silent):
    def on_epoch(self, row):
        raise KeyboardInterrupt

def checkpoint(run):
    with np.load(run.checkpoint_path / "variables.npz") as file:
        return dict(file)

if __name__ == "__main__":
    dataset = fer2013.load(Path(sys.argv[1]))
    config = TrainConfig.model_validate_json(sys.argv[2])
    root = Path(sys.argv[3])
    run = create_run(config, dataset, "whole", root)
    loop.train(run, dataset)
    resumed = create_run(config, dataset, "resumed", root)
    try:
        loop.train(resumed, dataset, StopAfterOne())
    except KeyboardInterrupt:
        loop.train(resumed, dataset)
    before, after = checkpoint(run), checkpoint(resumed)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    finish.finish(run, dataset)
"""


@pytest.fixture(scope="module", params=["jax", "torch"])
def run(request, tmp_path_factory):
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    root = tmp_path_factory.mktemp(request.param)
    script = root / "train.py"
    script.write_text(TRAIN, encoding="utf-8")
    config = tiny_config(dropout=0.3, degradation=0.3, mixup=0.2).model_dump_json()
    environment = os.environ | {
        "KERAS_BACKEND": request.param,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(paths.PROJECT_ROOT), *filter(None, sys.path)]),
        paths.CACHE_DIR_VARIABLE: str(root / "cache"),
    }
    command = [sys.executable, str(script), str(make_dataset(root / "data")), config]
    subprocess.run([*command, str(root / "runs")], env=environment, check=True, timeout=1500)
    run = get_run("whole", root / "runs")
    assert run.config.backend == request.param
    return run


def test_a_resumed_run_ends_equal_and_the_run_is_whole(run):
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
