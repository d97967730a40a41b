"""Wrong labels that were put in come first, and FER+'s say is counted as it stands."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Faces
from fer_core.data.ferplus import ANSWERS, Votes
from fer_core.errors import DataError
from fer_core.quality.label_quality import suspicious_labels
from fer_core.quality.label_report import (
    LabelQuality,
    QualityFacts,
    agreement,
    find_folder,
    read_quality,
    with_votes,
    write_quality,
)

EACH = 30


def _faces() -> Faces:
    labels = np.repeat(np.arange(7), EACH).astype(np.int8)
    paths = [f"train/{CLASS_NAMES[y]}/im{i}.png" for i, y in enumerate(labels)]
    return Faces(np.zeros((len(labels), 48, 48, 1), np.uint8), labels, np.array(paths))


def _scores(labels: np.ndarray, seed: int = 0) -> np.ndarray:
    """Scores of a model that is mostly right and sure of it."""
    scores = np.random.default_rng(seed).dirichlet(np.full(7, 0.3), len(labels)) * 0.3
    scores[np.arange(len(labels)), labels] += 0.7
    return scores.astype(np.float32)


def _votes(paths: np.ndarray, answers: list[str]) -> Votes:
    counts = np.zeros((len(paths), len(ANSWERS)), np.uint8)
    counts[np.arange(len(paths)), [ANSWERS.index(answer) for answer in answers]] = 10
    return Votes(paths, counts)


def test_swapped_labels_come_first_with_the_right_suggestion():
    faces = _faces()
    scores = _scores(faces.labels)
    swapped = {5: 3, 100: 0, 180: 2}
    for row, label in swapped.items():
        scores[row] = 0.02
        scores[row, label] = 0.88

    found = suspicious_labels(faces, scores)

    head = found.head(3).set_index("path")
    assert set(head.index) == {str(faces.paths[row]) for row in swapped}
    for row, label in swapped.items():
        assert head.loc[faces.paths[row], "suggested"] == CLASS_NAMES[label]
        assert head.loc[faces.paths[row], "given"] == CLASS_NAMES[faces.labels[row]]
    assert found["score"].is_monotonic_increasing
    assert (found["given"] != found["suggested"]).all()


@pytest.mark.parametrize("scale", [0.5, np.nan])
def test_scores_that_are_no_probabilities_are_refused(scale: float):
    faces = _faces()
    with pytest.raises(DataError, match="probabilities"):
        suspicious_labels(faces, _scores(faces.labels) * np.float32(scale))


def _rows(faces: Faces, rows: list[int], suggested: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "path": faces.paths[rows],
            "given": [CLASS_NAMES[faces.labels[row]] for row in rows],
            "suggested": suggested,
            "score": 0.1,
            "p_given": 0.1,
            "p_suggested": 0.8,
        }
    )


def test_agreement_counts_the_head_and_all_images():
    faces = _faces()
    answers = np.repeat(
        ["anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise"], EACH
    ).tolist()
    # Image 0: FER+ says happy; 1: sad; 2: as given; 3: not a face. And 200 is wrong as well.
    answers[0], answers[1], answers[3], answers[200] = "happiness", "sadness", "NF", "fear"
    votes = _votes(faces.paths, answers)
    rows = with_votes(
        _rows(faces, [0, 1, 2, 3, 200], ["happy", "happy", "sad", "sad", "sad"]), votes
    )

    found = agreement(rows, faces, votes, judged=4)

    assert rows["ferplus"].tolist() == ["happy", "sad", "angry", "", "fearful"]
    assert rows["ferplus_suggested"].head(3).tolist() == [1.0, 0.0, 0.0]
    assert (found.judged, found.with_majority, found.errors, found.suggested_right) == (4, 3, 2, 1)
    assert found.precision == 0.5
    assert (found.all_images, found.all_with_majority, found.all_errors) == (210, 209, 3)
    assert found.random_precision == 3 / 210


def test_a_list_survives_writing_with_and_without_votes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    faces = _faces()
    facts = QualityFacts(
        fingerprint="e" * 64,
        preset="hog-svm",
        model="hog-svm",
        setting="C=1",
        folds=3,
        seed=0,
        images=210,
        accuracy=0.5,
        suspicious=9,
        agreement=None,
        versions={},
    )
    rows = with_votes(_rows(faces, [0, 1], ["happy", "sad"]), None)
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path))
    folder = tmp_path / "label_quality" / ("e" * 20)

    write_quality(LabelQuality(facts, rows), folder)
    again = read_quality(folder)

    assert find_folder("e" * 64) == folder
    assert again.facts == facts
    assert again.rows["path"].tolist() == rows["path"].tolist()
    assert again.rows["ferplus"].tolist() == ["", ""]
    assert again.rows["ferplus_given"].isna().all()
    assert again.rows["p_suggested"].tolist() == [0.8, 0.8]
    (folder / "label_quality.csv.gz").unlink()
    with pytest.raises(DataError, match="Make it again"):
        read_quality(folder)
