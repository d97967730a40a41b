"""Folds keep copies together, and every image is scored by a model that did not see it."""

from pathlib import Path

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import ConfigError, DataError
from fer_core.models.registry import get_preset
from fer_core.quality.folds import deal_folds, out_of_fold
from fer_core.runs.store import Predictions, Run
from tests.builders import make_run, with_config

EACH = 12


def _dataset() -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 60, (7 * EACH, 48, 48, 1), dtype=np.uint8)
    labels = np.repeat(np.arange(7), EACH).astype(np.int8)
    for row, label in enumerate(labels):
        images[row, 6 * label : 6 * label + 6] += 150  # a bright bar at the height of its class
    images[1], images[2], images[14] = images[0], images[0], images[13]
    paths = [f"train/{CLASS_NAMES[y]}/im{i % EACH}.png" for i, y in enumerate(labels)]
    train = Faces(images, labels, np.array(paths))
    return Dataset(train, train.take(np.arange(7) * EACH), "x" * 64, False, ())


def test_copies_share_a_fold_and_classes_are_spread_evenly():
    faces = _dataset().train
    fold = deal_folds(faces, 4)
    assert len({int(fold[i]) for i in (0, 1, 2)}) == 1
    assert fold[13] == fold[14]
    for label in range(7):
        counts = np.bincount(fold[faces.labels == label], minlength=4)
        assert counts.sum() == EACH
        assert counts.min() >= 2
    assert fold.tolist() == deal_folds(faces, 4).tolist()
    assert fold.tolist() != deal_folds(faces, 4, seed=1).tolist()


@pytest.mark.parametrize("folds", [1, 21])
def test_a_number_of_folds_out_of_range_is_refused(folds: int):
    with pytest.raises(ConfigError, match="Use 2 to 20"):
        deal_folds(_dataset().train, folds)


def test_a_class_smaller_than_the_folds_is_refused():
    with pytest.raises(DataError, match="12 training images"):
        deal_folds(_dataset().train, 13)


def test_a_classical_system_scores_every_image_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path))
    dataset, config = _dataset(), get_preset("hog-svm").config
    stages: list[str] = []

    def stop_late(stage: str, done: int, total: int) -> None:
        stages.append(stage)
        if stage.startswith("fold 3"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        out_of_fold(dataset, config, 3, stop_late)
    first = set(stages)
    stages.clear()
    scored = out_of_fold(dataset, config, 3, lambda stage, done, total: stages.append(stage))

    assert any(stage.startswith("fold 2 ") for stage in first)
    assert {s.split(",")[0] for s in stages if s.startswith("fold ")} == {"fold 3 of 3"}
    assert "features" not in stages
    assert scored.y_score.sum(axis=1) == pytest.approx(np.ones(7 * EACH), abs=1e-5)
    assert (scored.y_score.argmax(axis=1) == dataset.train.labels).mean() > 0.8
    assert scored.setting.startswith("C=")


def test_an_image_is_scored_without_its_own_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A label that nothing in the image supports is not learned by heart."""
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path))
    dataset = _dataset()
    dataset.train.labels[20] = 6
    scored = out_of_fold(dataset, get_preset("hog-svm").config, 3)
    assert scored.y_score[20].argmax() == 1


class _Killed(BaseException):
    """As a SIGKILL: nothing catches it."""


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A trainer that answers with the fold's own labels at once; the runs that it has finished."""
    finished: list[str] = []

    def create(config: TrainConfig, dataset: Dataset, run_id: str, root: Path) -> Run:
        made = make_run(root, run_id)
        (made.folder / "history.csv").unlink()
        return with_config(made, data_fingerprint=dataset.fingerprint, train=config, finished=None)

    def finish(run: Run, dataset: Dataset) -> None:
        test = dataset.test
        scores = np.eye(7, dtype=np.float32)[test.labels]
        run.write_predictions(
            Predictions(test.paths, np.full(len(test), "test"), test.labels, scores)
        )
        with_config(run, finished=run.config.started)
        finished.append(run.run_id)

    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("fer_core.training.create.create_run", create)
    monkeypatch.setattr("fer_core.training.loop.train", lambda *_, **__: None)
    monkeypatch.setattr("fer_core.export.finish.finish", finish)
    return finished


@pytest.mark.parametrize(
    ("killed_in", "again"),
    [
        ("fer_core.training.loop.train", True),
        ("fer_core.export.finish.finish", True),
        ("fer_core.quality.folds._keep", False),
        ("fer_core.quality.folds.shutil.rmtree", False),
    ],
)
def test_a_kill_at_any_moment_of_a_fold_loses_neither_the_fold_nor_the_next_start(
    trainer: list[str], tmp_path: Path, killed_in: str, again: bool
):
    def kill(*_: object, **__: object) -> None:
        raise _Killed

    dataset, config = _dataset(), TrainConfig(model="tiny", epochs=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(killed_in, kill)
        with pytest.raises(_Killed):
            out_of_fold(dataset, config, 2)
    assert trainer == ([] if again else ["fold-0"])

    scored = out_of_fold(dataset, config, 2)

    assert trainer == ["fold-0", "fold-1"]
    assert (scored.y_score.argmax(axis=1) == dataset.train.labels).all()
    assert not list(tmp_path.rglob("config.json"))


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (get_preset("tiny").config, r"omit compact\. .* phases=\[\]"),
        (TrainConfig(model="tiny", teachers=("a", "b")), "omit a, b"),
        (TrainConfig(model="tiny", initial_run="mine"), "omit mine"),
        (get_preset("temporal").config, "judges no single images"),
    ],
)
def test_a_fold_learns_from_no_run_that_has_seen_its_images(config: TrainConfig, said: str):
    with pytest.raises(ConfigError, match=said):
        out_of_fold(_dataset(), config, 2)


def test_a_fold_starts_from_the_weights_that_its_preset_names(
    trainer: list[str], monkeypatch: pytest.MonkeyPatch
):
    started: list[object] = []
    weights = "fer_core.models.imagenet.weights.pretrained_weights"
    monkeypatch.setattr(weights, lambda config, file: [config.model])
    train = "fer_core.training.loop.train"
    monkeypatch.setattr(train, lambda *_, pretrained: started.append(pretrained))

    out_of_fold(_dataset(), TrainConfig(model="mobilenetv2", epochs=1), 2)

    assert started == [["mobilenetv2"]] * 2


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own imports
@pytest.mark.filterwarnings("ignore::FutureWarning")  # tf2onnx names np.object
def test_a_network_is_trained_a_fold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path))
    config = TrainConfig(model="tiny", epochs=1, batch_size=16, validation="report")
    scored = out_of_fold(_dataset(), config, 2)
    assert np.isfinite(scored.y_score).all()
    assert scored.y_score.sum(axis=1) == pytest.approx(np.ones(7 * EACH), abs=1e-4)
    assert scored.setting == "1 epoch"
    assert not list(tmp_path.rglob("config.json"))
