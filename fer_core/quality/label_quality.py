"""Suspicious labels by confident learning: folds, out-of-fold scores, the ranked list, FER+.

Northcutt, Jiang, Chuang 2021, "Confident learning: estimating uncertainty in dataset
labels", JAIR 70 (arXiv:1911.00068), as the cleanlab package has it: from probabilities
that a model gave to images it was not trained on, it estimates how often each class is
written for each other one, and which images those are.

It needs scikit-learn, so only the command line calls it, never the web process.
"""

from importlib.metadata import version

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.data.ferplus import Votes
from fer_core.errors import DataError
from fer_core.progress import StageProgress
from fer_core.quality.folds import out_of_fold
from fer_core.quality.label_report import LabelQuality, QualityFacts, agreement, with_votes


def find_suspicious_labels(
    dataset: Dataset,
    config: TrainConfig,
    folds: int,
    votes: Votes | None,
    keep: int,
    progress: StageProgress | None = None,
) -> LabelQuality:
    """Ranks the training images whose label is probably wrong.

    `config` says what is trained on each fold; the `keep` most suspicious images are kept. FER+'s
    votes judge the list and choose nothing in it; None where they are not at hand. Raises what
    `out_of_fold` does.
    """
    faces = dataset.train
    scored = out_of_fold(dataset, config, folds, progress)
    found = suspicious_labels(faces, scored.y_score)
    rows = with_votes(found.head(keep), votes)
    facts = QualityFacts(
        fingerprint=dataset.fingerprint,
        preset=config.preset,
        model=config.model,
        setting=scored.setting,
        folds=folds,
        seed=config.seed,
        images=len(faces),
        accuracy=round(float((scored.y_score.argmax(axis=1) == faces.labels).mean()), 4),
        suspicious=len(found),
        agreement=None if votes is None else agreement(rows, faces, votes),
        versions={name: version(name) for name in ("cleanlab", "scikit-learn", "numpy")},
    )
    return LabelQuality(facts, rows)


def suspicious_labels(faces: Faces, y_score: NDArray[np.float32]) -> pd.DataFrame:
    """The images whose label is probably wrong, the most suspicious first.

    Which ones: `prune_by_noise_rate` (section 3.2 of the paper, method 4). In which order:
    by normalized margin, the probability of the given label less that of the best other one;
    `y_score` are out-of-fold probabilities, float32 (n, 7), in class order.

    Returns:
        Columns path, given, suggested, score, p_given, p_suggested, as
        `label_report.QUALITY_COLUMNS` has them.

    Raises:
        DataError: a class has no image, or the scores are no probabilities.
    """
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    labels = faces.labels.astype(np.int64)
    if y_score.shape != (len(faces), NUM_CLASSES):
        raise DataError(f"Scores must be ({len(faces)}, {NUM_CLASSES}), got {y_score.shape}.")
    if len(np.unique(labels)) < NUM_CLASSES or not np.allclose(y_score.sum(axis=1), 1, atol=1e-3):
        raise DataError("Confident learning needs images of every class, and probabilities.")
    flagged = find_label_issues(labels, y_score, filter_by="prune_by_noise_rate", n_jobs=1)
    margin = get_label_quality_scores(labels, y_score, method="normalized_margin")
    others = y_score.copy()
    others[np.arange(len(labels)), labels] = -1
    suggested = others.argmax(axis=1)
    rows = np.flatnonzero(flagged)
    rows = rows[np.argsort(margin[rows], kind="stable")]
    names = np.array(CLASS_NAMES)
    return pd.DataFrame(
        {
            "path": faces.paths[rows],
            "given": names[labels[rows]],
            "suggested": names[suggested[rows]],
            "score": margin[rows].astype(float),
            "p_given": y_score[rows, labels[rows]].astype(float),
            "p_suggested": y_score[rows, suggested[rows]].astype(float),
        }
    )
