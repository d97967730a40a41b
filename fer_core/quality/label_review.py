"""What to review, what a review has changed, and what it did to accuracy on validation images.

`fer_core.data.label_review` has the decisions themselves and trains on them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import Votes, soft_labels
from fer_core.data.label_review import Decision, Review
from fer_core.data.layout import Split
from fer_core.evaluation.comparison import compare
from fer_core.quality.label_report import LabelQuality
from fer_core.reference.images import copy_groups
from fer_core.runs.store import Predictions, Run

SUSPICION_COLUMNS: Final = ("path", "given", "suggested", "suspicion", "p_given", "p_suggested")


class Source(StrEnum):
    """Who suspects a label: models that were trained without the image, annotators, or a run."""

    FOLDS = "label quality"
    VOTES = "FER+ votes"
    RUN = "a run's predictions"


@dataclass(frozen=True)
class Suspicions:
    """Labels that look wrong, the most suspicious first, and who says so (None: nobody can).

    `rows` has `SUSPICION_COLUMNS`: `suspicion` is 1 less the normalized margin of `p_given` over
    `p_suggested`, (1 - p_given + p_suggested) / 2: from 0.5 (both alike) to 1.
    """

    source: Source | None
    rows: pd.DataFrame

    def select(self, label: str | None, least: float) -> pd.DataFrame:
        """The rows of that label (any where None) of at least that suspicion, 0-1."""
        rows = self.rows[self.rows["suspicion"] >= least]
        return rows if label is None else rows[rows["given"] == label]


def suspicions(
    dataset: Dataset,
    split: Split,
    quality: LabelQuality | None,
    votes: Votes | None,
    predictions: Predictions | None,
) -> Suspicions:
    """Labels of a folder that look wrong, by the best of what is known of it: folds (training
    images only), else FER+'s votes, else the predictions of a run (validation and test images).
    """
    faces = dataset[split]
    if split == "train" and quality is not None:
        rows = quality.rows.assign(suspicion=1 - quality.rows["score"])
        return Suspicions(Source.FOLDS, rows[list(SUSPICION_COLUMNS)].reset_index(drop=True))
    if votes is not None:
        shares = soft_labels(votes, faces.paths)
        known = np.flatnonzero(~np.isnan(shares).any(axis=1))
        if len(known):
            rows = _ranked(faces.paths[known], faces.labels[known], shares[known])
            return Suspicions(Source.VOTES, rows)
    if predictions is not None:
        part = predictions.where(np.isin(predictions.path, faces.paths))
        labels = np.array([CLASS_INDEX[path.split("/")[1]] for path in part.path], np.int8)
        return Suspicions(Source.RUN, _ranked(part.path, labels, part.y_score))
    return Suspicions(None, pd.DataFrame(columns=list(SUSPICION_COLUMNS)))


def _ranked(
    paths: NDArray[np.str_], labels: NDArray[np.int8], scores: NDArray[np.float32]
) -> pd.DataFrame:
    """The images for which another class scores higher than the label."""
    index = np.arange(len(labels))
    given = scores[index, labels].astype(float)
    others = scores.astype(float).copy()
    others[index, labels] = -1
    suggested = others.argmax(axis=1)
    best = others.max(axis=1, initial=-1)
    names = np.array(CLASS_NAMES)
    table = pd.DataFrame(
        {
            "path": paths,
            "given": names[labels],
            "suggested": names[suggested],
            "suspicion": (1 - given + best) / 2,
            "p_given": given,
            "p_suggested": best,
        }
    )
    return table[best > given].sort_values("suspicion", ascending=False, ignore_index=True)


def changes(review: Review, split: Split) -> pd.DataFrame:
    """What a review decides on a folder, a row a class and one in all.

    Returns:
        Columns class, reviewed, kept, excluded, relabelled, and a column for each class with the
        images that are relabelled to it.
    """
    found = [r for r in review.rulings.values() if r.path.startswith(f"{split}/")]
    rows = []
    for name in CLASS_NAMES:
        own = [r for r in found if r.label == name]
        to = {label: sum(r.new_label == label for r in own) for label in CLASS_NAMES}
        counts = {
            "reviewed": len(own),
            "kept": sum(r.decision is Decision.KEEP for r in own),
            "excluded": sum(r.decision is Decision.EXCLUDE for r in own),
            "relabelled": sum(to.values()),
        }
        rows.append({"class": name, **counts, **to})
    table = pd.DataFrame(rows)
    total = table.drop(columns="class").sum().to_dict()
    return pd.concat([table, pd.DataFrame([{"class": "all", **total}])], ignore_index=True)


@dataclass(frozen=True)
class Effect:
    """A run on reviewed labels, and one of the same preset without them, on the validation images
    that both have.

    `rows` has a row for the labels as published and one for those as reviewed: labels, images,
    without, with_review (accuracies, 0-1), difference, low, high (its 95 % interval).
    """

    with_review: str
    without: str
    same_settings: bool
    rows: pd.DataFrame


def counterparts(runs: Iterable[Run]) -> list[tuple[Run, Run]]:
    """Runs on reviewed labels, each with the run of the same preset, network, split and images
    without a review whose settings differ least, the latest of these; those without one are left
    out, and so are runs that were made from another (int8-quantized, an ensemble).
    """
    runs = [run for run in runs if run.has_predictions() and not run.config.is_derived]
    plain = [run for run in runs if run.config.train.label_review is None]
    pairs = []
    for run in runs:
        if run.config.train.label_review is not None:
            others = [other for other in plain if _kind(other) == _kind(run)]
            others.sort(key=lambda other: other.config.started, reverse=True)
            if others:
                pairs.append((run, min(others, key=lambda other: _differences(run, other))))
    return pairs


def effect(run: Run, other: Run, review: Review) -> Effect:
    """How accuracy on validation moved from `other` to `run`, which was trained with `review`.

    Raises:
        RunError: predictions are missing or damaged, or they have no validation image in common.
    """
    mine, theirs = (r.predictions().subset("validation") for r in (run, other))
    groups = copy_groups(mine.path, run.config.data_fingerprint)
    rows = []
    for words, labelled in (("as published", Review("")), ("as reviewed", review)):
        found = compare(_labelled(mine, labelled), _labelled(theirs, labelled), groups)
        rows.append(
            {
                "labels": words,
                "images": found.n,
                "without": found.accuracy_b,
                "with_review": found.accuracy_a,
                "difference": found.difference,
                "low": found.interval[0],
                "high": found.interval[1],
            }
        )
    return Effect(run.run_id, other.run_id, _differences(run, other) == 0, pd.DataFrame(rows))


def _labelled(predictions: Predictions, review: Review) -> Predictions:
    """The predictions beside the labels of their folders, changed as the review says."""
    ruled = (review.rulings.get(path) for path in predictions.path.tolist())
    labels = [
        CLASS_INDEX[(ruling.new_label if ruling else "") or path.split("/")[1]]
        for path, ruling in zip(predictions.path.tolist(), ruled, strict=True)
    ]
    y_true = np.array(labels, np.int8)
    return Predictions(predictions.path, predictions.split, y_true, predictions.y_score)


def _kind(run: Run) -> tuple[str, str, str, str]:
    train = run.config.train
    return train.preset, train.model, train.validation.value, run.config.data_fingerprint


def _differences(run: Run, other: Run) -> int:
    """Settings in which two runs differ, besides the review."""
    one, two = (r.config.train.model_dump(exclude={"label_review"}) for r in (run, other))
    return sum(one[name] != two[name] for name in one)
