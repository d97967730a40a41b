"""What is decided on labels is read or refused line by line, and changes what it says, no more."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fer_core.classes import CLASS_INDEX
from fer_core.config import TrainConfig, Validation
from fer_core.data.exclusion import ExcludeList
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import REVIEW_FILE, keep_list, keep_review, reduced
from fer_core.data.label_review import Decision, Review, Ruling, parse, read_review
from fer_core.data.reviewed_labels import apply_review
from fer_core.errors import DataError
from fer_core.training.parts import split_parts
from tests.builders import noise_faces

WHEN = datetime(2026, 3, 1, 10, 12, tzinfo=UTC)
HEAD = "# images x\npath,label,decision,new_label,when\n"
COLUMN_LINE = HEAD.partition("\n")[2]
GOOD = "train/sad/im1.png,sad,relabel,happy,2026-03-01T10:12:00+00:00\n"


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return Dataset(
        noise_faces("train", 40, seed=40), noise_faces("test", 3, seed=3), "x", False, ()
    )


def _review(*rulings: tuple[str, str, str]) -> Review:
    made = [Ruling(path, Decision(decision), new, WHEN) for path, decision, new in rulings]
    return Review("x", {ruling.path: ruling for ruling in made})


def _write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_review_is_read_as_it_was_written(tmp_path: Path, dataset: Dataset):
    review = _review(
        ("train/sad/im1.png", "relabel", "happy"),
        ("train/happy/im2.png", "keep", ""),
        ("test/angry/im0.png", "exclude", ""),
    )
    file = _write(tmp_path, review.as_csv())
    assert file.read_text(encoding="utf-8").startswith(HEAD + GOOD)
    assert read_review(file, dataset) == review


def test_a_spreadsheet_may_have_saved_it(dataset: Dataset):
    saved = "\ufeff" + (HEAD + GOOD).replace("# images x", "# images x,,,,").replace("\n", "\r\n")
    review, problems = parse(saved.encode(), "mine.csv", fingerprint=dataset.fingerprint)
    assert problems == []
    assert list(review.rulings) == ["train/sad/im1.png"]


def test_a_time_without_a_zone_is_utc_and_may_be_any():
    # The local time of the first year has no timestamp.
    review, _ = parse(f"{COLUMN_LINE}train/sad/im1.png,sad,keep,,0001-01-01\n", "mine.csv")
    assert review.rulings["train/sad/im1.png"].when.timestamp() < 0


def test_a_spreadsheet_may_have_put_the_first_line_in_quotes():
    review, problems = parse(f'"# images x"\n{COLUMN_LINE}{GOOD}', "mine.csv", fingerprint="x")
    assert (review.fingerprint, len(review), problems) == ("x", 1, [])


def test_the_same_decisions_have_the_same_hash_whenever_they_were_made():
    first = _review(("train/sad/im1.png", "keep", ""), ("train/sad/im2.png", "exclude", ""))
    other = Ruling("train/sad/im1.png", Decision.KEEP, when=datetime(2027, 1, 1, tzinfo=UTC))
    second = Review("x", {p: first.rulings[p] for p in reversed(first.rulings)}).with_ruling(other)
    assert second.sha256 == first.sha256
    assert first.without("train/sad/im1.png").sha256 != first.sha256


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("train/sad/im99.png,sad,keep,,2026-03-01", "no image train/sad/im99.png"),
        ("sad/im1.png,sad,keep,,2026-03-01", "'sad/im1.png' is no path of an image"),
        ("train/sad/im2.png,sad,relabel,hapy,2026-03-01", "no class 'hapy'. Valid: angry"),
        ("train/sad/im2.png,sad,relabel,,2026-03-01", "no class ''"),
        ("train/sad/im2.png,sad,relabel,sad,2026-03-01", "labelled sad already"),
        ("train/sad/im2.png,sad,keep,happy,2026-03-01", "a new label goes with relabel only"),
        ("train/sad/im2.png,sad,drop,,2026-03-01", "'drop' is no decision. Valid: keep"),
        ("train/sad/im2.png,happy,keep,,2026-03-01", "the label of train/sad/im2.png is sad"),
        ("train/sad/im2.png,sad,keep,,yesterday", "'yesterday' is no time"),
        ("train/sad/im2.png", "'' is no decision"),
        ("train/sad/im1.png,sad,keep,,2026-03-01", "earlier line already"),
        ("x" * 200_000 + ",sad,keep,,2026-03-01", "'' is no decision"),
        ("=1+1,sad,keep,,2026-03-01", "is no path of an image"),
        ("train/../../x.png,sad,keep,,2026-03-01", "is no path of an image"),
    ],
)
def test_a_line_at_fault_is_named_and_the_others_are_kept(
    tmp_path: Path, dataset: Dataset, line: str, words: str
):
    text = HEAD + GOOD + line + "\n\n" + GOOD.replace("im1", "im3")
    known = frozenset(dataset.train.paths.tolist())
    review, problems = parse(text, "mine.csv", fingerprint="x", known=known)
    assert list(review.rulings) == ["train/sad/im1.png", "train/sad/im3.png"]
    assert len(problems) == 1
    assert problems[0].startswith("mine.csv, line 4: ")
    assert words in problems[0]
    with pytest.raises(DataError, match=r"mine\.csv, line 4: "):
        read_review(_write(tmp_path, text), dataset)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\xff", "is not a text file"),
        (b"x" * 200_000, "without path,"),
        (b"x,\n" * 6_000_000, "has 18.0 MB, more than a decision on every image needs"),
        (b"", "mine.csv is empty"),
        (b"path,label\ntrain/sad/im1.png,sad\n", "without decision, new_label, when"),
        ((HEAD + GOOD).replace("images x", "images abc").encode(), "a review of other images"),
    ],
)
def test_what_is_no_review_of_these_images_is_refused(content: bytes, words: str):
    with pytest.raises(DataError, match=words):
        parse(content, "mine.csv", fingerprint="x")


def test_many_lines_at_fault_are_counted(tmp_path: Path, dataset: Dataset):
    lines = [f"train/sad/no{n}.png,sad,keep,,2026-03-01" for n in range(8)]
    with pytest.raises(DataError, match="3 more lines are at fault"):
        read_review(_write(tmp_path, HEAD + "\n".join(lines)), dataset)


@pytest.mark.parametrize("rule", [Validation.REPORT, Validation.GROUPED])
def test_training_and_validation_get_the_new_labels_and_test_keeps_its_own(
    dataset: Dataset, rule: Validation
):
    config = TrainConfig(validation=rule)
    whole = split_parts(dataset, config)
    trained, held = whole.train.paths[whole.train.labels == CLASS_INDEX["sad"]], whole.validation
    held_paths = held.paths[held.labels == CLASS_INDEX["angry"]].tolist()
    review = _review(
        (trained[0], "relabel", "happy"),
        (trained[1], "exclude", ""),
        (trained[2], "keep", ""),
        (held_paths[0], "relabel", "fearful"),
        (held_paths[1], "exclude", ""),
        ("test/sad/im0.png", "relabel", "happy"),
        ("test/sad/im1.png", "exclude", ""),
    )

    parts = split_parts(apply_review(dataset, config, review), config)

    now = {name: dict(zip(f.paths.tolist(), f.labels.tolist())) for name, f in vars(parts).items()}
    before = {n: dict(zip(f.paths.tolist(), f.labels.tolist())) for n, f in vars(whole).items()}
    assert now["test"] == before["test"]
    before["train"].pop(trained[1])
    before["validation"].pop(held_paths[1])
    before["train"][trained[0]] = CLASS_INDEX["happy"]
    before["validation"][held_paths[0]] = CLASS_INDEX["fearful"]
    assert now == before
    images = dict(zip(parts.train.paths.tolist(), parts.train.images))
    assert (images[trained[0]] == whole.train.images[whole.train.paths == trained[0]][0]).all()
    assert dataset.train.labels[dataset.train.paths == trained[0]] == CLASS_INDEX["sad"]


def test_what_changes_nothing_or_leaves_a_class_empty_is_refused(dataset: Dataset):
    config = TrainConfig()
    with pytest.raises(DataError, match="changes nothing"):
        apply_review(dataset, config, _review(("test/sad/im0.png", "exclude", "")))
    all_sad = [p for p in dataset.train.paths.tolist() if "/sad/" in p]
    with pytest.raises(DataError, match="only 6 of the 7 classes"):
        apply_review(dataset, config, _review(*((p, "relabel", "happy") for p in all_sad)))
    other = Review("y", _review(("train/sad/im0.png", "exclude", "")).rulings)
    with pytest.raises(DataError, match="of other images"):
        apply_review(dataset, config, other)


def test_a_run_keeps_its_review_and_refuses_a_changed_one(tmp_path: Path, dataset: Dataset):
    review = _review(("train/sad/im1.png", "relabel", "happy"), ("train/sad/im2.png", "keep", ""))
    config = TrainConfig(label_review=review.sha256)
    with pytest.raises(DataError, match=r"label_review\.csv, is missing"):
        reduced(dataset, config, tmp_path)
    keep_review(tmp_path, review)
    labels = reduced(dataset, config, tmp_path).train.labels
    assert (labels != dataset.train.labels).sum() == 1
    text = (tmp_path / REVIEW_FILE).read_text(encoding="utf-8")
    (tmp_path / REVIEW_FILE).write_text(text.replace("happy", "angry"), encoding="utf-8")
    with pytest.raises(DataError, match="not the label review that it was started with"):
        reduced(dataset, config, tmp_path)


def test_a_review_goes_together_with_an_exclude_list(tmp_path: Path, dataset: Dataset):
    listed = ExcludeList(("train/sad/im30.png", "train/sad/im31.png"))
    review = _review(
        ("train/sad/im30.png", "exclude", ""), ("train/sad/im32.png", "relabel", "happy")
    )
    config = TrainConfig(exclude_list=listed.sha256, label_review=review.sha256)
    keep_list(tmp_path, listed)
    keep_review(tmp_path, review)
    left = reduced(dataset, config, tmp_path).train
    assert len(left) == len(dataset.train) - 2
    assert left.labels[left.paths == "train/sad/im32.png"] == CLASS_INDEX["happy"]
