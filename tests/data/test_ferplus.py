"""FER+ votes become shares and majorities of our classes, in our order."""

import time
from pathlib import Path

import numpy as np
import pytest

from fer_core import paths
from fer_core.classes import CLASS_INDEX
from fer_core.data.ferplus import (
    ANSWER_OF_CLASS,
    ANSWERS,
    Votes,
    disagreement,
    load_votes,
    majority,
    soft_labels,
)
from fer_core.errors import DataError

VOTES = paths.PROJECT_ROOT.parent / "shared" / "data" / "ferplus_votes.csv"
HEADER = f"path,{','.join(ANSWERS)}"


def make_votes(*rows: dict[str, int]) -> Votes:
    """Votes for the images `a0`, `a1`, ..., each given as answer -> number."""
    counts = np.array([[row.get(name, 0) for name in ANSWERS] for row in rows], np.uint8)
    return Votes(np.array([f"a{i}" for i in range(len(rows))]), counts)


def write_csv(folder: Path, *lines: str) -> Path:
    path = folder / "votes.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def majority_of(**answers: int) -> int:
    return int(majority(make_votes(answers), np.array(["a0"]))[0])


def test_the_file_is_read_by_the_names_of_its_columns(tmp_path):
    names = list(reversed(ANSWERS))
    path = write_csv(tmp_path, f"{','.join(names)},path", "0,0,0,1,0,0,0,0,0,9,test/sad/im3.png")

    votes = load_votes(path)

    assert votes.paths.tolist() == ["test/sad/im3.png"]
    assert dict(zip(ANSWERS, votes.counts[0].tolist())) == {
        **dict.fromkeys(ANSWERS, 0),
        "neutral": 9,
        "fear": 1,
    }


def test_the_environment_names_the_file(tmp_path, monkeypatch):
    path = write_csv(tmp_path, HEADER, "train/sad/im0.png,1,2,3,4,0,0,0,0,0,0")
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(path))
    assert load_votes().counts[0, :4].tolist() == [1, 2, 3, 4]


def test_a_missing_file_names_the_variable_and_no_folder(tmp_path):
    with pytest.raises(DataError, match="FER_FERPLUS") as caught:
        load_votes(tmp_path / "none.csv")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER.removesuffix(",NF"), "a,1,2,3,4,0,0,0,0,0"], "lack the column NF"),
        ([HEADER, "a,1,x,3,4,0,0,0,0,0,0"], "line 2 has 'x' under happiness"),
        ([HEADER, "a,1,0,0,0,0,0,0,0,0,0", "b,1,,0,0,0,0,0,0,0,0"], "line 3 .* happiness"),
        ([HEADER, "a,-1,0,0,0,0,0,0,0,0,0"], "line 2 has '-1' under neutral"),
        ([HEADER, "a,256,0,0,0,0,0,0,0,0,0"], "from 0 to 255"),
        ([HEADER, "a,1.5,0,0,0,0,0,0,0,0,0"], "whole numbers"),
        ([HEADER, *["a,1,0,0,0,0,0,0,0,0,0"] * 2], "each named once"),
        ([HEADER, ",1,0,0,0,0,0,0,0,0,0"], "each named once"),
        ([HEADER], "at least one image"),
        ([""], "cannot be read"),
        ([HEADER, "a,1,0,0,0,0,0,0,0,0,0,0,0,0", "b,1"], "cannot be read|lack|whole|named"),
    ],
)
def test_a_damaged_file_says_what_is_wrong(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        load_votes(write_csv(tmp_path, *lines))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    with pytest.raises(DataError, match=r"votes\.csv"):
        load_votes(path)


def test_votes_check_their_shape():
    with pytest.raises(DataError, match=r"\(2, 10\), got \(2, 7\)"):
        Votes(np.array(["a", "b"]), np.zeros((2, 7), np.uint8))
    with pytest.raises(DataError, match="uint8"):
        Votes(np.array(["a"]), np.zeros((1, 10), np.int64))


def test_soft_labels_are_shares_of_our_classes_in_our_order():
    votes = make_votes({"anger": 4, "fear": 1, "contempt": 3, "unknown": 2}, {"happiness": 10})

    shares = soft_labels(votes, np.array(["a1", "a0"]))

    assert shares.dtype == np.float32
    assert shares[0, CLASS_INDEX["happy"]] == 1
    assert shares[1, [CLASS_INDEX["angry"], CLASS_INDEX["fearful"]]].tolist() == pytest.approx(
        [0.8, 0.2]
    )
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_soft_labels_are_nan_where_nobody_named_one_of_our_classes():
    votes = make_votes({"contempt": 6, "NF": 4}, {"sadness": 10})
    shares = soft_labels(votes, np.array(["a0", "not there", "a1"]))
    assert np.isnan(shares).all(axis=1).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"surprise": 6, "fear": 4}, "surprised"),
        ({"disgust": 2}, "disgusted"),
        # Four of ten, but the single votes go, and four of seven is more than half.
        ({"neutral": 4, "sadness": 3, "anger": 1, "fear": 1, "disgust": 1}, "neutral"),
    ],
)
def test_more_than_half_of_the_votes_is_a_majority(answers, expected):
    assert majority_of(**answers) == CLASS_INDEX[expected]


@pytest.mark.parametrize(
    "answers",
    [
        {"neutral": 5, "sadness": 5},
        {"neutral": 5, "sadness": 3, "anger": 2},
        {"contempt": 6, "neutral": 4},
        {"unknown": 6, "neutral": 4},
        {"NF": 10},
        dict.fromkeys(ANSWERS, 1),
    ],
)
def test_no_majority_for_ties_half_and_answers_that_are_no_class_of_ours(answers):
    assert majority_of(**answers) == -1


def test_an_image_without_votes_has_no_majority():
    votes = make_votes({"sadness": 10})
    labels = majority(votes, np.array(["other", "a0"]))
    assert labels.tolist() == [-1, CLASS_INDEX["sad"]]
    assert labels.dtype == np.int8


@pytest.mark.skipif(not VOTES.exists(), reason="FER+ votes are not beside the project")
def test_the_published_votes_give_the_known_counts_quickly():
    votes = load_votes(VOTES)
    start = time.process_time()
    labels = majority(votes, votes.paths)
    shares = soft_labels(votes, votes.paths)
    # Takes 0.1 s; row by row it would be many seconds.
    assert time.process_time() - start < 1

    assert len(votes) == 35_712
    assert np.isnan(shares).any(axis=1).sum() == 5
    assert labels.tolist() == [_by_hand(row) for row in votes.counts.tolist()]


def _by_hand(counts: list[int]) -> int:
    """The majority of one image, step by step."""
    kept = [count if count > 1 else 0 for count in counts]
    if max(kept) <= 0.5 * sum(kept):
        return -1
    classes = {answer: CLASS_INDEX[name] for name, answer in ANSWER_OF_CLASS.items()}
    return classes.get(ANSWERS[kept.index(max(kept))], -1)


def test_disagreement_is_the_share_of_votes_beside_the_most_common_answer():
    votes = make_votes({"fear": 10}, {"fear": 5, "NF": 3, "anger": 2}, {})
    shares = disagreement(votes, np.array(["a1", "a0", "a2", "unknown"]))
    assert shares == pytest.approx([0.5, 0, np.nan, np.nan], nan_ok=True)
