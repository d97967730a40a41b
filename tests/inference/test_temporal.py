import pytest

from fer_core.errors import RunError
from fer_core.inference.classifier import Classifier
from fer_core.inference.over_time import why_none
from fer_core.inference.temporal import find_temporal, load_temporal
from fer_core.runs.records import Place
from tests.builders import make_onnx, make_run, make_temporal, with_config
from tests.inference.test_classifier import random_faces


def test_one_pass_gives_what_two_give():
    from fer_core.runs.store import get_run
    from tests.runs.test_committed_runs import ROOT

    classifier = Classifier(get_run("tiny-int8", ROOT))
    scores, features = classifier.read(random_faces(3))

    assert (scores == classifier.predict(random_faces(3))).all()
    assert (features == classifier.features(random_faces(3))).all()


def test_a_network_of_single_images_is_not_taken_for_one_over_time(tmp_path):
    run = make_run(tmp_path, "mine")

    with pytest.raises(RunError, match="'mine' is no recurrent network"):
        load_temporal(run.folder)
    assert find_temporal("mine", tmp_path) is None


def test_one_that_is_shown_to_be_better_goes_before_a_later_one(tmp_path):
    make_run(tmp_path, "mine")
    make_temporal(tmp_path, "older", features_of=("mine",), default_in=(Place.LIVE,))
    later = make_temporal(tmp_path, "later", features_of=("mine",))
    started = later.config.started.replace(year=2027)
    with_config(later, started=started)

    assert find_temporal("mine", tmp_path).run_id == "older"
    (tmp_path / "older" / "model.onnx").unlink()
    assert find_temporal("mine", tmp_path).run_id == "later"


def test_one_over_a_network_that_was_replaced_is_left_out_and_the_reason_told(tmp_path):
    network = make_run(tmp_path, "mine")
    old = make_temporal(tmp_path, "old", features_of=("mine",), default_in=(Place.LIVE,))
    facts = old.config.temporal.model_copy(update={"stamps": {"mine": network.model_stamp()}})
    with_config(old, temporal=facts)
    assert find_temporal("mine", tmp_path).run_id == "old"

    make_onnx(network.onnx_path, seed=1)  # trained again under its name

    assert find_temporal("mine", tmp_path) is None
    assert "trained on another network named mine" in why_none("mine", tmp_path)
    make_temporal(tmp_path, "new", features_of=("mine",))
    assert find_temporal("mine", tmp_path).run_id == "new"


def test_a_network_over_time_is_taken_for_none_of_single_images():
    from fer_core.runs.store import get_run, set_default_run
    from tests.runs.test_committed_runs import ROOT

    run = get_run("temporal", ROOT)

    for asked in (
        lambda: Classifier(run),
        run.predictions,
        lambda: set_default_run("temporal", ROOT),
    ):
        with pytest.raises(RunError, match=r"Choose|evaluate temporal"):
            asked()
