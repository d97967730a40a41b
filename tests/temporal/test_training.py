"""Training over frames: by command, to a run that smooths; stopped and resumed, to the same one."""

import numpy as np
import pytest
from typer.testing import CliRunner

from fer_core.cli import app
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.evaluation.calibration import log_loss
from fer_core.evaluation.temporal.course import Course
from fer_core.evaluation.temporal.table import RECURRENT, read_table
from fer_core.inference.temporal import find_temporal, load_temporal
from fer_core.models.registry import get_preset
from fer_core.progress import silent
from fer_core.runs.store import State, get_run
from fer_core.temporal.batches import as_rows
from fer_core.temporal.features import SeenClip
from fer_core.temporal.run import train_to_end
from fer_core.temporal.seen import MadeClips, by_place
from fer_core.temporal.training import build, train_temporal
from fer_core.training.create import create_run
from fer_core.training.loop import Silent
from tests.builders import make_onnx, make_pooled, make_run, make_temporal, with_config


def command(*arguments):
    return CliRunner().invoke(app, ["train", *arguments])


def begun(root, run_id, **changes):
    """A new run of two epochs and its clips."""
    dataset = fer2013.load()
    config = get_preset("temporal").config.model_copy(update={"epochs": 2} | changes)
    run = create_run(config, dataset, run_id, root)
    return run, MadeClips.of(run, dataset)


@pytest.mark.slow
def test_a_training_by_command_leaves_a_network_that_follows_faces(places):
    result = command("--preset", "temporal", "--set", "epochs=2")

    assert result.exit_code == 0, (result.output, result.exception)
    assert "recurrent, compact: " in result.output
    assert "…" not in result.output
    run = get_run("temporal")
    assert run.status().state is State.DONE
    assert len(run.history()) == 2
    assert run.config.temporal.features_of == ("compact",)
    assert find_temporal("compact").run_id == "temporal"
    model = load_temporal(run.folder)
    scores, state = model.step(np.zeros((3, 36), np.float32), model.initial(3), np.ones(3))
    assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert not np.array_equal(state, model.initial(3))
    table = read_table(run)
    assert set(table["split"]) == {"validation", "test"}
    assert (table["method"] == RECURRENT).sum() == 4

    clips = MadeClips.of(run, fer2013.load())("validation", "compact", silent)
    seen = [clip for placed in by_place(clips).values() for clip in placed]
    answers = [model.follow(c.features[None], c.course.elapsed[None])[0] for c in seen]
    scores, labels = np.concatenate(answers), np.concatenate([c.course.labels for c in seen])
    right = (scores.argmax(axis=1) == labels).mean()
    assert scores.max(axis=1).mean() == pytest.approx(right, abs=1e-3)

    looks = len(run.config.test_looks)
    printed = CliRunner().invoke(app, ["evaluate", "temporal", "--again"])
    assert printed.exit_code == 0, (printed.output, printed.exception)
    assert len(get_run("temporal").config.test_looks) == looks + 1


def test_a_network_is_measured_with_the_one_that_it_was_trained_on_alone(places):
    train, network = get_preset("temporal").config, get_run("compact")
    run = with_config(
        make_temporal(places, features_of=("compact",)),
        train=train,
        data_fingerprint=network.config.data_fingerprint,
    )
    stale = make_run(places, "compact-int8")  # of a network before this one
    with_config(stale, quantized_from="compact")
    make_pooled(stale)
    asked = CliRunner().invoke(app, ["evaluate", "temporal"])
    assert asked.exit_code == 0, (asked.output, asked.exception)
    facts = get_run("temporal").config.temporal
    assert facts.features_of == ("compact",)
    assert facts.stamps == {"compact": network.model_stamp()}

    make_onnx(network.onnx_path, seed=1)
    make_pooled(network)

    with_config(get_run("temporal"), finished=None)
    (run.folder / "history.csv").unlink()
    for command in (["evaluate", "temporal", "--again"], ["train", "--resume", "temporal"]):
        refused = CliRunner().invoke(app, command)
        assert "trained on another network than run 'compact' holds now" in str(refused.exception)


@pytest.mark.slow
def test_a_stopped_training_is_resumed_to_the_same_network(places):
    class StopsAfterOne(Silent):
        def on_epoch(self, row):
            raise KeyboardInterrupt

    whole = train_to_end(*begun(places, "whole"))
    run, see = begun(places, "stopped")
    with pytest.raises(KeyboardInterrupt):
        train_to_end(run, see, StopsAfterOne())
    assert run.status().state is State.STOPPED

    result = command("--resume", "stopped")

    assert result.exit_code == 0, (result.output, result.exception)
    assert run.onnx_path.read_bytes() == whole.onnx_path.read_bytes()


def test_the_loss_of_short_clips_is_that_of_their_frames_alone(tmp_path):
    rng, frames = np.random.default_rng(0), 7
    scores = rng.dirichlet(np.ones(7), (7, frames)).astype(np.float32)
    clips = [
        SeenClip(
            Course.of_one_class(label, np.arange(frames) / 15),
            rng.normal(0, 1, (frames, 20)).astype(np.float32),
            scores[label],
        )
        for label in range(7)
    ]
    changes = {"epochs": 1, "batch_size": 8, "dropout": 0.0, "label_smoothing": 0.0}
    config = get_preset("temporal").config.model_copy(update=changes)
    run = make_run(tmp_path)
    object.__setattr__(run, "config", run.config.model_copy(update={"train": config}))

    train_temporal(run, lambda part, network, progress: clips)

    rows = as_rows(clips)
    before = build(config, rows.source()).probabilities(rows)
    expected = log_loss(before, rows.labels[rows.weights > 0])
    assert run.history()["loss"].item() == pytest.approx(expected, rel=1e-3)


def test_without_the_network_whose_features_it_reads_it_says_what_to_train(places):
    result = command("--preset", "temporal", "--set", "features_of=large")

    assert isinstance(result.exception, RunError)
    assert "'large', which is not here" in str(result.exception)
    assert "--preset large" in str(result.exception)


@pytest.mark.parametrize("change", ["mixup=0.2", 'teachers=["compact"]', "labels=ferplus"])
def test_settings_that_would_change_nothing_are_refused(places, change):
    result = command("--preset", "temporal", "--set", change)

    assert f"no use for {change.split('=')[0]}" in str(result.exception)
