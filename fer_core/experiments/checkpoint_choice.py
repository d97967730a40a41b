"""What choosing the checkpoint on test images is worth: one run, tested after every epoch.

A figure whose checkpoint was chosen on the images that it is reported on is a maximum over
epochs. This trains a run of its own and notes what every epoch reaches, so that the best epoch
by PrivateTest can be set beside the one that validation images choose. No page shows the run.

    python -m fer_core checkpoint-choice --preset tiny --set "phases=[]" --set epochs=20
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import ConfigError, DataError
from fer_core.evaluation.subsets import Subset, subset_mask
from fer_core.experiments.single import begun_run
from fer_core.export.onnx_file import probabilities
from fer_core.files import write_text
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.temporal import TEMPORAL
from fer_core.reference import images
from fer_core.runs.store import Run
from fer_core.runs.table import accuracy
from fer_core.tables import to_csv
from fer_core.training import checkpoint, loop
from fer_core.training.loop import Observer
from fer_core.training.machine import load_backend
from fer_core.training.networks import build_for_serving
from fer_core.training.parts import Parts, split_parts
from fer_core.training.phases import trained_weights

FILE_NAME = "tested.csv"
"""In the run folder: the table so far."""


def train_tested(
    config: TrainConfig,
    dataset: Dataset,
    run_id: str,
    root: Path,
    observe: Callable[[Run], AbstractContextManager[Observer]],
) -> pd.DataFrame:
    """Trains a run in `root` to its end, or continues it, and tests the weights of each epoch;
    `observe` makes the observer of the run.

    Returns:
        A row an epoch: preset, epoch, and the accuracies validation, private_test, test (of all
        test images), 0-1.

    Raises:
        ConfigError: it is no network of single images, or would keep its best epoch alone.
        DataError: the images are not the published ones, of which alone PrivateTest is known.
        RunError: a run of this name has another configuration or was trained on other images.
        KeyboardInterrupt: stopped; calling again continues.
    """
    if config.model in (*CLASSIC, TEMPORAL):
        raise ConfigError(f"'{config.model}' has no epochs to choose from. Use another preset.")
    if any(phase.keep_best for phase in config.by_phase()):
        raise ConfigError("Every epoch is tested as it is. Leave keep_best=False.")
    if dataset.fingerprint != images.FINGERPRINT:
        raise DataError(
            "PrivateTest is known for the published data set only, and here are other images. "
            "Point FER_DATA_DIR to the published ones."
        )
    run = begun_run(config, run_id, dataset, root)
    with observe(run) as observer:
        tested = _Tested(run, split_parts(dataset, config), observer)
        tested.catch_up()
        loop.train(run, dataset, tested, pretrained=loop.first_weights(run))
    return pd.DataFrame(tested.rows)


class _Tested:
    """Tells an observer what happened and, after each epoch, tests the checkpoint's weights."""

    def __init__(self, run: Run, parts: Parts, observer: Observer) -> None:
        self._run, self._parts, self._observer = run, parts, observer
        path = run.folder / FILE_NAME
        self.rows: list[dict[Any, Any]] = (
            pd.read_csv(path).to_dict("records") if path.exists() else []
        )

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None:
        self._observer.on_step(epoch, step, steps, logs)

    def on_epoch(self, row: dict[str, float]) -> None:
        self._observer.on_epoch(row)
        self._test(int(row["epoch"]))

    def catch_up(self) -> None:
        """Tests the last finished epoch where the run was stopped before that."""
        epoch = checkpoint.finished_epochs(self._run.checkpoint_path)
        if epoch and epoch not in {row["epoch"] for row in self.rows}:
            load_backend()
            self._test(epoch)

    def _test(self, epoch: int) -> None:
        weights, _ = trained_weights(self._run)
        model = build_for_serving(self._run.config.train, weights)
        predictions = self._parts.predictions(
            probabilities(model, self._parts.validation.images),
            probabilities(model, self._parts.test.images),
        )
        parts = {
            "validation": predictions.subset("validation"),
            "private_test": predictions.where(subset_mask(predictions, Subset.PRIVATE)),
            "test": predictions.subset("test"),
        }
        shares = {name: round(accuracy(part), 6) for name, part in parts.items()}
        preset = self._run.config.train.preset
        self.rows.append({"preset": preset, "epoch": epoch, **shares})
        write_text(self._run.folder / FILE_NAME, to_csv(pd.DataFrame(self.rows)))
