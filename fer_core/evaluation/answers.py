"""What every run answers to every image of the data set: to compare runs face by face."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES
from fer_core.runs.records import Predictions

NO_ANSWER = -1


@dataclass(frozen=True)
class Answer:
    """One run's answer to one face; `confidence` and the probability `of_label` are 0-1."""

    run_id: str
    predicted: str
    confidence: float
    of_label: float


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers of some runs to n images.

    Attributes:
        run_ids: names of the runs, in the order of the rows.
        predicted: int8 (runs, n), index into `CLASS_NAMES`; -1 where a run was not asked.
        confidence: float32 (runs, n), probability of the answer, 0-1; NaN without one.
        of_label: float32 (runs, n), probability of the label, 0-1; NaN without an answer.
    """

    run_ids: tuple[str, ...]
    predicted: NDArray[np.int8]
    confidence: NDArray[np.float32]
    of_label: NDArray[np.float32]

    def to_image(self, image: int) -> list[Answer]:
        """What each run that was asked answers to the image of that number."""
        return [
            Answer(
                self.run_ids[row],
                CLASS_NAMES[self.predicted[row, image]],
                float(self.confidence[row, image]),
                float(self.of_label[row, image]),
            )
            for row in np.flatnonzero(self.predicted[:, image] != NO_ANSWER)
        ]

    def confidence_of(self, run_id: str) -> NDArray[np.float32]:
        """The confidence of one run on each image, float32 (n,); NaN where it was not asked."""
        if run_id not in self.run_ids:
            return np.full(self.predicted.shape[1], np.nan, np.float32)
        row: NDArray[np.float32] = self.confidence[self.run_ids.index(run_id)]
        return row

    def answers_of(self, run_id: str) -> NDArray[np.str_]:
        """The class that one run names for each image, str (n,); empty where it was not asked."""
        if run_id not in self.run_ids:
            return np.full(self.predicted.shape[1], "")
        # The empty name stands last, where -1 finds it.
        names = np.array([*CLASS_NAMES, ""])
        return np.asarray(names[self.predicted[self.run_ids.index(run_id)]])

    def disagreement(self) -> NDArray[np.float32]:
        """Share of the runs whose answer is not the most common one, float32 (n,), 0-1; NaN where
        fewer than two were asked.
        """
        votes = np.stack(
            [(self.predicted == label).sum(axis=0) for label in range(len(CLASS_NAMES))]
        )
        asked = votes.sum(axis=0)
        shares = 1 - votes.max(axis=0) / np.maximum(asked, 1)
        return np.where(asked > 1, shares, np.nan).astype(np.float32)


def collect(paths: NDArray[np.str_], predictions: Mapping[str, Predictions]) -> Answers:
    """The answers of runs, by their names, to the images `paths`, str (n,); others are left out."""
    shape = len(predictions), len(paths)
    predicted = np.full(shape, NO_ANSWER, np.int8)
    confidence, of_label = np.full(shape, np.nan, np.float32), np.full(shape, np.nan, np.float32)
    index = pd.Index(paths)
    for row, given in enumerate(predictions.values()):
        images = index.get_indexer(pd.Index(given.path))
        known = images >= 0
        places = images[known]
        predicted[row, places] = given.y_pred[known]
        confidence[row, places] = given.y_score.max(axis=1)[known]
        of_label[row, places] = given.y_score[np.arange(len(given)), given.y_true][known]
    return Answers(tuple(predictions), predicted, confidence, of_label)
