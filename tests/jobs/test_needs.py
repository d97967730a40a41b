"""What a configuration names and would not find is said before a job is queued."""

import re
import sys
import time

import pytest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.data.label_review import Review
from fer_core.errors import JobError
from fer_core.jobs.base import DataSource
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend, with_review
from fer_core.jobs.needs import images_of, missing_needs
from fer_core.models.registry import get_preset
from fer_core.runs.store import State
from tests.builders import make_dataset, make_run, tiny_config


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """A runs folder with one finished run, `there`, of the report's network; no votes."""
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(tmp_path / "votes.csv"))
    run = make_run(tmp_path / "runs", "there")
    run.keras_path.write_bytes(b"weights")
    return tmp_path / "runs"


@pytest.mark.parametrize(
    ("changes", "option", "words"),
    [
        ({"teachers": ["there", "nobody"]}, "teachers", "no run 'nobody'"),
        ({"teachers": ["there"], "validation": "grouped"}, "teachers", "validation=report"),
        ({"phases": [{"epochs": 1, "teachers": ["nobody"]}]}, "phases", "no run 'nobody'"),
        ({"initial_run": "nobody"}, "initial_run", "no run 'nobody'"),
        ({"initial_run": "../there"}, "initial_run", "not a run name"),
        ({"initial_run": "there", "model": "tiny"}, "initial_run", "Set model=report-baseline"),
        ({"initial_run": "there", "validation": "grouped"}, "initial_run", "validation=report"),
        ({"initial_run": "there", "model": "mobilenetv2"}, "initial_run", "ImageNet weights"),
        ({"labels": "ferplus"}, "labels", "no FER. votes"),
        ({"phases": [{"epochs": 1, "labels": "ferplus"}]}, "phases", "no FER. votes"),
        ({"model": "nosuch"}, "model", "no model 'nosuch'"),
        ({"model": "hog-svm", "epochs": 1, "dropout": 0.3}, "model", "no use for dropout"),
        ({"exclude_list": "a" * 64}, "exclude_list", "leaves no images out"),
        ({"label_review": "a" * 64}, "label_review", "--label-review FILE"),
    ],
)
def test_what_is_not_there_is_named_beside_its_option(runs, changes, option, words):
    found = missing_needs(TrainConfig.parse(changes), runs)

    assert set(found) == {option}
    assert re.search(words, found[option])
    assert str(runs) not in found[option]


@pytest.mark.parametrize(
    ("changes", "option", "words"),
    [
        ({"initial_run": "there"}, "initial_run", "trained on other images"),
        ({"teachers": ["there"]}, "teachers", "trained on other images"),
        ({"phases": [{"epochs": 1, "teachers": ["there"]}]}, "phases", "trained on other images"),
        ({"labels": "ferplus"}, "labels", "votes are on the published images"),
    ],
)
def test_what_is_of_other_images_than_those_here_is_refused_with_the_job(
    runs, tmp_path, monkeypatch, changes, option, words
):
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(make_dataset(tmp_path / "mine")))
    config = TrainConfig.parse(changes)

    assert words in missing_needs(config, runs, dataset=fer2013.load())[option]
    with pytest.raises(JobError, match=words):
        LocalBackend(runs, Limits(free_gb=0)).submit(config)
    assert images_of(config, DataSource.SYNTHETIC) is None  # drawn faces have none in common


def test_a_recurrent_network_is_not_queued_with_a_label_review(runs):
    review = Review("0" * 64)
    config = with_review(get_preset("temporal").config, DataSource.FER2013, review)

    assert "no use for label_review" in missing_needs(config, runs, review=review)["model"]


def test_runs_without_a_keras_model_are_neither_start_nor_teacher(runs):
    (runs / "there" / "model.keras").unlink()

    found = missing_needs(TrainConfig(initial_run="there", teachers=("there",)), runs)

    assert set(found) == {"initial_run", "teachers"}
    assert all("no model.keras" in message for message in found.values())


def test_what_is_there_or_comes_first_is_not_refused(runs):
    assert missing_needs(TrainConfig(initial_run="there", teachers=("there",)), runs) == {}

    config = TrainConfig(initial_run="later")
    assert set(missing_needs(config, runs)) == {"initial_run"}
    assert missing_needs(config, runs, ["later"]) == {}


def test_a_job_that_comes_first_hides_no_other_that_is_not_there(runs):
    config = TrainConfig(teachers=("later", "nobody"))

    found = missing_needs(config, runs, ["later"])

    assert "no run 'nobody'" in found["teachers"]


def test_a_job_is_refused_for_it_and_leaves_nothing(runs):
    backend = LocalBackend(runs, Limits(free_gb=0))

    with pytest.raises(JobError, match="no run 'nobody'"):
        backend.submit(tiny_config(teachers=("nobody",)), "pupil")

    assert [job.run_id for job in backend.list()] == ["there"]
    assert not (runs / "pupil").exists()


def test_a_teacher_may_wait_in_the_same_queue(runs):
    command = [sys.executable, "-m", "tests.jobs.fake", "2"]
    backend = LocalBackend(runs, Limits(free_gb=0), lambda run_id: [*command, run_id])
    backend.submit(TrainConfig(epochs=3), "first")
    config = TrainConfig(epochs=3, teachers=("first",), initial_run="first")

    backend.submit(config, "second")

    until = time.monotonic() + 200
    while (second := backend.status("second")).is_active:
        assert time.monotonic() < until, second.status
        time.sleep(0.1)
    assert second.status.state is State.DONE
    assert backend.status("first").status.state is State.DONE
