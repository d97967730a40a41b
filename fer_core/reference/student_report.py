"""The published student report: the baseline that this project reproduces and improves on."""

from typing import Any, Final

import pandas as pd

from fer_core.classes import CLASS_NAMES
from fer_core.reference.files import read_csv, read_json


def metrics() -> dict[str, Any]:
    """Counts, hyper-parameters and scores, to four digits.

    `per_class` maps a class to `[precision, recall, f1, support]`, in class order.
    """
    return read_json("report_metrics.json").copy()


def table() -> pd.DataFrame:
    """Its scores with the rows and columns of `fer_core.evaluation.metrics.Report.table`."""
    found = metrics()
    rows = {name: found["per_class"][name] for name in CLASS_NAMES}
    rows |= {"macro avg": found["macro_avg"], "weighted avg": found["weighted_avg"]}
    scores = pd.DataFrame(rows.values(), columns=found["columns"])
    scores.insert(0, "class", list(rows))
    return scores.astype({"support": int})


def history() -> pd.DataFrame:
    """Its 50 epochs: epoch, accuracy, loss, val_accuracy, val_loss, epoch_seconds, step_ms."""
    return read_csv("report_history.csv").copy()


NAME: Final = "the student report"
"""What lists, charts and `published.csv` call it."""
TEST_IMAGES: Final[int] = sum(metrics()["test_counts"].values())
"""Images in the whole test folder; PublicTest and PrivateTest have half each."""
ACCURACY: Final[float] = metrics()["test_accuracy"]
"""On all test images."""
