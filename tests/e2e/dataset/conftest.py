"""A server for the Dataset page: drawn faces, audited, with the answers of two runs."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fer_core import paths
from fer_core.classes import CLASS_INDEX, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.quality.audit import audit
from fer_core.quality.audit_report import machine_folder, write_audit
from fer_core.runs.store import Predictions
from tests.builders import make_run, with_config
from tests.e2e.app import AppServer
from tests.e2e.dataset.page import ANSWERED, COPY, ORIGINAL, Shown


def write_run(runs: Path, run_id: str, dataset: fer2013.Dataset) -> None:
    """A run with random answers to every test image but `COPY`."""
    answer, confidence = ANSWERED[run_id]
    labels = dataset.test.labels
    scores = np.random.default_rng(0).dirichlet(np.ones(NUM_CLASSES), len(labels))
    row = dataset.test.paths.tolist().index(COPY)
    scores[row] = (1 - confidence) / (NUM_CLASSES - 1)
    scores[row, CLASS_INDEX[answer]] = confidence
    fake = make_run(runs, run_id)
    run = with_config(fake, data_fingerprint=dataset.fingerprint, synthetic=True)
    split = np.repeat(["test"], len(labels))
    run.write_predictions(Predictions(dataset.test.paths, split, labels, scores.astype(np.float32)))


@pytest.fixture(scope="session")
def shown(browser: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Drawn faces, one of them in both train and test, audited, with two runs."""
    folder = tmp_path_factory.mktemp("dataset")
    data, runs = folder / "data", folder / "runs"
    write_synthetic(data, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data / ORIGINAL, data / COPY)
    environment = {
        paths.DATA_DIR_VARIABLE: str(data),
        paths.CACHE_DIR_VARIABLE: str(folder / "cache"),
        paths.RUNS_DIR_VARIABLE: str(runs),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        dataset = fer2013.load(data)
        write_audit(audit(dataset, None), machine_folder(dataset.fingerprint))
        for run_id in ANSWERED:
            write_run(runs, run_id, dataset)
    with AppServer(environment, log=folder / "server.log") as server:
        server.wait_until_up()
        yield Shown(server.url, dataset.test.paths.tolist(), folder)
