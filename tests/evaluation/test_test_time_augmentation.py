"""Several looks at one image: what is looked at, and that the mean of the answers counts."""

import numpy as np
import pytest

from fer_core import paths
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.evaluation import test_time_augmentation
from fer_core.evaluation.test_time_augmentation import mirrored, ten_crops
from fer_core.export.ensemble import make_ensemble
from fer_core.runs.store import Run, get_run
from tests.builders import make_dataset, make_run, make_ten_crops


@pytest.fixture
def dataset(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    return fer2013.load(make_dataset(tmp_path / "data", train_per_class=1, test_per_class=4))


@pytest.fixture
def run(tmp_path, dataset):
    run = make_run(tmp_path / "runs", "mine")
    changes = {"data_fingerprint": dataset.fingerprint}
    return Run(run.folder, run.config.model_copy(update=changes))


def by_seven_pixels(faces):
    """The brighter one of seven pixels, the more probable its class: every crop says otherwise."""
    pixels = faces[:, 20, 3:45:6, 0].astype(np.float32) + 1
    return pixels / pixels.sum(axis=1, keepdims=True)


def mean_answer(versions):
    return np.mean([by_seven_pixels(faces) for faces in versions], axis=0)


def test_the_mirror_image_has_left_and_right_exchanged():
    face = np.arange(48 * 48, dtype=np.uint8).reshape(1, 48, 48, 1)
    plain, turned = mirrored(face)
    assert np.array_equal(plain, face)
    assert np.array_equal(turned[0, 0, 0], face[0, 0, -1])


def test_ten_crops_are_whole_faces_that_show_the_corners():
    face = np.zeros((1, 48, 48, 1), np.uint8)
    face[:, :3, :3] = 255
    crops = list(ten_crops(face))
    assert [crop.shape for crop in crops] == [(1, 48, 48, 1)] * 10
    assert sum(crop.max() > 0 for crop in crops) == 4


def test_the_mean_answer_counts(run, dataset):
    passes = []
    measured = test_time_augmentation.measure(
        run, by_seven_pixels, dataset, lambda *done: passes.append(done)
    )

    table = measured.table
    assert passes[-1] == (13, 13)
    assert set(table["images"]) == {"all"}  # halves of other images are nobody's
    everything = table.set_index("looks")
    assert everything["n"].tolist() == [len(dataset.test)] * 3
    truth = dataset.test.labels
    images = dataset.test.images
    for name, versions in (
        ("single pass", [images]),
        ("with its mirror image", mirrored(images)),
        ("ten crops", ten_crops(images)),
    ):
        expected = (mean_answer(versions).argmax(axis=1) == truth).mean()
        assert everything.loc[name, "accuracy"] == pytest.approx(expected)


def test_what_was_measured_is_kept_until_the_model_changes(run, dataset):
    measured = test_time_augmentation.measure(run, by_seven_pixels, dataset)
    test_time_augmentation.write(run, measured)
    assert test_time_augmentation.read(run)["accuracy"].tolist() == pytest.approx(
        measured.table["accuracy"].tolist(), abs=1e-6
    )
    kept = test_time_augmentation.read_ten_crops(run)
    assert kept.path.tolist() == dataset.test.paths.tolist()
    np.testing.assert_array_equal(kept.y_score, measured.ten_crops.y_score)

    run.onnx_path.unlink()  # figures outlive a network that is no longer kept
    assert test_time_augmentation.read_ten_crops(run) is not None

    run.onnx_path.write_bytes(b"another model")
    assert test_time_augmentation.read(run) is None
    assert test_time_augmentation.read_ten_crops(run) is None


def test_the_kept_scores_are_those_of_ten_crops(run, dataset):
    measured = test_time_augmentation.measure(run, by_seven_pixels, dataset)
    everything = measured.table[measured.table["images"] == "all"].set_index("looks")
    expected = mean_answer(ten_crops(dataset.test.images))
    np.testing.assert_allclose(measured.ten_crops.y_score, expected, atol=1e-6)
    right = measured.ten_crops.y_pred == dataset.test.labels
    assert everything.loc["ten crops", "accuracy"] == pytest.approx(right.mean())
    assert everything.loc["ten crops", "low"] <= right.mean() <= everything.loc["ten crops", "high"]


@pytest.fixture
def ensemble(tmp_path):
    """Of two runs that were measured, `one` and `two`."""
    for seed, name in enumerate(("one", "two")):
        make_ten_crops(make_run(tmp_path / "both", name, seed=seed), 0.4 + 0.4 * seed)
    return make_ensemble(["one", "two"], "together", tmp_path / "both")


def test_an_ensemble_averages_what_its_members_kept(ensemble):
    measured = test_time_augmentation.measure_ensemble(ensemble)

    members = [get_run(name, ensemble.folder.parent) for name in ("one", "two")]
    mean = sum(test_time_augmentation.read_ten_crops(member).y_score for member in members) / 2
    powers = mean ** (1 / ensemble.config.temperature)
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(measured.ten_crops.y_score, expected, atol=1e-5)
    everything = measured.table[measured.table["images"] == "all"].set_index("looks")["accuracy"]
    single = ensemble.predictions().subset("test")
    assert everything["single pass"] == pytest.approx((single.y_pred == single.y_true).mean())
    right = measured.ten_crops.y_pred == measured.ten_crops.y_true
    assert everything["ten crops"] == pytest.approx(right.mean())


def test_an_ensemble_of_members_that_kept_figures_alone_can_be_measured(ensemble):
    (ensemble.folder.parent / "two" / "model.onnx").unlink()

    assert test_time_augmentation.missing(ensemble).endswith("--test-time-augmentation")
    assert set(test_time_augmentation.measure_ensemble(ensemble).table["passes"]) == {1, 10}


def test_an_ensemble_names_the_member_to_measure_first(ensemble):
    (ensemble.folder.parent / "two" / "ten_crops.npz").unlink()
    with pytest.raises(RunError, match=r"'two' has none\. .* evaluate two --test-time-augm"):
        test_time_augmentation.measure_ensemble(ensemble)


def test_figures_of_an_ensemble_are_kept_until_its_predictions_change(ensemble):
    measured = test_time_augmentation.measure_ensemble(ensemble)
    test_time_augmentation.write(ensemble, measured)
    assert test_time_augmentation.read_ten_crops(ensemble) is not None

    ensemble.write_predictions(ensemble.predictions().subset("test"))
    assert test_time_augmentation.read(ensemble) is None
    assert test_time_augmentation.read_ten_crops(ensemble) is None


def test_damaged_scores_are_told_with_what_to_do(run, dataset):
    test_time_augmentation.write(run, test_time_augmentation.measure(run, by_seven_pixels, dataset))
    (run.folder / "ten_crops.npz").write_bytes(b"no such thing")
    with pytest.raises(RunError, match=r"damaged\. Measure it again: python -m fer_core evaluate"):
        test_time_augmentation.read_ten_crops(run)


def test_it_is_said_why_there_are_no_ten_crops(run):
    assert test_time_augmentation.missing(run).endswith("evaluate mine --test-time-augmentation")
    other = make_run(run.folder.parent, "other")
    other.onnx_path.unlink()
    assert "because other left no network" in test_time_augmentation.missing(other)
    both = Run(other.folder, other.config.model_copy(update={"members": ("mine", "other")}))
    assert "because other left no network" in test_time_augmentation.missing(both)


def test_other_images_are_refused(tmp_path, dataset):
    with pytest.raises(RunError, match="trained on other images"):
        test_time_augmentation.measure(make_run(tmp_path, "other"), by_seven_pixels, dataset)


def test_the_network_of_a_member_may_come_with_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_PACKAGED", tmp_path)
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "mine"))
    make_run(tmp_path / "runs", "brought")
    make_run(tmp_path / "mine", "own")
    together = make_ensemble(["brought", "own"], "together")

    assert test_time_augmentation.missing(together).endswith("--test-time-augmentation")
    (tmp_path / "mine" / "own" / "model.onnx").unlink()
    assert "because own left no network" in test_time_augmentation.missing(together)
