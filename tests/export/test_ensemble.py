import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core import formats, paths
from fer_core.cli import app
from fer_core.errors import RunError
from fer_core.export.ensemble import make_ensemble
from fer_core.inference.classifier import Classifier
from fer_core.runs.store import Predictions, Run, State, get_run, list_runs
from tests.builders import accuracy, confidence, make_predictions, make_run, with_config


def test_the_most_probable_class_is_that_of_the_mean(tmp_path):
    members = [make_run(tmp_path, name, seed=seed) for name, seed in (("one", 1), ("two", 2))]

    run = make_ensemble(["one", "two"], "both", tmp_path)

    mean = sum(member.predictions().y_score for member in members) / 2
    assert np.array_equal(run.predictions().y_pred, mean.argmax(axis=1))
    assert run.status().state is State.DONE
    assert get_run("both", tmp_path).config.members == ("one", "two")
    assert get_run("both", tmp_path).config.parameters["total"] == 2 * 16128
    assert run.metrics()["test"]["all"]["n"] == 140


def test_its_confidence_is_calibrated_on_validation_images(tmp_path):
    for seed, name in enumerate(("one", "two")):
        make_run(tmp_path, name, seed=seed)

    measured = make_ensemble(["one", "two"], "both", tmp_path).predictions()

    validation, test = measured.subset("validation"), measured.subset("test")
    assert confidence(validation) == pytest.approx(accuracy(validation), abs=1e-3)
    assert confidence(test) != pytest.approx(accuracy(test), abs=1e-3)


def test_the_command_makes_it_and_prints_its_figures(tmp_path, monkeypatch):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    for seed, name in enumerate(("one", "two")):
        make_run(tmp_path, name, seed=seed)

    printed = CliRunner().invoke(app, ["ensemble", "one", "two", "--run-id", "both"])

    assert printed.exit_code == 0, (printed.output, printed.exception)
    assert formats.percent(accuracy(get_run("both").predictions().subset("test"))) in printed.output


def test_its_counts_are_of_the_images_it_is_measured_on(tmp_path):
    for name, trained in (("one", 28_709), ("two", 25_841)):
        run = make_run(tmp_path, name)
        counts = {"train": trained, "validation": 0, "test": 140}
        with_config(run, counts=counts)

    run = make_ensemble(["two", "one"], "both", tmp_path)

    measured = run.predictions()
    assert run.config.counts == {
        "train": 28_709,
        "validation": len(measured.subset("validation")),
        "test": 140,
    }


@pytest.mark.parametrize("reviewed", [("one", "two"), ("two",)])
def test_it_remembers_a_label_review_of_its_members(tmp_path, reviewed):
    for name in ("one", "two"):
        run = make_run(tmp_path, name)
        review = "a" * 64 if name in reviewed else None
        train = run.config.train.model_copy(update={"label_review": review})
        counts = run.config.counts | ({"review_relabelled": 7} if review else {})
        with_config(run, train=train, counts=counts)

    make_ensemble(["one", "two"], "both", tmp_path)

    made = get_run("both", tmp_path).config
    assert made.train.label_review == "a" * 64
    assert made.counts["review_relabelled"] == 7


def test_members_may_hold_their_images_in_another_order(tmp_path):
    make_run(tmp_path, "one", seed=1)
    other = make_run(tmp_path, "two", seed=2)
    straight = make_ensemble(["one", "two"], "straight", tmp_path).predictions()
    rows = np.random.default_rng(0).permutation(len(straight))
    other.write_predictions(other.predictions().rows(rows))

    shuffled = make_ensemble(["one", "two"], "shuffled", tmp_path).predictions()

    assert np.array_equal(shuffled.path, straight.path)
    np.testing.assert_allclose(shuffled.y_score, straight.y_score, atol=1e-6)


def test_members_measured_on_other_images_are_refused(tmp_path):
    make_run(tmp_path, "one")
    other = make_run(tmp_path, "two")
    theirs = make_predictions()
    renamed = np.char.replace(theirs.path, "im1", "img1")
    other.write_predictions(Predictions(renamed, theirs.split, theirs.y_true, theirs.y_score))

    with pytest.raises(RunError, match="different images"):
        make_ensemble(["one", "two"], "both", tmp_path)
    assert {run.run_id for run in list_runs(tmp_path)} == {"one", "two"}


def test_members_of_which_one_learned_reviewed_labels_are_told_apart_from_other_images(tmp_path):
    make_run(tmp_path, "one")
    reviewed = make_run(tmp_path, "two")
    theirs = make_predictions()
    relabelled = (theirs.y_true + (theirs.split == "validation")) % 7
    reviewed.write_predictions(
        Predictions(theirs.path, theirs.split, relabelled.astype(np.int8), theirs.y_score)
    )

    with pytest.raises(RunError, match="different labels"):
        make_ensemble(["one", "two"], "both", tmp_path)


def test_an_ensemble_is_no_member_and_neither_is_a_run_that_goes_on(tmp_path):
    for name in ("one", "two"):
        make_run(tmp_path, name)
    make_ensemble(["one", "two"], "both", tmp_path)
    with pytest.raises(RunError, match=r"'both' is an ensemble itself.* one two"):
        make_ensemble(["both", "one"], "more", tmp_path)

    with_config(get_run("two", tmp_path), finished=None)
    with pytest.raises(RunError, match="'two' is not finished"):
        make_ensemble(["one", "two"], "more", tmp_path)


def test_what_cannot_be_served_says_what_can(tmp_path):
    for name in ("one", "two"):
        make_run(tmp_path, name)
    with pytest.raises(RunError, match=r"'both' has no model\.onnx\. Runs that have one: one, two"):
        Classifier(make_ensemble(["one", "two"], "both", tmp_path))

    going_on = with_config(make_run(tmp_path, "going-on"), finished=None)
    going_on.onnx_path.unlink()
    with pytest.raises(RunError, match="exported when training ends"):
        Classifier(going_on)


def test_one_that_was_interrupted_leaves_its_name_free(tmp_path, monkeypatch):
    def interrupt(run, values):
        raise KeyboardInterrupt

    for name in ("one", "two"):
        make_run(tmp_path, name)
    with monkeypatch.context() as patch:
        patch.setattr(Run, "write_metrics", interrupt)
        with pytest.raises(KeyboardInterrupt):
            make_ensemble(["one", "two"], "both", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]

    make_ensemble(["one", "two"], "both", tmp_path)

    assert get_run("both", tmp_path).status().state is State.DONE


@pytest.mark.parametrize("members", [["one"], ["one", "one"], []])
def test_one_run_is_no_ensemble(tmp_path, members):
    make_run(tmp_path, "one")

    with pytest.raises(RunError, match="two or more different runs"):
        make_ensemble(members, "alone", tmp_path)


def test_a_taken_name_is_refused(tmp_path):
    make_run(tmp_path, "one")
    make_run(tmp_path, "two")

    with pytest.raises(RunError, match="is a run 'two' already"):
        make_ensemble(["one", "two"], "two", tmp_path)
