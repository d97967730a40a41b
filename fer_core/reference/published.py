"""Figures of other systems and of people, and the measured ablation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from fer_core.classes import WEAK_CLASSES
from fer_core.reference import files

ABLATION_FILE: Final = "ablation.csv"
CHOICE_FILE: Final = "checkpoint_choice.csv"

WEAK_SCORES: Final = tuple(
    f"{of}_{name}" for name in WEAK_CLASSES for of in ("recall", "precision")
)
"""Columns of `ablation`: recall and precision of one weak class after another."""


def published() -> pd.DataFrame:
    """Published figures: system, about, test_set, accuracy (0-1), low, high (where the source
    gives them), passes (how often the network looked at each image), chosen_on (what chose the
    checkpoint), pretraining, protocol_source (of those three), kind, source. `unknown` is a value.
    """
    return files.read_csv("published.csv").copy()


def people() -> "pd.Series[Any]":
    """What people reach on a sample of FER2013: the row of `published` of that kind."""
    table = published()
    return table[table["kind"].str.startswith("people")].iloc[0]


def peers() -> pd.DataFrame:
    """Systems that were run on these test images: system, about, version, chosen_on (what chose
    the checkpoint, or `unknown`), params, file_kb,
    ms_per_face_1core_onnx (text), ms_per_face (float, NaN where not measured in the same
    way), runtime, all_7178, public, private, leak_free, macro_f1 (0-1), note, measured (the
    month) and more.
    """
    table = files.read_csv("peers_measured.csv").copy()
    text = table["ms_per_face_1core_onnx"].astype("string")
    table["ms_per_face"] = pd.to_numeric(text.str.extract(r"^([\d.]+)")[0]).astype(float)
    other = text.str.extract(r"\((.+)\)")[0]
    table["runtime"] = other.fillna("ONNX Runtime").where(text.notna(), "")
    return table


def ablation(path: Path | None = None) -> pd.DataFrame:
    """What each training technique brought, as `python -m fer_core ablation` measured it and wrote
    to `path`, by default that of the reference figures: a row a variant with
    `fer_core.experiments.ablation.COLUMNS`, where `WEAK_SCORES` may be NaN; empty where not
    measured.
    """
    table = _measured(path or files.folder() / ABLATION_FILE, numbers=WEAK_SCORES)
    return table.assign(**dict.fromkeys(set(WEAK_SCORES) - set(table), float("nan")))


def weak_classes() -> pd.DataFrame:
    """What techniques for the weak classes brought, measured anew: as `ablation`."""
    return ablation(files.folder() / "weak_classes.csv")


def checkpoint_choice() -> pd.DataFrame:
    """Every epoch of one run, tested by `python -m fer_core checkpoint-choice`: preset, epoch, and
    the accuracies (0-1) validation, private_test, test; empty where not measured.
    """
    return _measured(files.folder() / CHOICE_FILE)


def tried_in_vain() -> pd.DataFrame:
    """What was tried and did not help: tried, validation (accuracy, 0-1), instead_of,
    validation_of_that, seen (in words); empty where nothing was noted.
    """
    return _measured(files.folder() / "tried_in_vain.csv")


def _measured(path: Path, numbers: Sequence[str] = ()) -> pd.DataFrame:
    try:
        return pd.read_csv(path, keep_default_na=False, na_values=dict.fromkeys(numbers, ""))
    except FileNotFoundError:
        return pd.DataFrame()
