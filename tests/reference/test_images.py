"""The committed facts about the published images are what the images and votes give."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.classes import CLASS_INDEX
from fer_core.cli.data import app
from fer_core.data import fer2013
from fer_core.data.ferplus import ANSWERS, Votes
from fer_core.errors import DataError
from fer_core.quality.copies import write_reference
from fer_core.reference import files, images
from fer_core.reference.images import ferplus_majority, is_leaked, published_copies
from tests.builders import make_dataset

SHARED = paths.PROJECT_ROOT.parent / "shared" / "data"
NAMES = (images.COPIES_FILE, images.LEAKED_FILE, images.MAJORITY_FILE)


def test_leaked_images_are_told_from_the_rest():
    leaked = (paths.reference_dir() / images.LEAKED_FILE).read_text(encoding="utf-8").split()[1:]
    assert len(leaked) == len(set(leaked)) == 568
    asked = np.array([leaked[3], "test/happy/none.png", leaked[-1]])
    assert is_leaked(asked).tolist() == [True, False, True]


def test_ferplus_majorities_are_classes_or_minus_one():
    labels = ferplus_majority(np.array(["test/angry/im1.png", "train/angry/im1.png"]))
    assert labels.tolist() == [CLASS_INDEX["neutral"], -1]
    assert labels.dtype == np.int8


def test_facts_about_other_images_are_never_written(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    dataset = fer2013.load(make_dataset(tmp_path / "data"))
    votes = Votes(np.array(["a"]), np.ones((1, len(ANSWERS)), np.uint8))

    with pytest.raises(DataError, match="published data set"):
        write_reference(dataset, votes, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.fixture
def published_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published data set: the project's own copy, or the ZIP beside it unpacked."""
    if fer2013.is_available() and fer2013.load().fingerprint == images.FINGERPRINT:
        return
    archive = SHARED / "emotion-detection-fer.zip"
    if not archive.exists():
        pytest.skip("the published data set is neither here nor beside the project")
    from fer_core.data.download import fetch

    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(fetch.from_zip(archive, tmp_path / "data")))


def _content(file: Path) -> bytes:
    """What a file holds, unpacked: zlib's versions pack the same differently."""
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data


@pytest.mark.timeout(900)  # unpacking 35,887 files takes minutes on a busy machine
@pytest.mark.usefixtures("published_images")
def test_the_command_rebuilds_the_committed_files(tmp_path: Path):
    votes = SHARED / "ferplus_votes.csv"
    if not votes.exists():
        pytest.skip("FER+ votes are not beside the project")

    command = ["reference", "--votes", str(votes), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, command)

    assert result.exit_code == 0, result.output
    for name in NAMES:
        made, committed = (folder / name for folder in (tmp_path / "out", paths.reference_dir()))
        assert _content(made) == _content(committed), name
    assert published_copies().leaked_test_images == 568


def test_identical_test_images_share_a_group():
    table = files.read_csv(images.AUDIT_FILE)
    copies = table[(table["finding"] == "identical") & table["path"].str.startswith("test/")]
    first = copies[copies["group"].duplicated(keep=False)].sort_values("group")["path"][:2]
    asked = np.array([*first, "test/none/a.png", "test/none/b.png"])

    groups = images.copy_groups(asked, images.FINGERPRINT)

    assert groups is not None
    assert groups[0] == groups[1]
    assert len(set(groups.tolist())) == 3
    assert images.copy_groups(asked, "0" * 64) is None
