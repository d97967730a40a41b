"""An audit finds what was put in, and its record survives the way to disk and back."""

from pathlib import Path

import numpy as np
import pytest

from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import DataError
from fer_core.paths import reference_dir
from fer_core.quality.audit import audit, find_faces
from fer_core.quality.audit_report import (
    Audit,
    Finding,
    Issue,
    find_folder,
    read_audit,
    write_audit,
)
from fer_core.quality.copies import count_copies
from fer_core.reference.images import FINGERPRINT, published_copies


class BrightFinder:
    """A detector for which a face is whatever is bright in the middle."""

    name = "bright"

    def detect(self, frame_bgr, min_confidence, *, exact_eyes=True, long_side=640):
        import cv2

        mask = (frame_bgr[..., 0] > 200).astype(np.uint8)
        count, _, stats, centers = cv2.connectedComponentsWithStats(mask)
        return [
            type("Box", (), {"center": tuple(centers[i])})
            for i in range(1, count)
            if stats[i, cv2.CC_STAT_AREA] > 30
        ]


def _face(seed: int, *, bright: bool = True) -> np.ndarray:
    face = np.random.default_rng(seed).integers(0, 150, (48, 48, 1), dtype=np.uint8)
    if bright:
        face[16:32, 16:32] = 255
    return face


def _faces(split: str, images: list[np.ndarray], names: list[str]) -> Faces:
    order = ["angry", "happy", "sad"]
    labels = np.array([[0, 3, 5][order.index(name)] for name in names], np.int8)
    paths = np.array([f"{split}/{name}/im{i}.png" for i, name in enumerate(names)])
    return Faces(np.stack(images), labels, paths)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    a, b, c, dark = _face(1), _face(2), _face(3), _face(4, bright=False)
    empty = np.full((48, 48, 1), 7, np.uint8)
    train = _faces(
        "train", [a, a, b, b, c, empty], ["angry", "happy", "angry", "angry", "sad", "sad"]
    )
    test = _faces("test", [c, dark, _face(5)], ["angry", "happy", "sad"])
    return Dataset(train, test, "f" * 64, False, ())


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> Audit:
    return audit(dataset, BrightFinder())


def test_identical_groups_agree_with_the_counted_copies(dataset: Dataset, found: Audit):
    copies = count_copies(dataset)

    assert found.count(Issue.COPIES)[:2] == (copies.groups, copies.copied_images) == (3, 6)
    assert found.count(Issue.LEAKS) == (copies.leaking_groups, 2, copies.leaked_test_images)
    assert found.count(Issue.CONFLICTS)[0] == copies.conflicting_groups == 2


def test_leaks_name_both_sides_train_first(found: Audit):
    assert found.of(Issue.LEAKS)["path"].tolist() == ["train/sad/im4.png", "test/angry/im0.png"]


def test_empty_images_are_named_and_not_called_faceless(found: Audit):
    assert found.of(Issue.FLAT)["path"].tolist() == ["train/sad/im5.png"]
    assert found.of(Issue.NO_FACE)["path"].tolist() == ["test/happy/im1.png"]


def test_one_of_mere_copies_stays_and_test_images_always_do(found: Audit):
    assert set(found.to_exclude(Issue.COPIES)["path"]) == {
        "train/happy/im1.png",
        "train/angry/im3.png",
    }
    assert found.to_exclude(Issue.LEAKS)["path"].tolist() == ["train/sad/im4.png"]
    assert found.to_exclude(Issue.NO_FACE).empty


def test_copies_of_an_image_are_the_others_of_its_group(found: Audit):
    assert found.copies_of("train/sad/im4.png") == [("test/angry/im0.png", Finding.IDENTICAL)]
    assert found.copies_of("test/sad/im2.png") == []


def test_an_audit_survives_writing(found: Audit, tmp_path: Path):
    write_audit(found, tmp_path)
    again = read_audit(tmp_path)

    assert again.facts == found.facts
    for issue in Issue:
        assert again.of(issue).equals(found.of(issue)), issue


def test_damaged_files_are_a_sentence(found: Audit, tmp_path: Path):
    write_audit(found, tmp_path)
    (tmp_path / "audit.csv.gz").write_bytes(b"\x1f\x8bnothing")
    with pytest.raises(DataError, match="Make it again"):
        read_audit(tmp_path)


def test_without_a_detector_faces_are_not_judged(dataset: Dataset):
    found = audit(dataset, None)

    assert found.facts.detector == ""
    assert found.of(Issue.NO_FACE).empty


def test_each_face_of_a_sheet_is_told_from_its_neighbours():
    dark = {3, 24, 25, 29}
    images = np.stack([_face(i, bright=i not in dark) for i in range(30)])

    found = find_faces(images, BrightFinder())

    assert set(np.flatnonzero(~found).tolist()) == dark


def test_an_audit_of_other_images_is_not_shown_for_these(
    found: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path))
    assert find_folder("0" * 64) is None
    folder = tmp_path / "audit" / ("f" * 20)
    write_audit(found, folder)
    assert find_folder("f" * 64) == folder
    assert find_folder("0" * 64) is None


def test_the_committed_audit_agrees_with_the_committed_counts():
    found, copies = read_audit(reference_dir()), published_copies()

    assert found.facts.fingerprint == FINGERPRINT
    assert found.facts.images == copies.images
    assert found.count(Issue.COPIES)[:2] == (copies.groups, copies.copied_images)
    groups, _, test = found.count(Issue.LEAKS)
    assert (groups, test) == (copies.leaking_groups, copies.leaked_test_images)
    assert found.count(Issue.CONFLICTS)[0] == copies.conflicting_groups
