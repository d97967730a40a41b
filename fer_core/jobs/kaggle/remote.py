"""What runs on the other machine: one training without dashboard, queue or export.

It is sent there as a part of this package (`fer_core.jobs.kaggle.backend`). It prints a line for
each epoch, from which this machine draws the curve while it waits, and leaves
`run.zip`: configuration, history, log and checkpoint. The model is exported and measured
at home, from that checkpoint, by the same code as any other.
"""

import json
import zipfile
from pathlib import Path

from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import DataMissingError
from fer_core.runs.store import Run

EPOCH_MARK = "FER-EPOCH "
"""Begins a line of the log that holds a history row as JSON."""
RESULT = "run.zip"
RESULT_FILES = (
    *("config.json", "history.csv", "train.log"),
    *("checkpoint/state.json", "checkpoint/variables.npz"),
)
"""What it holds, where the run has it."""


def main(config_json: str, run_id: str, inputs: Path, outputs: Path) -> None:
    """Trains one run of the `TrainConfig` in `config_json` on the data set that lies in `inputs`,
    at any depth, and leaves `run.zip` and the run folder in `outputs`.

    Raises:
        FerError: as data set, configuration or training say.
    """
    from fer_core.training import loop
    from fer_core.training.create import create_run

    dataset = fer2013.load(find_data(inputs))
    config = TrainConfig.model_validate_json(config_json)
    run = create_run(config, dataset, run_id, outputs / "runs")
    loop.train(run, dataset, _Printer())
    pack(run, outputs / RESULT)


def find_data(inputs: Path) -> Path:
    """The folder below `inputs` that holds `train/<class>/` and `test/<class>/`.

    Raises:
        DataMissingError: there is none.
    """
    for folder in (inputs, *sorted(path for path in inputs.rglob("train") if path.is_dir())):
        root = folder if folder is inputs else folder.parent
        if fer2013.is_available(root):
            return root
    raise DataMissingError("The data set is not attached: no train and test folder was found.")


def pack(run: Run, target: Path) -> None:
    """Writes what is needed to continue at home into one ZIP."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name in RESULT_FILES:
            if (run.folder / name).exists():
                file.write(run.folder / name, name)


class _Printer:
    """Tells the log what the history gains."""

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None: ...

    def on_epoch(self, row: dict[str, float]) -> None:
        print(EPOCH_MARK + json.dumps(row), flush=True)
