"""The faces of many pictures as one table that can be filtered."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.images import png_url
from fer_core.inference.results import NOT_SURE, ImageResult

NO_FACE, UNREADABLE = "no face", "could not be read"
OUTCOMES = (
    *CLASS_NAMES,
    NOT_SURE,
    NO_FACE,
    UNREADABLE,
)  # what a row may say, in this order

_FILES, _LEAST, _MOST, _OUTCOME = "file order", "lowest confidence", "highest confidence", "outcome"
ORDERS = (_FILES, _LEAST, _MOST, _OUTCOME)


def batch_table(results: Sequence[ImageResult]) -> pd.DataFrame:
    """One row a face; a picture without one, or with an error, has one row as well.

    Columns: index (of the result), thumbnail (PNG as a data URL), picture, face (from
    1), outcome (one of `OUTCOMES`), answer (the same, with the class that is most likely where it
    is not sure), confidence (0-1), percent (the same, 0-100), runner_up, size (side of the box in
    pixels), turn (degrees that the picture was turned for it; empty where it is upright), note (on
    what of the file was read), error (without the picture's name, which the row has already).
    Empty where they do not apply.
    """
    rows = []
    for index, result in enumerate(results):
        error = result.error and result.error.removeprefix(result.name).strip()
        common = {"index": index, "picture": result.name, "error": error}
        common |= {"note": result.note or None}
        if not result.faces:
            outcome = NO_FACE if result.error is None else UNREADABLE
            rows.append(common | {"outcome": outcome, "answer": outcome})
        for number, face in enumerate(result.faces, start=1):
            rows.append(
                common
                | {
                    "thumbnail": png_url(face.face),
                    "face": number,
                    "outcome": face.answer,
                    "answer": face.named,
                    "confidence": face.confidence,
                    "percent": 100 * face.confidence,
                    "runner_up": face.runner_up,
                    "size": None if face.box is None else round(face.box.size),
                    "turn": face.turn or None,
                }
            )
    columns = ["index", "thumbnail", "picture", "face", "outcome", "answer"]
    columns += ["confidence", "percent", "runner_up", "size", "turn", "note", "error"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(
        {
            "face": "Int64",
            "size": "Int64",
            "turn": "Int64",
            "confidence": "float64",
            "percent": "float64",
        }
    )


def filter_table(
    table: pd.DataFrame, outcomes: Sequence[str], min_confidence: float = 0.0
) -> pd.DataFrame:
    """Rows with one of `outcomes` (all where it is empty), and no less confidence.

    Rows without a confidence are kept only while none is asked for.
    """
    kept = table["confidence"].fillna(0.0) >= min_confidence
    if outcomes:
        kept &= table["outcome"].isin(outcomes)
    return table[kept]


def counts(table: pd.DataFrame) -> dict[str, int]:
    """Rows by outcome, in the order of `OUTCOMES`; those without rows are omitted."""
    found = table["outcome"].value_counts()
    return {name: int(found[name]) for name in OUTCOMES if name in found.index}


def sort_table(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """Rows in one of `ORDERS`; those without a confidence last."""
    if order == _FILES:
        return table
    if order == _OUTCOME:
        places = table["outcome"].map({name: place for place, name in enumerate(OUTCOMES)})
        return table.iloc[np.argsort(places.to_numpy(), kind="stable")]
    return table.sort_values("confidence", ascending=order == _LEAST, kind="stable")


def class_shares(table: pd.DataFrame) -> tuple[NDArray[np.float64], float]:
    """Share of the faces by class, float (7,) in class order, and the share without an answer;
    together 1, or all 0 where there is no face.
    """
    outcomes = table.loc[table["face"].notna(), "outcome"]
    if outcomes.empty:
        return np.zeros(NUM_CLASSES), 0.0
    shares = outcomes.value_counts(normalize=True)
    by_class = np.array([shares.get(name, 0.0) for name in CLASS_NAMES], dtype=np.float64)
    return by_class, float(shares.get(NOT_SURE, 0.0))


def short_name(name: str, names: Sequence[str]) -> str:
    """A picture's name without its folders; with all of them where another of `names` would look
    the same.
    """
    last = name.rpartition("/")[2]
    same = sum(other.rpartition("/")[2] == last for other in names)
    return name if same > 1 else last


def in_words(result: ImageResult) -> str:
    """What was seen in a picture in a few words, as `happy 90.1 %, 2 more faces`."""
    if result.error is not None:
        return UNREADABLE
    if not result.faces:
        return NO_FACE
    first, *others = result.faces
    more = f", {formats.counted(len(others), 'more face')}" if others else ""
    return f"{first.named} {formats.percent(first.confidence)}{more}"
