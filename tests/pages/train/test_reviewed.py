"""Training on the owner's label review from the drawer."""

from pathlib import Path

import pytest

from fer_core import paths
from fer_core.data import fer2013
from fer_core.data.kept_changes import REVIEW_FILE
from fer_core.data.label_review import Decision, Ruling
from fer_core.data.label_review_file import own_review
from fer_core.jobs.base import DataSource
from fer_core.jobs.local import LocalBackend
from tests.builders import make_dataset
from tests.pages.train.page import find_button, open_drawer, text

IMAGE = "train/sad/im1.png"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> fer2013.Dataset:
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "data" / "faces"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    return fer2013.load(make_dataset(tmp_path / "data" / "faces"))


def test_the_owners_review_is_trained_with_and_goes_into_the_jobs_folder(
    runs: Path, unlocked: None, data: fer2013.Dataset
) -> None:
    own_review(data).decide(Ruling(IMAGE, Decision.RELABEL, "happy"))
    page = open_drawer("quick-look")
    assert "relabels 1 image of the training folder and excludes 0" in text(page)
    page.toggle(key="train-label-review").set_value(True).run()
    assert ", on reviewed labels" in text(page)
    find_button(page, "Start training").click().run()
    assert not page.exception
    (job,) = LocalBackend(runs).list()
    assert job.spec is not None
    assert job.spec.train.label_review == own_review(data).read().sha256
    assert IMAGE in (runs / job.run_id / REVIEW_FILE).read_text(encoding="utf-8")


def test_where_there_is_nothing_to_use_the_choice_is_off_and_says_why(
    runs: Path, unlocked: None, data: fer2013.Dataset
) -> None:
    own_review(data).decide(Ruling(IMAGE, Decision.KEEP))
    page = open_drawer("temporal")
    assert page.toggle(key="train-label-review").disabled
    assert "trained on the labels as published" in text(page)
    page.selectbox(key="train-preset").set_value("quick-look").run()
    assert page.toggle(key="train-label-review").disabled
    assert "Nothing is relabelled or excluded yet" in text(page)
    page.segmented_control(key="train-data").set_value(DataSource.SYNTHETIC).run()
    assert page.toggle(key="train-label-review").disabled
    paths.label_review_file().write_text("no review", encoding="utf-8")
    page.segmented_control(key="train-data").set_value(DataSource.FER2013).run()
    assert not page.exception
    assert "The label review cannot be used." in text(page)
