import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.data import cache, fer2013
from fer_core.data.balance import class_table, summarize
from fer_core.data.download import fetch
from fer_core.data.layout import SYNTHETIC_MARKER
from fer_core.data.measures import measure
from fer_core.errors import DataError, DataMissingError
from tests.data.builders import images, png, write_files

REAL_ZIP = paths.PROJECT_ROOT.parent / "shared/data/emotion-detection-fer.zip"


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "arrays"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(tmp_path / "faces", images(12))


def folders(cache_folder: Path) -> list[Path]:
    return [path for path in cache_folder.iterdir() if path.is_dir()]


def counting():
    steps: list[tuple[int, int]] = []
    return steps, lambda done, total: steps.append((done, total))


def test_images_labels_and_paths_belong_together(root):
    dataset = fer2013.load(root)
    assert dataset.train.images.shape == (84, 48, 48, 1)
    assert dataset.train.images.dtype == np.uint8
    assert dataset["test"] is dataset.test
    for path, label in zip(dataset.test.paths, dataset.test.labels):
        assert path.split("/")[1] == CLASS_NAMES[label]
    source = images(12)
    import cv2

    for row in (0, 5, 83):
        data = np.frombuffer(source[dataset.train.paths[row]], np.uint8)
        expected = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
        np.testing.assert_array_equal(dataset.train.images[row, :, :, 0], expected)


def test_files_stand_by_number(root):
    names = [path.split("/")[-1] for path in fer2013.load(root).train.paths[:12]]
    assert names == [f"im{number}.png" for number in range(12)]


def test_decoding_happens_once_and_reports_progress(root):
    steps, progress = counting()
    first = fer2013.load(root, progress)
    assert steps[-1] == (168, 168)
    steps.clear()
    second = fer2013.load(root, progress)
    assert not steps
    assert first.fingerprint == second.fingerprint
    assert isinstance(second.train.images, np.memmap)
    assert not second.train.images.flags.writeable


@pytest.mark.parametrize("change", ["content", "added", "removed", "marker"])
def test_a_changed_source_is_decoded_again_and_the_old_arrays_go(root, cache_folder, change):
    fer2013.load(root)
    image = root / "train/happy/im3.png"
    if change == "content":
        image.write_bytes(png(777))
    elif change == "added":
        (root / "train/happy/im99.png").write_bytes(png(777))
    elif change == "removed":
        image.unlink()
    else:
        (root / SYNTHETIC_MARKER).touch()
    dataset = fer2013.load(root)
    assert len(dataset.train) == {"added": 85, "removed": 83}.get(change, 84)
    assert dataset.synthetic == (change == "marker")
    assert len(folders(cache_folder)) == 1


def test_arrays_of_a_vanished_data_set_go(root, tmp_path, cache_folder):
    other = write_files(tmp_path / "other", images(1))
    fer2013.load(other)
    fer2013.load(root)
    assert len(folders(cache_folder)) == 2
    for path in sorted(other.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    other.rmdir()
    (root / "train/happy/im3.png").unlink()
    fer2013.load(root)
    assert len(folders(cache_folder)) == 1


@pytest.mark.parametrize("damage", ["manifest", "truncated", "absent", "lengths", "measures"])
def test_a_damaged_cache_is_rebuilt(root, cache_folder, damage):
    before = fer2013.load(root).fingerprint
    folder = folders(cache_folder)[0]
    if damage == "manifest":
        (folder / "manifest.json").write_text('{"fingerprint": ', encoding="utf-8")
    elif damage == "truncated":
        os.truncate(folder / "train_images.npy", 5000)
    elif damage == "absent":
        (folder / "test_paths.npy").unlink()
    elif damage == "measures":
        np.save(folder / "measures.npy", np.zeros((3, 5)))
    else:
        np.save(folder / "test_labels.npy", np.zeros(3, np.int8))
    dataset = fer2013.load(root)
    assert dataset.fingerprint == before
    assert len(dataset.test) == 84
    assert dataset.measures is not None
    assert len(dataset.measures.group) == 168


def test_grays_and_copies_are_measured_once_when_the_images_are_decoded(root, monkeypatch):
    first = fer2013.load(root)
    monkeypatch.setattr(cache, "measure", lambda splits: pytest.fail("measured again"))
    second = fer2013.load(root)
    expected = measure([first.train.images, first.test.images])
    for found in (first.measures, second.measures):
        np.testing.assert_array_equal(found.brightness, expected.brightness)
        np.testing.assert_array_equal(found.contrast, expected.contrast)
        np.testing.assert_array_equal(found.group, expected.group)


def test_the_fingerprint_is_of_the_images_not_of_the_place(root, tmp_path):
    other = write_files(tmp_path / "elsewhere", images(12))
    assert fer2013.load(root).fingerprint == fer2013.load(other).fingerprint


def test_unreadable_files_are_listed(root):
    extra = {
        "train/sad/empty.png": b"",
        "train/sad/words.png": b"no image",
        "test/sad/large.png": png(size=64),
        "test/sad/half.png": png()[:200],
    }
    write_files(root, extra)
    dataset = fer2013.load(root)
    assert {path for path, _ in dataset.skipped} == set(extra)
    assert len(dataset.train) == 84


def test_a_class_without_a_readable_image_is_named(root, cache_folder):
    for path in (root / "test/fearful").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"No readable image in test/fearful\. Put some there"):
        fer2013.load(root)
    assert not folders(cache_folder)


def test_no_data_set(tmp_path):
    with pytest.raises(DataMissingError, match="data download"):
        fer2013.load(tmp_path / "nowhere")
    assert not fer2013.is_available(tmp_path / "nowhere")


def test_missing_folders_are_named(root):
    for path in (root / "train/sad").iterdir():
        path.unlink()
    (root / "train/sad").rmdir()
    with pytest.raises(DataError, match="lacks train/sad"):
        fer2013.load(root)
    assert not fer2013.is_available(root)


def test_a_full_disk_is_told(root, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.np, "save", fail)
    with pytest.raises(DataError, match=r"No space left on device.*FER_CACHE_DIR"):
        fer2013.load(root)


def test_a_source_that_never_rests_is_told(root):
    def disturb(done: int, total: int) -> None:
        image = root / "train/happy/im0.png"
        os.utime(image, ns=(0, image.stat().st_mtime_ns + 1_000_000))

    with pytest.raises(DataError, match="changes while it is read"):
        fer2013.load(root, disturb)


def test_processes_at_once_decode_once(root, cache_folder):
    code = (
        "import sys\nfrom pathlib import Path\nfrom fer_core.data import fer2013\n"
        "steps = []\n"
        "d = fer2013.load(Path(sys.argv[1]), lambda *s: steps.append(s))\n"
        "print(d.fingerprint, bool(steps))"
    )
    environment = os.environ | {"PYTHONPATH": str(paths.PROJECT_ROOT)}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, root],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=environment,
        )
        for _ in range(3)
    ]
    out = [child.communicate()[0].split() for child in children]
    assert len({fingerprint for fingerprint, _ in out}) == 1
    assert [built for _, built in out].count("True") == 1
    assert len(folders(cache_folder)) == 1


def test_validation_is_the_first_quarter_by_name_as_text(root):
    faces = fer2013.load(root).train
    held_out = faces.take(np.flatnonzero(fer2013.is_validation(faces)))
    names = [path.split("/")[-1] for path in held_out.paths if "/sad/" in path]
    assert names == ["im0.png", "im1.png", "im10.png"]
    assert len(held_out) == 21


def test_usage_goes_by_number():
    paths_ = ["test/disgusted/im55.png", "test/disgusted/im56.png", "test/happy/im894.png"]
    assert fer2013.usage(paths_).tolist() == ["PublicTest", "PrivateTest", "PublicTest"]


def test_weights_and_imbalance():
    labels = np.array([0] * 6 + [1] * 2 + list(range(2, 7)), dtype=np.int8)
    weights = fer2013.class_weights(labels)
    assert weights["angry"] == pytest.approx(13 / (7 * 6))
    assert fer2013.imbalance_ratio(labels) == 6
    assert fer2013.imbalance_ratio(labels[:6]) == float("inf")
    assert fer2013.class_weights(labels[:6])["sad"] == 0


def test_faces_of_different_lengths_are_refused():
    with pytest.raises(DataError, match="shape"):
        fer2013.Faces(np.zeros((2, 48, 48, 1), np.uint8), np.zeros(1, np.int8), np.array(["a"]))


def test_summary_of_a_small_set(root):
    dataset = fer2013.load(root)
    table, counts = class_table(dataset), summarize(dataset)
    assert (counts.train_folder, counts.train, counts.validation, counts.test) == (84, 63, 21, 84)
    assert counts.usage is None
    assert table["class"].tolist() == list(CLASS_NAMES)
    assert table["train_share"].sum() == pytest.approx(1)
    assert table["public_test"].sum() == table["private_test"].sum() == 0
    assert table["weight"].tolist() == [1.0] * 7


@pytest.mark.slow
def test_the_published_data_set(tmp_path):
    if not REAL_ZIP.exists():
        pytest.skip("the data set's ZIP is not on this machine")
    dataset = fer2013.load(fetch.from_zip(REAL_ZIP, tmp_path / "real"))
    counts, table = summarize(dataset), class_table(dataset)
    assert (counts.train_folder, counts.test) == (28_709, 7_178)
    assert (counts.train, counts.validation) == (21_535, 7_174)
    assert counts.usage == {"PublicTest": 3_589, "PrivateTest": 3_589}
    assert not counts.skipped
    assert table["train_folder"].tolist() == [3_995, 436, 4_097, 7_215, 4_965, 4_830, 3_171]
    assert table["test"].tolist() == [958, 111, 1_024, 1_774, 1_233, 1_247, 831]
    assert counts.imbalance == pytest.approx(16.548, abs=1e-3)
    assert dataset.fingerprint.startswith("cb6cde75ab9fe809")
