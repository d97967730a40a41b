"""Classical systems leave the same run folder as networks, from training data alone."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from fer_core.classes import CLASS_NAMES, FACE_SIZE, NUM_CLASSES
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import ConfigError, RunError, TrainingError
from fer_core.models.classical.systems import CLASSIC, RandomForest
from fer_core.paths import PROJECT_ROOT
from fer_core.runs.store import State, default_run, get_run
from fer_core.training.classical import is_classic, train_classic
from fer_core.training.create import create_run

NAMES = ("hog-svm", "lbp-forest", "gabor-svm")
NOISE = 35
"""Gray levels; enough that no system is always right."""


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """Noisy stripes; the class is their direction."""
    return Dataset(_stripes("train", 12), _stripes("test", 3), "0" * 64, False, ())


def _stripes(split: str, per_class: int) -> Faces:
    rng = np.random.default_rng(len(split))
    labels = np.repeat(np.arange(NUM_CLASSES, dtype=np.int8), per_class)
    y, x = np.mgrid[:FACE_SIZE, :FACE_SIZE]
    angle = labels[:, None, None] * np.pi / NUM_CLASSES
    waves = np.sin((x * np.cos(angle) + y * np.sin(angle)) / 1.5)
    images = 128 + 40 * waves + rng.normal(0, NOISE, waves.shape)
    return Faces(
        images.clip(0, 255).astype(np.uint8)[..., None],
        labels,
        np.array([f"{split}/{CLASS_NAMES[k]}/im{i}.png" for i, k in enumerate(labels)]),
    )


@pytest.fixture(autouse=True)
def small_forest(monkeypatch):
    forest = replace(CLASSIC["lbp-forest"], learner=RandomForest(trees=15))
    monkeypatch.setitem(CLASSIC, "lbp-forest", forest)


def settings(model="hog-svm", **changes) -> TrainConfig:
    values = {"preset": model, "model": model, "epochs": 1} | changes
    return TrainConfig.parse(values)


def trained(config, dataset, root, run_id="run", progress=None):
    train_classic(create_run(config, dataset, run_id, root), dataset, progress)
    return get_run(run_id, root)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_leaves_what_the_pages_show(dataset, tmp_path, name):
    run = trained(settings(name), dataset, tmp_path)

    assert run.status().state is State.DONE
    assert (run.status().epoch, run.status().epochs) == (1, 1)
    assert run.config.backend == "scikit-learn"
    assert run.config.finished is not None
    assert run.config.counts == {"train": 63, "validation": 21, "test": 21}
    assert run.config.parameters["total"] > 0
    assert "keras" not in run.config.versions
    predictions = run.predictions()
    np.testing.assert_array_equal(predictions.subset("test").path, dataset.test.paths)
    np.testing.assert_array_equal(predictions.subset("test").y_true, dataset.test.labels)
    assert len(predictions.subset("validation")) == 21
    assert predictions.y_score.dtype == np.float32
    np.testing.assert_allclose(predictions.y_score.sum(axis=1), 1, atol=1e-5)
    test = predictions.subset("test")
    assert run.metrics()["test"]["all"]["accuracy"] == (test.y_pred == test.y_true).mean()


@pytest.mark.parametrize("name", NAMES)
def test_its_one_epoch_says_what_was_reached(dataset, tmp_path, name):
    run = trained(settings(name), dataset, tmp_path)
    validation = run.predictions().subset("validation")

    history = run.history()

    assert history["epoch"].tolist() == [1]
    reached = (validation.y_pred == validation.y_true).mean()
    assert history["val_accuracy"][0] == pytest.approx(reached, abs=1e-6)
    picked = validation.y_score[np.arange(21), validation.y_true]
    assert history["val_loss"][0] == pytest.approx(-np.log(picked).mean(), abs=1e-4)
    assert history["accuracy"][0] > 0.9


def test_it_leaves_no_model_and_is_never_served(dataset, tmp_path):
    run = trained(settings("lbp-forest"), dataset, tmp_path)

    names = {path.name for path in run.folder.iterdir()} - {".lock"}

    assert names == {
        "config.json",
        "history.csv",
        "metrics.json",
        "predictions.npz",
        "status.json",
        "train.log",
    }
    assert default_run(tmp_path) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_rebuilt_run_gives_equal_scores(dataset, tmp_path, name):
    first = trained(settings(name, seed=5), dataset, tmp_path, "first")
    again = trained(first.config.train, dataset, tmp_path, "again")
    np.testing.assert_array_equal(again.predictions().y_score, first.predictions().y_score)


def test_another_seed_grows_another_forest(dataset, tmp_path):
    runs = [trained(settings("lbp-forest", seed=s), dataset, tmp_path, f"s{s}") for s in (0, 1)]
    first, second = (run.predictions().y_score for run in runs)
    assert (first != second).any()


@pytest.mark.parametrize("name", NAMES)
def test_test_images_choose_nothing(dataset, tmp_path, name):
    """With other test images and labels the setting, temperature and threshold stay."""
    turned = replace(
        dataset.test,
        images=dataset.test.images[::-1],
        labels=np.roll(dataset.test.labels, 4),
    )
    first = trained(settings(name), dataset, tmp_path, "first")
    other = trained(settings(name), replace(dataset, test=turned), tmp_path, "other")

    scores = [run.predictions().subset("validation").y_score for run in (first, other)]
    np.testing.assert_array_equal(*scores)
    assert first.config.temperature == other.config.temperature
    assert first.config.abstain_below == other.config.abstain_below
    assert first.config.test_looks[0].split()[1] == other.config.test_looks[0].split()[1]


@pytest.mark.parametrize("grid", [(60, 1), (1, 60)])
def test_validation_chooses_the_setting(dataset, tmp_path, monkeypatch, grid):
    """Leaves of 60 of the 63 images cannot tell classes apart."""
    forest = replace(CLASSIC["lbp-forest"], learner=RandomForest(grid=grid, trees=15))
    monkeypatch.setitem(CLASSIC, "lbp-forest", forest)

    run = trained(settings("lbp-forest"), dataset, tmp_path)

    assert len(run.config.test_looks) == 1
    assert run.config.test_looks[0].endswith(" min_samples_leaf=1")
    assert "min_samples_leaf=60: accuracy" in (run.folder / "train.log").read_text(encoding="utf-8")


def test_confidence_is_calibrated_on_validation_images(dataset, tmp_path):
    from fer_core.evaluation.calibration import fit_temperature

    run = trained(settings("lbp-forest"), dataset, tmp_path)
    validation = run.predictions().subset("validation")

    assert run.config.temperature != 1.0
    assert fit_temperature(validation.y_score, validation.y_true) == pytest.approx(1, abs=0.02)


def test_class_weights_change_the_outcome_where_classes_are_uneven(dataset, tmp_path):
    kept = np.r_[0:12, 12:84:3]
    uneven = replace(dataset, train=dataset.train.take(kept))
    plain = trained(settings(), uneven, tmp_path, "plain")
    weighted = trained(settings(class_weights=True), uneven, tmp_path, "weighted")
    assert (plain.predictions().y_score != weighted.predictions().y_score).any()


def test_progress_names_stages_in_order_while_the_run_is_running(dataset, tmp_path):
    seen = []

    def progress(stage, done, total):
        seen.append((stage, done, total, get_run("run", tmp_path).status().state))

    trained(settings("lbp-forest"), dataset, tmp_path, progress=progress)

    assert list(dict.fromkeys(stage for stage, *_ in seen)) == [
        "features of training images",
        "features of validation images",
        "min_samples_leaf 1, 1 of 2",
        "min_samples_leaf 3, 2 of 2",
        "features of test images",
    ]
    assert {state for *_, state in seen} == {State.RUNNING}
    assert {(done, total) for stage, done, total, _ in seen if "test" in stage} == {(21, 21)}


def test_a_stopped_run_begins_again(dataset, tmp_path):
    def stop(stage, done, total):
        if stage.startswith("C 0.003"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(settings(), dataset, tmp_path, "stopped", stop)
    stopped = get_run("stopped", tmp_path)
    assert stopped.status().state is State.STOPPED
    assert not stopped.has_predictions()

    train_classic(stopped, dataset)

    straight = trained(settings(), dataset, tmp_path, "straight")
    assert get_run("stopped", tmp_path).status().state is State.DONE
    np.testing.assert_array_equal(
        get_run("stopped", tmp_path).predictions().y_score, straight.predictions().y_score
    )


def test_a_run_that_cannot_be_trained_says_why(dataset, tmp_path):
    without_happy = dataset.train.take(np.flatnonzero(dataset.train.labels != 3))

    with pytest.raises(TrainingError, match="cover 6 of the 7 classes"):
        trained(settings(), replace(dataset, train=without_happy), tmp_path)

    status = get_run("run", tmp_path).status()
    assert status.state is State.FAILED
    assert "cover 6 of the 7 classes" in status.message
    assert get_run("run", tmp_path).config.finished is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mixup": 0.2}, "hog-svm .* no use for mixup: leave mixup=0.0"),
        ({"augmentation": "basic", "epochs": 9}, "leave epochs=1, augmentation=none"),
    ],
)
def test_settings_without_effect_are_refused(dataset, tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        create_run(settings(**changes), dataset, "run", tmp_path)
    assert not (tmp_path / "run").exists()


def test_a_name_is_taken_once(dataset, tmp_path):
    create_run(settings(), dataset, "run", tmp_path)
    with pytest.raises(RunError, match="There is a run 'run' already"):
        create_run(settings(), dataset, "run", tmp_path)


def test_networks_are_not_for_this_module():
    assert is_classic(settings("lbp-forest"))
    assert not is_classic(TrainConfig())


def test_a_classic_run_needs_no_keras():
    code = (
        "import sys, fer_core.training.classical, fer_core.training.create\n"
        "print([m for m in ('keras', 'tensorflow', 'jax') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        cwd=PROJECT_ROOT,
        check=True,
    )
    assert done.stdout.strip() == "[]"
