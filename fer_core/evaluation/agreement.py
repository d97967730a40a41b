"""How far several answers to one face agree: of several models, or of one to corrupted copies."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_NAMES

Scores = NDArray[np.float32]


def label(scores: Scores) -> str:
    """The most probable class's name, of probabilities (7,) in class order."""
    return CLASS_NAMES[int(np.argmax(scores))]


def answer(scores: Scores) -> str:
    """`happy 90.1 %`."""
    return f"{label(scores)} {formats.percent(float(np.max(scores)))}"


def among_models(scores: Mapping[str, Scores]) -> str:
    """Whether the models agree, as a sentence in Markdown; probabilities (7,) by model's name, of
    at least one.
    """
    labels = {name: label(row) for name, row in scores.items()}
    if len(labels) == 1:
        ((name, only),) = labels.items()
        return f"{name} says **{only}**."
    most = _most_common(list(labels.values()))
    others = [f"{name} says {said}" for name, said in labels.items() if said != most]
    if not others:
        return f"All {len(labels)} models say **{most}**."
    return f"{len(labels) - len(others)} of {len(labels)} models say **{most}**; " + (
        f"{', '.join(others)}."
    )


def under_corruption(untouched: Scores, corrupted: Mapping[str, Scores]) -> str:
    """How often the answer stays, as a sentence in Markdown; probabilities (7,) by corruption."""
    first = label(untouched)
    changed = [f"{name} ({label(row)})" for name, row in corrupted.items() if label(row) != first]
    kept = len(corrupted) - len(changed)
    text = f"The answer stays **{first}** in {kept} of {len(corrupted)} corrupted copies"
    return f"{text}; not with {', '.join(changed)}." if changed else f"{text}."


def _most_common(labels: list[str]) -> str:
    """The first of those that stand most often."""
    return max(labels, key=labels.count)
