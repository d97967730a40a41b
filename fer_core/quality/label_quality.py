"""Suspicious labels from beginning to end: folds, scores, confident learning, FER+."""

from importlib.metadata import version

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import Votes
from fer_core.progress import StageProgress
from fer_core.quality.confident_learning import suspicious_labels
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

    FER+'s votes judge the list and choose nothing in it.

    Args:
        dataset: the images; its test images are not looked at.
        config: what is trained on each fold.
        folds: 2 to 20.
        votes: None where they are not at hand.
        keep: images of the list to keep, the most suspicious ones.
        progress: called often.

    Raises:
        ConfigError: the number of folds or the configuration is not possible.
        DataError: too few images of a class.
        TrainingError: as training says.
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
