"""Figures of other people's systems, from `artifacts/reference` (sources in its README)."""

import json
from functools import cache
from typing import Any

import pandas as pd

from fer_core import paths
from fer_core.classes import CLASS_NAMES

REPORT_CONTRADICTION = (
    "The report contradicts itself: its text names a sigmoid output and sparse categorical "
    "cross-entropy, its code uses softmax and categorical cross-entropy. The report-baseline "
    "run does what the code did."
)


def report_metrics() -> dict[str, Any]:
    """The published baseline: counts, hyper-parameters, per-class table to four digits.

    `per_class` maps a class to `[precision, recall, f1, support]`, in class order.
    """
    return _read_metrics().copy()


def report_table() -> pd.DataFrame:
    """Its table with the rows and columns of `fer_core.evaluation.metrics.Report.table`."""
    metrics = _read_metrics()
    rows = {name: metrics["per_class"][name] for name in CLASS_NAMES}
    rows |= {"macro avg": metrics["macro_avg"], "weighted avg": metrics["weighted_avg"]}
    table = pd.DataFrame(rows.values(), columns=metrics["columns"])
    table.insert(0, "class", list(rows))
    return table.astype({"support": int})


def report_history() -> pd.DataFrame:
    """Its 50 epochs: epoch, accuracy, loss, val_accuracy, val_loss, epoch_seconds, step_ms."""
    return _read_csv("report_history.csv").copy()


def published() -> pd.DataFrame:
    """Published figures: system, test_set, accuracy (0-1), low, high (where the source
    gives them), extra_training_data, kind, source.
    """
    return _read_csv("published.csv").copy()


def human_accuracy() -> tuple[float, float, float]:
    """How often people agree with FER2013's labels, and the bounds given with it; 0-1."""
    people = published().set_index("system").loc["human"]
    return float(people["accuracy"]), float(people["low"]), float(people["high"])


def ablation() -> pd.DataFrame:
    """What each remedy brought, as `python -m fer_core ablation` measured it: a row a variant
    with `fer_core.experiments.ablation.COLUMNS`; empty where it has not been measured.
    """
    try:
        return pd.read_csv(paths.reference_dir() / "ablation.csv", keep_default_na=False)
    except FileNotFoundError:
        return pd.DataFrame()


def people() -> "pd.Series[Any]":
    """What people reach on FER2013: the row of `published` whose kind is people."""
    table = _read_csv("published.csv")
    return table[table["kind"].str.startswith("people")].iloc[0].copy()


def peers() -> pd.DataFrame:
    """Systems that were run on these test images: system, version, params, file_kb,
    ms_per_face_1core_onnx (text), ms_per_face (float, NaN where not measured in the same
    way), runtime, all_7178, public, private, leak_free, macro_f1 (0-1), note, measured (the
    month) and more.
    """
    table = _read_csv("peers_measured.csv").copy()
    text = table["ms_per_face_1core_onnx"].astype("string")
    table["ms_per_face"] = pd.to_numeric(text.str.extract(r"^([\d.]+)")[0]).astype(float)
    other = text.str.extract(r"\((.+)\)")[0]
    table["runtime"] = other.fillna("ONNX Runtime").where(text.notna(), "")
    return table


@cache
def _read_metrics() -> dict[str, Any]:
    text = (paths.reference_dir() / "report_metrics.json").read_text(encoding="utf-8")
    metrics: dict[str, Any] = json.loads(text)
    return metrics


@cache
def _read_csv(name: str) -> pd.DataFrame:
    return pd.read_csv(paths.reference_dir() / name)


TEST_IMAGES: int = sum(_read_metrics()["test_counts"].values())
"""Images in the whole test folder; PublicTest and PrivateTest have half each."""
REPORT_ACCURACY: float = _read_metrics()["test_accuracy"]
"""The published baseline's accuracy on all test images, as printed there."""
REPORT_ACCURACY_TEXT = f"{100 * REPORT_ACCURACY:.2f} %"
