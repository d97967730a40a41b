"""The scores by class as tables to show and to save."""

import pandas as pd

from fer_core import formats
from fer_core.evaluation.metrics import Report

SCORES = ("f1", "recall", "precision")


def with_intervals(report: Report) -> pd.DataFrame:
    """`all_digits` with the interval of each score in percent as text in `<score> interval`,
    empty where there is none.
    """
    table = all_digits(report)
    for name in SCORES:
        bounds = zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
        table[f"{name} interval"] = list(map(formats.bounds, bounds))
    averages = table.index >= len(report.per_class)
    for name in SCORES:
        missing = averages & (table[f"{name} interval"] == formats.MISSING)
        table.loc[missing, f"{name} interval"] = ""
    return table


def all_digits(report: Report) -> pd.DataFrame:
    """Classes, then averages, every bound a column of its own, to compute with."""
    table = pd.concat([report.per_class, report.averages], ignore_index=True)
    macro = table["class"] == "macro avg"
    table.loc[macro, ["f1_low", "f1_high"]] = report.macro_f1_interval
    return table
