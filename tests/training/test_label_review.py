"""A run on reviewed labels: what it is trained and validated on, how it says so, how it resumes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.classes import CLASS_INDEX
from fer_core.cli import app
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import REVIEW_FILE
from fer_core.data.label_review import Decision, Review, Ruling, read_review
from fer_core.data.split import held_out
from fer_core.errors import ConfigError, DataError, JobError
from fer_core.jobs import fastest, worker
from fer_core.jobs.base import DataSource, JobSpec, write_spec
from fer_core.jobs.kaggle.backend import KaggleBackend
from fer_core.jobs.local import LocalBackend, with_review
from fer_core.models.classical.systems import CLASSIC, RandomForest
from fer_core.models.registry import get_preset
from fer_core.runs.store import get_run
from fer_core.training import machine, targets
from fer_core.training.create import create_run
from tests.builders import make_dataset, tiny_config

PRESET = "lbp-forest"
CONFIG = get_preset(PRESET).config


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Noise in a data folder of its own, and a forest of few trees."""
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "faces"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    small = replace(CLASSIC[PRESET], learner=RandomForest(trees=5))
    monkeypatch.setitem(CLASSIC, PRESET, small)
    monkeypatch.setattr(machine, "check_memory", lambda: None)
    return fer2013.load(make_dataset(tmp_path / "faces", train_per_class=12))


@pytest.fixture
def reviewed(dataset: Dataset, tmp_path: Path) -> tuple[Path, str]:
    """A review's file, and a validation image that is happy by it and sad as published."""
    held = held_out(dataset.train, CONFIG.validation)
    sad = dataset.train.labels == CLASS_INDEX["sad"]
    path = str(dataset.train.paths[held & sad][0])
    others = dataset.train.paths[~held & sad].tolist()
    rulings = (
        Ruling(path, Decision.RELABEL, "happy"),
        Ruling(others[0], Decision.EXCLUDE),
        Ruling(others[1], Decision.KEEP),
        Ruling("test/sad/im0.png", Decision.RELABEL, "happy"),
    )
    file = tmp_path / "mine.csv"
    text = Review(dataset.fingerprint, {r.path: r for r in rulings}).as_csv()
    file.write_text(text, encoding="utf-8")
    return file, path


def _train(*more: object) -> str:
    result = CliRunner().invoke(app, ["train", "--preset", PRESET, *map(str, more)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return " ".join(result.output.split())


def test_train_with_a_review_validates_on_its_labels_and_tests_on_the_published(
    reviewed: tuple[Path, str], dataset: Dataset
):
    file, path = reviewed
    output = _train("--label-review", file)
    assert "1 training and validation images have another label and 1 are left out" in output
    assert "its 1 decisions on test images change nothing" in output
    run = get_run(PRESET)
    assert run.config.train.label_review == read_review(file).sha256
    assert run.config.counts["review_relabelled"] == 1
    assert run.config.counts["review_excluded"] == 1
    assert sum(run.config.counts[part] for part in ("train", "validation")) == 7 * 12 - 1
    assert (run.folder / REVIEW_FILE).read_text(encoding="utf-8") == file.read_text(
        encoding="utf-8"
    )
    predictions = run.predictions()
    assert predictions.y_true[predictions.path == path] == CLASS_INDEX["happy"]
    assert (predictions.subset("test").y_true == dataset.test.labels).all()


def test_a_review_that_was_changed_is_refused_when_a_run_is_resumed(
    reviewed: tuple[Path, str], dataset: Dataset
):
    file, _ = reviewed
    run = create_run(CONFIG, dataset, "mine", review=read_review(file, dataset))
    with pytest.raises(ConfigError, match=r"its own settings.*--label-review"):
        _train("--resume", "mine", "--label-review", file)
    kept = run.folder / REVIEW_FILE
    kept.write_text(kept.read_text(encoding="utf-8").replace("happy", "angry"), encoding="utf-8")
    with pytest.raises(DataError, match="not the label review that it was started with"):
        _train("--resume", "mine")
    kept.write_bytes(file.read_bytes())
    assert "accuracy" in _train("--resume", "mine")


def test_a_review_that_does_not_suit_leaves_no_run(
    reviewed: tuple[Path, str], dataset: Dataset, tmp_path: Path
):
    file, _ = reviewed
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("relabel,happy", "relabel,glad"), encoding="utf-8")
    with pytest.raises(DataError, match=r"mine.csv, line 3: there is no class 'glad'"):
        _train("--label-review", file)
    with pytest.raises(DataError, match="cannot be read"):
        _train("--label-review", tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="--label-review FILE"):
        _train("--set", f"label_review={'a' * 64}")
    assert not (tmp_path / "runs" / PRESET).exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports
@pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning")  # tf2onnx
@pytest.mark.parametrize(
    "config", [CONFIG, tiny_config(epochs=1, validation="grouped")], ids=["forest", "network"]
)
def test_a_job_trains_with_its_own_copy_of_the_review(
    config: TrainConfig,
    reviewed: tuple[Path, str],
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    file, path = reviewed
    monkeypatch.setenv("FER_MIN_FREE_GB", "0")
    started: list[str] = []
    jobs = LocalBackend(tmp_path / "runs")
    monkeypatch.setattr(LocalBackend, "_start", lambda self, name, status: started.append(name))
    monkeypatch.setattr(LocalBackend, "status", lambda self, name: name)
    jobs.submit(config, "mine", label_review=read_review(file, dataset))
    file.unlink()
    assert started == ["mine"]

    run = worker.train_to_end(worker.read_spec(jobs.root / "mine"), jobs.root / "mine")

    assert run.config.counts["review_relabelled"] == 1
    predictions = run.predictions()
    assert predictions.y_true[predictions.path == path] == CLASS_INDEX["happy"]


@pytest.mark.parametrize("settings", [{}, {"phases": [{"epochs": 1}, {"epochs": 1}]}])
def test_new_labels_that_the_votes_would_undo_are_refused_before_anything_is_timed_or_queued(
    settings, dataset, reviewed, tmp_path, monkeypatch
):
    monkeypatch.setattr(targets, "FINGERPRINT", dataset.fingerprint)
    monkeypatch.setattr(fastest, "choose", lambda *_: pytest.fail("steps were timed"))
    monkeypatch.setattr(LocalBackend, "_start", lambda self, name, status: None)
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(tmp_path / "votes.csv"))
    monkeypatch.setenv("FER_MIN_FREE_GB", "0")
    (tmp_path / "votes.csv").write_text(
        "path,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
        "train/sad/im0.png,0,0,0,10,0,0,0,0,0,0\n",
        encoding="utf-8",
    )
    config = TrainConfig.parse({"labels": "ferplus", "validation": "grouped"} | settings)
    held = held_out(dataset.train, config.validation)
    happy = Ruling(str(dataset.train.paths[~held][0]), Decision.RELABEL, "happy")
    review = read_review(reviewed[0], dataset)  # of training images it only excludes
    undone = review.with_ruling(happy)
    file = tmp_path / "undone.csv"
    file.write_text(undone.as_csv(), encoding="utf-8")
    jobs = LocalBackend(tmp_path / "runs")

    changes = ["validation=grouped", *([f"phases={json.dumps(p)}" for p in settings.values()])]
    changes = [part for change in changes for part in ("--set", change)]
    own = ["--preset", "report-baseline", "--labels", "ferplus", *changes]
    with pytest.raises(ConfigError, match="gives 1 training image another label"):
        _train("--label-review", file, *own)
    with pytest.raises(JobError, match="Set ferplus_share below 1"):
        jobs.submit(config, "mine", label_review=undone)
    jobs.submit(config.model_copy(update={"ferplus_share": 0.5}), "half", label_review=undone)
    jobs.submit(config, "excludes", label_review=review)
    assert {path.name for path in jobs.root.glob("[!.]*")} == {"half", "excludes"}


def test_a_job_whose_copy_was_changed_does_not_begin(
    reviewed: tuple[Path, str], dataset: Dataset, tmp_path: Path
):
    review = read_review(reviewed[0], dataset)
    folder = tmp_path / "runs" / "mine"
    folder.mkdir(parents=True)
    spec = JobSpec(run_id="mine", train=with_review(CONFIG, DataSource.FER2013, review))
    write_spec(folder, spec)
    with pytest.raises(DataError, match="is missing from the folder"):
        worker.train_to_end(spec, folder)
    assert not (folder / "config.json").exists()


def test_where_a_review_has_no_meaning_it_is_refused_before_anything_is_queued(
    reviewed: tuple[Path, str], dataset: Dataset, tmp_path: Path
):
    review = read_review(reviewed[0], dataset)
    with pytest.raises(JobError, match="drawn faces have other ones"):
        LocalBackend(tmp_path / "runs").submit(
            CONFIG, data=DataSource.SYNTHETIC, label_review=review
        )
    with pytest.raises(JobError, match="Runs on reviewed labels are trained here"):
        KaggleBackend(tmp_path / "runs").submit(
            get_preset("tiny").config.model_copy(update={"phases": ()}), label_review=review
        )
