"""What every run says of a face, and how far the runs disagree."""

import numpy as np
import pytest

from fer_core.evaluation.answers import Answer, collect
from fer_core.runs.store import Predictions

PATHS = np.array(["train/sad/im0.png", "test/happy/im0.png", "test/sad/im0.png"])


def answering(paths: list[str], labels: list[int], answers: list[int]) -> Predictions:
    """Predictions that give each answer 70 %."""
    scores = np.full((len(paths), 7), 0.05, np.float32)
    scores[np.arange(len(paths)), answers] = 0.7
    return Predictions(
        np.array(paths), np.repeat("test", len(paths)), np.array(labels, np.int8), scores
    )


def test_each_image_gets_the_answers_of_the_runs_that_were_asked() -> None:
    first = answering(["test/sad/im0.png", "test/happy/im0.png"], [5, 3], [3, 3])
    second = answering(["test/happy/im0.png"], [3], [5])
    answers = collect(PATHS, {"first": first, "second": second})
    assert answers.to_image(0) == []
    told = [(a.run_id, a.predicted, a.confidence, a.of_label) for a in answers.to_image(1)]
    assert told == [
        ("first", "happy", pytest.approx(0.7), pytest.approx(0.7)),
        ("second", "sad", pytest.approx(0.7), pytest.approx(0.05)),
    ]
    assert [a.run_id for a in answers.to_image(2)] == ["first"]
    assert isinstance(answers.to_image(2)[0], Answer)


def test_images_that_are_not_in_the_data_set_are_left_out() -> None:
    answers = collect(PATHS, {"x": answering(["test/happy/im9.png"], [3], [3])})
    assert not any(answers.to_image(image) for image in range(len(PATHS)))


def test_the_confidence_of_a_run_is_unknown_where_it_was_not_asked() -> None:
    answers = collect(PATHS, {"x": answering(["test/happy/im0.png"], [3], [3])})
    assert answers.confidence_of("x") == pytest.approx([np.nan, 0.7, np.nan], nan_ok=True)
    assert answers.answers_of("x").tolist() == ["", "happy", ""]
    assert np.isnan(answers.confidence_of("another")).all()
    assert answers.answers_of("another").tolist() == ["", "", ""]


def test_runs_disagree_by_the_share_of_answers_beside_the_most_common() -> None:
    runs = {
        name: answering(["test/happy/im0.png"], [3], [answer])
        for name, answer in (("a", 3), ("b", 3), ("c", 5), ("d", 0))
    }
    runs["d"] = answering(["test/happy/im0.png", "test/sad/im0.png"], [3, 5], [0, 5])
    shares = collect(PATHS, runs).disagreement()
    assert shares == pytest.approx([np.nan, 0.5, np.nan], nan_ok=True)
