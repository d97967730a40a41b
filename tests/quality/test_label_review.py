"""What to review, what a review changed, and how accuracy on validation moved by it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.data.ferplus import ANSWER_OF_CLASS, ANSWERS, Votes
from fer_core.data.label_review import Decision, Review, Ruling
from fer_core.quality.label_report import QUALITY_COLUMNS, LabelQuality
from fer_core.quality.label_review import Source, changes, counterparts, effect, suspicions
from fer_core.runs.store import Predictions, Run, list_runs
from tests.builders import make_run, with_config


def _faces(split: str) -> Faces:
    paths = [f"{split}/{name}/im{number}.png" for name in CLASS_NAMES for number in range(2)]
    labels = np.repeat(np.arange(7), 2).astype(np.int8)
    return Faces(np.zeros((14, 48, 48, 1), np.uint8), labels, np.array(paths))


DATASET = Dataset(_faces("train"), _faces("test"), "0" * 64, False, ())


def _predictions(answers: dict[str, tuple[str, float]]) -> Predictions:
    """Answers by path, each with its probability; the label gets the rest."""
    scores = np.zeros((len(answers), 7), np.float32)
    for row, (path, (name, share)) in enumerate(answers.items()):
        scores[row, CLASS_INDEX[path.split("/")[1]]] = 1 - share
        scores[row, CLASS_INDEX[name]] += share
    paths = np.array(list(answers))
    y_true = np.array([CLASS_INDEX[path.split("/")[1]] for path in answers], np.int8)
    return Predictions(paths, np.array(["validation"] * len(paths)), y_true, scores)


def _review(*rulings: Ruling) -> Review:
    return Review("0" * 64, {ruling.path: ruling for ruling in rulings})


def _quality() -> LabelQuality:
    row = ["train/sad/im1.png", "sad", "happy", 0.1, 0.1, 0.9, "", np.nan, np.nan]
    rows = pd.DataFrame([row], columns=list(QUALITY_COLUMNS))
    return LabelQuality(None, rows)  # type: ignore[arg-type]


def _votes() -> Votes:
    counts = np.zeros((2, len(ANSWERS)), np.uint8)
    counts[0, ANSWERS.index(ANSWER_OF_CLASS["happy"])] = 10
    counts[1, ANSWERS.index(ANSWER_OF_CLASS["sad"])] = 6
    counts[1, ANSWERS.index(ANSWER_OF_CLASS["angry"])] = 4
    return Votes(np.array(["test/sad/im0.png", "test/sad/im1.png"]), counts)


def test_the_folds_suspect_training_labels_and_annotators_those_of_the_test():
    found = suspicions(DATASET, "train", _quality(), _votes(), None)
    assert found.source is Source.FOLDS
    assert found.rows["path"].tolist() == ["train/sad/im1.png"]
    assert found.rows["suspicion"].tolist() == pytest.approx([0.9])
    found = suspicions(DATASET, "test", _quality(), _votes(), None)
    assert found.source is Source.VOTES
    assert found.rows["path"].tolist() == ["test/sad/im0.png"]
    assert found.rows["suggested"].tolist() == ["happy"]
    assert found.rows["suspicion"].tolist() == [1.0]


def test_without_folds_and_votes_a_run_suspects_what_it_answers_otherwise():
    answers = {
        "train/sad/im0.png": ("happy", 0.6),
        "train/angry/im0.png": ("sad", 0.9),
        "train/happy/im0.png": ("happy", 1.0),
    }
    found = suspicions(DATASET, "train", None, None, _predictions(answers))
    assert found.source is Source.RUN
    assert found.rows["path"].tolist() == ["train/angry/im0.png", "train/sad/im0.png"]
    assert found.rows["suspicion"].tolist() == pytest.approx([0.9, 0.6])
    assert found.select("sad", 0.5)["path"].tolist() == ["train/sad/im0.png"]
    assert found.select(None, 0.8)["path"].tolist() == ["train/angry/im0.png"]
    assert suspicions(DATASET, "train", None, None, None).source is None


def test_changes_are_counted_by_class_and_folder():
    review = _review(
        Ruling("train/sad/im0.png", Decision.RELABEL, "happy"),
        Ruling("train/sad/im1.png", Decision.EXCLUDE),
        Ruling("train/happy/im0.png", Decision.KEEP),
        Ruling("test/sad/im0.png", Decision.RELABEL, "happy"),
    )
    table = changes(review, "train").set_index("class")
    assert table.loc["sad", ["reviewed", "kept", "excluded", "relabelled", "happy"]].tolist() == [
        *(2, 0, 1, 1, 1)
    ]
    assert table.loc["all", ["reviewed", "kept", "excluded", "relabelled"]].tolist() == [3, 1, 1, 1]
    assert changes(review, "test").set_index("class").loc["all", "reviewed"] == 1


def _run(root: Path, name: str, predictions: Predictions, **train: object) -> Run:
    made = make_run(root, name)
    config = made.config.train.model_copy(update=train)
    run = with_config(made, train=config)
    run.write_predictions(predictions)
    return run


def test_accuracy_moves_on_the_images_of_both_by_both_kinds_of_label(tmp_path: Path):
    review = _review(
        Ruling("train/sad/im0.png", Decision.RELABEL, "happy"),
        Ruling("train/angry/im0.png", Decision.EXCLUDE),
    )
    plain = _predictions(
        {
            "train/sad/im0.png": ("sad", 1.0),
            "train/sad/im1.png": ("sad", 1.0),
            "train/angry/im0.png": ("angry", 1.0),
        }
    )
    mine = _predictions({"train/sad/im0.png": ("happy", 0.9), "train/sad/im1.png": ("sad", 1.0)})
    one = _run(tmp_path, "with", mine, label_review=review.sha256)
    other = _run(tmp_path, "without", plain)

    found = effect(one, other, review)

    assert (found.with_review, found.without, found.same_settings) == ("with", "without", True)
    rows = found.rows.set_index("labels")
    assert rows["images"].tolist() == [2, 2]
    assert rows.loc["as published", ["without", "with_review", "difference"]].tolist() == [
        *(1.0, 0.5, -0.5)
    ]
    assert rows.loc["as reviewed", ["without", "with_review", "difference"]].tolist() == [
        *(0.5, 1.0, 0.5)
    ]


def test_a_run_is_set_against_the_one_that_differs_least(tmp_path: Path):
    some = _predictions({"train/sad/im0.png": ("sad", 1.0)})
    reviewed = _run(tmp_path, "with", some, label_review="a" * 64, seed=1)
    _run(tmp_path, "far", some, seed=2, dropout=0.3)
    near = _run(tmp_path, "near", some, seed=1)
    _run(tmp_path, "other-preset", some, seed=1, preset="tiny")
    assert [(a.run_id, b.run_id) for a, b in counterparts(list_runs(tmp_path))] == [
        ("with", near.run_id)
    ]
    assert counterparts([reviewed]) == []


def test_a_run_that_was_made_from_another_is_no_counterpart(tmp_path: Path):
    some = _predictions({"train/sad/im0.png": ("sad", 1.0)})
    reviewed = _run(tmp_path, "with", some, label_review="a" * 64)
    plain = _run(tmp_path, "plain", some, seed=1)
    near = _run(tmp_path, "near", some)
    derived = [
        Run(run.folder, run.config.model_copy(update=update))
        for run, update in (
            (near, {"quantized_from": "plain"}),
            (near, {"members": ("plain", "with")}),
            (reviewed, {"quantized_from": "with"}),
        )
    ]
    found = counterparts([*derived, reviewed, plain])
    assert [(a.run_id, b.run_id) for a, b in found] == [("with", "plain")]
