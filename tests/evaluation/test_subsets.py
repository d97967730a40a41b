"""Views of the test set: which images stay, by whose labels, and what is said of it."""

import numpy as np
import pytest

from fer_core import paths
from fer_core.classes import CLASS_INDEX
from fer_core.errors import RunError
from fer_core.evaluation.metrics_file import summarize
from fer_core.evaluation.subsets import (
    LabelView,
    Subset,
    describe,
    known_views,
    subset_mask,
    view_test,
)
from fer_core.reference import images
from fer_core.runs.store import Predictions
from tests.builders import make_predictions

HERE = {"data_fingerprint": images.FINGERPRINT}
LEAKED = "test/angry/im46.png"
KEYS = ("test", "test_ferplus")


def make_test_rows(**rows: str) -> Predictions:
    """Certain predictions: class -> path of a test image for which it is predicted."""
    n = len(rows)
    y_score = np.eye(7, dtype=np.float32)[[CLASS_INDEX[name] for name in rows]]
    y_true = np.array([CLASS_INDEX[path.split("/")[1]] for path in rows.values()], np.int8)
    return Predictions(np.array(list(rows.values())), np.full(n, "test"), y_true, y_score)


def test_public_and_private_split_the_test_images():
    predictions = make_predictions(1400)
    every = subset_mask(predictions, "all")
    public, private = (subset_mask(predictions, s) for s in ("PublicTest", "PrivateTest"))
    assert (public ^ private).tolist() == every.tolist()
    with pytest.raises(RunError, match="Valid: all"):
        subset_mask(predictions, "train")


@pytest.mark.parametrize("view", [("PrivateTest",), ("leak-free",), ("all", "FER+ majority")])
def test_a_run_on_other_images_names_the_view_that_it_has(view):
    with pytest.raises(RunError, match="Choose all, with the labels of the folders"):
        view_test(make_predictions(), *view, data_fingerprint="1" * 64)
    assert view_test(make_predictions(), data_fingerprint="1" * 64).outside == 0


def test_leak_free_leaves_out_what_stands_in_the_training_folder():
    predictions = make_test_rows(angry=LEAKED, sad="test/angry/im0.png")
    view = view_test(predictions, "leak-free", **HERE)
    assert view.predictions.path.tolist() == ["test/angry/im0.png"]
    assert (view.outside, view.unlabelled) == (1, 0)
    assert describe(view) == (
        "Test images left out: 1 with an identical copy among the training images."
    )


def test_ferplus_replaces_labels_and_drops_images_without_a_majority():
    # FER+ calls the first neutral and has no majority for an image it does not know.
    predictions = make_test_rows(neutral="test/angry/im1.png", angry="test/angry/im99999.png")
    view = view_test(predictions, labels="FER+ majority", **HERE)
    assert view.predictions.y_true.tolist() == [CLASS_INDEX["neutral"]]
    assert view.predictions.y_pred.tolist() == [CLASS_INDEX["neutral"]]
    assert view.unlabelled == 1
    assert "1 without a FER+ majority" in describe(view)
    assert view.title == "all test images by FER+ majority"
    assert view.counted == f"the {len(view.predictions)} test images with a FER+ majority"


def test_the_whole_test_set_leaves_nothing_out():
    predictions = make_predictions()
    view = view_test(predictions)
    assert len(view.predictions) == 140
    assert describe(view) == ""


@pytest.mark.parametrize(
    ("subset", "labels"),
    [
        ("leak-free", "FER2013"),
        ("PublicTest", "FER2013"),
        ("PrivateTest", "FER2013"),
        ("all", "FER+ majority"),
    ],
)
def test_other_images_of_the_same_names_get_no_halves_no_leaks_and_no_ferplus(subset, labels):
    predictions = make_predictions()
    with pytest.raises(RunError, match="published data set only"):
        view_test(predictions, subset, labels, data_fingerprint="0" * 64)


def test_an_unknown_label_view_is_refused():
    with pytest.raises(RunError, match="Valid: FER2013, FER"):
        view_test(make_predictions(), labels="mine")


def test_other_images_are_summarized_in_the_views_that_are_known():
    assert known_views("0" * 64) == [(Subset.ALL, LabelView.FER2013)]
    summary = summarize(make_predictions(), "0" * 64)
    assert list(summary["test"]) == ["all"]
    assert summary["test_ferplus"] == {}
    assert summary["validation"]["n"] == 140


def test_the_summary_holds_every_view_of_the_published_images():
    run = paths.PROJECT_ROOT / "artifacts" / "runs" / "report-baseline" / "predictions.npz"
    if not run.exists():
        pytest.skip("the committed run is not here")
    with np.load(run) as file:
        predictions = Predictions(file["path"], file["split"], file["y_true"], file["y_score"])

    summary = summarize(predictions, images.FINGERPRINT)

    sizes = {key: {name: part["n"] for name, part in summary[key].items()} for key in KEYS}
    assert sizes == {
        "test": {"all": 7178, "PublicTest": 3589, "PrivateTest": 3589, "leak-free": 6610},
        "test_ferplus": {"all": 6322, "PublicTest": 3186, "PrivateTest": 3136, "leak-free": 5817},
    }
