"""The committed runs: which there are, and that each one's files belong together."""

import numpy as np
import onnxruntime
import pytest

from fer_core import paths
from fer_core.data import fer2013
from fer_core.evaluation import face_map, test_time_augmentation
from fer_core.evaluation.calibration import rescale
from fer_core.evaluation.metrics_file import summarize
from fer_core.evaluation.provenance import extra_data
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.temporal.table import better_in, read_table
from fer_core.inference.classifier import Classifier
from fer_core.inference.temporal import TemporalModel, find_temporal
from fer_core.reference.images import FINGERPRINT
from fer_core.runs.store import State, get_run

ARTIFACTS = paths.PROJECT_ROOT / "artifacts"
ROOT = ARTIFACTS / "runs"
POOLED = {"compact": 256, "compact-int8": 256, "tiny": 96, "tiny-int8": 96}
"""Features of the networks that end in global average pooling."""
NETWORKS = (*POOLED, "report-baseline")
RUNS = (
    *NETWORKS,
    "large-taught",
    "efficientnetlite0",
    "hog-svm",
    "lbp-forest",
    "gabor-svm",
    "ensemble",
)
LARGEST = 30_000_000
"""Bytes of all artifacts."""


def open_committed(run_id):
    return get_run(run_id, ROOT)


def test_all_artifacts_together_stay_small():
    folders = [ARTIFACTS / "reference", *(ROOT / run_id for run_id in (*RUNS, "temporal"))]
    assert sum(file.stat().st_size for folder in folders for file in folder.iterdir()) < LARGEST


def test_the_recurrent_network_is_small_and_its_table_decides_where_it_is_the_default():
    run = open_committed("temporal")
    facts, table = run.config.temporal, read_table(run)

    assert run.status().state is State.DONE
    assert sum(file.stat().st_size for file in run.folder.iterdir()) < 300_000
    assert facts.features_of[0] == run.config.train.features_of == "compact"
    assert facts.default_in == better_in(table, "compact")
    assert set(table["split"]) == {"validation", "test"}


@pytest.mark.parametrize("network", ["compact", "compact-int8"])
def test_the_recurrent_network_follows_what_its_networks_see(network):
    faces = np.random.default_rng(0).integers(0, 256, (2, 48, 48, 1), dtype=np.uint8)
    model = TemporalModel(find_temporal(network, ROOT))
    _, features = Classifier(open_committed(network)).read(faces)

    scores, _ = model.step(features, model.initial(2), np.ones(2))

    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("run_id", RUNS)
def test_a_run_is_finished_and_its_figures_are_those_of_its_predictions(run_id):
    run = open_committed(run_id)

    assert run.status().state is State.DONE
    assert run.status().epoch == run.config.exported_epoch == run.config.train.epochs
    assert run.config.data_fingerprint == FINGERPRINT
    assert run.metrics() == summarize(run.predictions(), FINGERPRINT)


@pytest.mark.parametrize("run_id", RUNS)
def test_it_is_known_what_a_run_learned_from(run_id):
    from_imagenet = run_id in ("efficientnetlite0", "ensemble")

    assert str(extra_data(open_committed(run_id))) == ("ImageNet" if from_imagenet else "no")


@pytest.mark.parametrize("run_id", ["compact", "tiny"])
def test_a_history_counts_through_the_phases(run_id):
    run = open_committed(run_id)
    history, config = run.history(), run.config.train

    assert history["epoch"].tolist() == list(range(1, config.epochs + 1))
    assert history["phase"].tolist() == [config.phase_at(i)[0] for i in range(config.epochs)]
    assert history["phase"].max() == 3


@pytest.mark.parametrize("run_id", NETWORKS)
def test_measured_tables_are_of_the_model_that_is_there(run_id):
    run = open_committed(run_id)

    assert set(measure.read(run)["model"]) == {run.model_stamp()}
    assert test_time_augmentation.read(run) is not None


@pytest.mark.parametrize("run_id", POOLED)
def test_ten_crops_by_image_give_the_table_of_ten_crops(run_id):
    run = open_committed(run_id)
    table = test_time_augmentation.read(run).set_index(["looks", "images"])
    scores = test_time_augmentation.read_ten_crops(run)

    assert scores.path.tolist() == run.predictions().subset("test").path.tolist()
    right = (scores.y_pred == scores.y_true).mean()
    assert table.loc[("ten crops", "all"), "accuracy"] == pytest.approx(right, abs=1e-6)


def test_the_default_runs_map_is_of_the_model_that_is_there():
    run = open_committed("compact")

    found = face_map.read(run)

    assert found.path.tolist() == run.predictions().path.tolist()
    assert (run.folder / face_map.FILE_NAME).stat().st_size < 200_000


@pytest.mark.parametrize("run_id", POOLED)
def test_probabilities_follow_from_the_features(run_id):
    session = onnxruntime.InferenceSession(
        str(open_committed(run_id).onnx_path), providers=["CPUExecutionProvider"]
    )
    faces = np.random.default_rng(0).integers(0, 256, (400, 12, 12, 1), dtype=np.uint8)
    faces = faces.repeat(4, axis=1).repeat(4, axis=2)

    probabilities, features = session.run(["probabilities", "features"], {"faces": faces})

    assert features.shape == (len(faces), POOLED[run_id])
    logits = np.log(probabilities.astype(float))
    logits -= logits.mean(axis=1, keepdims=True)
    inputs = np.column_stack([features, np.ones(len(faces))]).astype(float)
    fitted = inputs @ np.linalg.lstsq(inputs, logits, rcond=None)[0]
    np.testing.assert_allclose(fitted, logits, atol=1e-3)


def test_the_ensemble_is_the_mean_of_its_members():
    run = open_committed("ensemble")
    first, *others = (open_committed(name).predictions() for name in run.config.members)
    assert all(np.array_equal(other.path, first.path) for other in others)

    mean = np.mean([members.y_score for members in (first, *others)], axis=0)

    scores = rescale(mean, run.config.temperature)
    np.testing.assert_allclose(run.predictions().y_score, scores, atol=1e-5)


@pytest.mark.parametrize("run_id", NETWORKS)
def test_predictions_are_those_of_the_model(run_id):
    if not fer2013.is_available() or fer2013.load().fingerprint != FINGERPRINT:
        pytest.skip("the published data set is not here")
    run, test = open_committed(run_id), fer2013.load().test
    rows = slice(0, None, 60)
    expected = run.predictions().subset("test")
    assert np.array_equal(expected.path, test.paths)

    scores = Classifier(run).predict(test.images[rows])

    # Processors without int8 instructions add in another order, hence round a little otherwise.
    atol = 0.05 if run.config.quantized_from else 1e-4
    np.testing.assert_allclose(scores, expected.y_score[rows], atol=atol)
