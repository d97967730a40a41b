"""One run folder: its files, read and written; `fer_core.runs.store` says what they are."""

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer_core.errors import RunError
from fer_core.files import write_file, write_text
from fer_core.runs.records import HISTORY_COLUMNS, Predictions, RunConfig, Status
from fer_core.runs.status import read_status, write_status


@dataclass(frozen=True)
class Run:
    """One run folder; the properties read its files."""

    folder: Path
    config: RunConfig

    @property
    def run_id(self) -> str:
        return self.folder.name

    @property
    def onnx_path(self) -> Path:
        return self.folder / "model.onnx"

    @property
    def keras_path(self) -> Path:
        return self.folder / "model.keras"

    @property
    def predictions_path(self) -> Path:
        return self.folder / "predictions.npz"

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / "checkpoint"

    @property
    def model_bytes(self) -> int:
        """Size of `model.onnx`; 0 where there is none."""
        return self.onnx_path.stat().st_size if self.onnx_path.exists() else 0

    def model_stamp(self) -> str:
        """`stamp_of` its `model.onnx`: equal stamps mean equal answers."""
        return stamp_of(self.onnx_path)

    def status(self) -> Status:
        """The run's state; `stopped` where it was not recorded or its process is gone."""
        return read_status(self.folder)

    def history(self) -> pd.DataFrame:
        """One row an epoch with `HISTORY_COLUMNS` and `phase`; empty before the first epoch's end.

        A damaged line is left out; the next epoch's end writes all lines again.
        """
        columns = [*HISTORY_COLUMNS, "phase"]
        try:
            table = pd.read_csv(
                self.folder / "history.csv", on_bad_lines="skip", encoding_errors="replace"
            )
            if "phase" not in table:
                table["phase"] = 1
            table = table[columns].apply(pd.to_numeric, errors="coerce")
        except (OSError, KeyError, pd.errors.EmptyDataError, pd.errors.ParserError):
            return pd.DataFrame(columns=columns)
        whole = table.replace([np.inf, -np.inf], np.nan).dropna(
            subset=["epoch", "accuracy", "seconds", "phase"]
        )
        return whole.astype({"epoch": int, "phase": int}).reset_index(drop=True)

    def has_predictions(self) -> bool:
        return self.predictions_path.exists()

    def predictions(self) -> Predictions:
        """Scores on validation and test.

        Raises:
            RunError: the run has none yet, or the file is damaged.
        """
        if self.config.temporal is not None:
            raise RunError(
                f"Run '{self.run_id}' is a recurrent network over frames: it has no predictions of "
                f"images. Its figures: python -m fer_core evaluate {self.run_id}"
            )
        if not self.has_predictions():
            raise RunError(
                f"Run '{self.run_id}' has no predictions yet. They are made when training ends."
            )
        try:
            return Predictions.read(self.predictions_path)
        except RunError as exc:
            raise RunError(f"The predictions of run '{self.run_id}' are damaged.") from exc

    def metrics(self) -> dict[str, Any]:
        """Contents of `metrics.json`; empty where there is none."""
        try:
            metrics: dict[str, Any] = json.loads(
                (self.folder / "metrics.json").read_text(encoding="utf-8")
            )
        except (OSError, ValueError):
            return {}
        return metrics

    def write_config(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(self.folder / "config.json", self.config.model_dump_json(indent=1) + "\n")

    def write_status(self, status: Status) -> None:
        write_status(self.folder, status)

    def write_history(self, rows: list[dict[str, float]]) -> None:
        write_history(self.folder, rows)

    def write_predictions(self, predictions: Predictions) -> None:
        predictions.write(self.predictions_path)

    def write_metrics(self, metrics: dict[str, Any]) -> None:
        write_text(self.folder / "metrics.json", json.dumps(metrics, indent=1) + "\n")


def stamp_of(path: Path) -> str:
    """The first 16 hex digits of a file's sha256; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError:
        return ""


def write_history(folder: Path, rows: list[dict[str, float]]) -> None:
    """Writes `history.csv` whole, so that a kill leaves no half row: all epochs so far, with
    `HISTORY_COLUMNS`, and `phase` where a row has it.
    """
    columns = [*HISTORY_COLUMNS, *(["phase"] if any("phase" in row for row in rows) else [])]

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)

    write_file(folder / "history.csv", write)
