"""Training in this process: exact resume with every technique, the best epoch, the early end."""

import signal
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer_core.classes import NUM_CLASSES
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.evaluation import timing
from fer_core.export import finish
from fer_core.runs.store import State, get_run
from fer_core.training import checkpoint, loop, recording
from fer_core.training.create import create_run, resume_run
from fer_core.training.networks import build_for_training
from tests.builders import (
    SignalAtItsEnd,
    accuracy,
    confidence,
    make_dataset,
    make_run,
    tiny_config,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # TensorFlow's own imports
    pytest.mark.filterwarnings("ignore:In the future `np.object`:FutureWarning"),  # tf2onnx
]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_CACHE_DIR", str(home / "cache"))
        yield fer2013.load(make_dataset(home / "data"))


class StopIn:
    """Presses Ctrl-C at the first step of an epoch."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_step(self, epoch, step, steps, logs):
        if epoch == self.epoch:
            raise KeyboardInterrupt

    def on_epoch(self, row): ...


class DroppedStopIn:
    """A Ctrl-C that comes while an object is finalized, where Python drops what is raised."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def on_step(self, epoch, step, steps, logs):
        if (epoch, step) == (self.epoch, 1):
            SignalAtItsEnd(signal.SIGINT)

    def on_epoch(self, row): ...


def _arrays(run) -> dict[str, np.ndarray]:
    with np.load(run.checkpoint_path / "variables.npz") as file:
        return {name: file[name] for name in file.files}


def _train(config, dataset, root, run_id="run", observer=None):
    run = create_run(config, dataset, run_id, root)
    loop.train(run, dataset, observer)
    return run


def test_a_stopped_run_with_every_technique_resumes_to_equal_weights(dataset, tmp_path):
    config = tiny_config(
        mixup=0.3, degradation=0.5, class_weights=True, loss="focal", keep_best=True, dropout=0.2
    )
    straight = _train(config, dataset, tmp_path, "straight")
    with pytest.raises(KeyboardInterrupt):
        _train(config, dataset, tmp_path, "stopped", StopIn(epoch=2))

    stopped = resume_run("stopped", dataset, tmp_path)
    loop.train(stopped, dataset)

    assert any(name.startswith("s") for name in _arrays(straight))
    _assert_equal_checkpoints(straight, stopped)


def test_a_ctrl_c_that_python_dropped_stops_training(dataset, tmp_path, dropped):
    with pytest.raises(KeyboardInterrupt):
        _train(tiny_config(epochs=3), dataset, tmp_path, observer=DroppedStopIn(epoch=2))

    assert dropped == [KeyboardInterrupt]
    status = get_run("run", tmp_path).status()
    assert (status.state, status.epoch) == (State.STOPPED, 1)


@pytest.mark.parametrize("optimizer", ["sgd", pytest.param("adam", marks=pytest.mark.long)])
def test_averaging_the_weights_leaves_the_steps_as_they_are(optimizer, dataset, tmp_path):
    configs = {
        name: tiny_config(
            weight_average=average, optimizer=optimizer, epochs=3, augmentation="none"
        )
        for name, average in (("plain", 0.0), ("averaged", 0.9))
    }
    weights = {}
    for name, config in configs.items():
        found = _arrays(_train(config, dataset, tmp_path, name))
        count = len(build_for_training(config).training.variables)
        weights[name] = [found[f"v{number}"] for number in range(count)]

    for plain, averaged in zip(*weights.values(), strict=True):
        np.testing.assert_array_equal(averaged, plain)


def test_the_exported_model_scores_as_the_validation_said(dataset, tmp_path):
    """The weights that were validated, averaged ones, are those that are exported, as sure of the
    validation images as they are right; test images, here with other labels, change nothing.
    """
    config = tiny_config(epochs=3, validation="grouped", learning_rate=0.1)
    run = _train(config, dataset, tmp_path)
    last = run.history().iloc[-1]

    others = replace(dataset.test, labels=(dataset.test.labels + 1) % NUM_CLASSES)
    finish.finish(run, replace(dataset, test=others))

    done = get_run("run", tmp_path)
    validation = done.predictions().subset("validation")
    assert accuracy(validation) == pytest.approx(last["val_accuracy"], abs=1e-6)
    assert done.status().state is State.DONE
    assert done.config.temperature != 1.0
    assert confidence(validation) == pytest.approx(accuracy(validation), abs=1e-3)
    assert len(done.config.test_looks) == 1
    assert done.metrics()["validation"]["accuracy"] == pytest.approx(accuracy(validation))
    assert timing.read(done) is not None


def test_the_state_tells_how_long_a_step_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "HEARTBEAT_SECONDS", -1.0)
    run = make_run(tmp_path)
    callback = loop.step_callback(run, 0, StopIn(9), lambda: None)
    callback.set_params({"steps": 4})
    for batch in range(3):
        time.sleep(0.01)
        callback.on_train_batch_end(batch)
    status = run.status()
    assert (status.step, status.steps) == (3, 4)
    assert 0.01 <= status.step_seconds < 5


def test_early_stopping_ends_the_run_and_exports_the_best_epoch(dataset, tmp_path):
    config = tiny_config(epochs=30, early_stopping=2, keep_best=True, learning_rate=1e-6)
    run = _train(config, dataset, tmp_path)
    history = run.history()
    best = int(history["epoch"][history["val_accuracy"].idxmax()])

    finish.finish(run, dataset)

    done = get_run("run", tmp_path)
    assert len(history) == best + 2 < 30
    assert done.status().state is State.DONE
    assert done.config.exported_epoch == best


@pytest.fixture(scope="module")
def phased(dataset, tmp_path_factory):
    """A runs folder with `straight`, a run of two phases that nothing interrupted, and the two
    runs that it should be equal to: `first` and `second`, initialised from `first`.
    """
    root = tmp_path_factory.mktemp("phased")
    change = {"seed": 1, "learning_rate": 0.02, "augmentation": "medium", "schedule": "constant"}
    change |= {"weight_average": 0.0, "label_smoothing": 0.0, "teachers": ("first",)}
    first = _train(tiny_config(dropout=0.2), dataset, root, "first")
    finish.finish(first, dataset)
    _train(tiny_config(dropout=0.2, initial_run="first", **change), dataset, root, "second")
    _train(_two_phases(change), dataset, root, "straight")
    return root, change


def _two_phases(change):
    return tiny_config(dropout=0.2, epochs=4, phases=({"epochs": 2}, {"epochs": 2, **change}))


def _assert_equal_checkpoints(one, other):
    expected, found = _arrays(one), _arrays(other)
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_two_phases_equal_two_runs_bit_for_bit(phased):
    root, _ = phased
    straight, second = get_run("straight", root), get_run("second", root)

    _assert_equal_checkpoints(second, straight)
    columns = ["accuracy", "loss", "val_accuracy", "val_loss", "learning_rate"]
    both = pd.concat([get_run("first", root).history(), second.history()], ignore_index=True)
    pd.testing.assert_frame_equal(straight.history()[columns], both[columns])
    assert straight.history()["phase"].tolist() == [1, 1, 2, 2]
    # Softened answers of teachers count by the temperature squared: here they are learned from.
    assert (straight.history()["loss"][2:] > 2 * straight.history()["loss"][:2].max()).all()
    assert straight.history()["epoch"].tolist() == [1, 2, 3, 4]


def test_stops_at_and_beside_the_boundary_of_phases_resume_to_equal_weights(phased, dataset):
    root, change = phased
    with pytest.raises(KeyboardInterrupt):
        _train(_two_phases(change), dataset, root, "stopped", StopIn(epoch=2))
    for epoch in (3, 4):
        with pytest.raises(KeyboardInterrupt):
            loop.train(resume_run("stopped", dataset, root), dataset, StopIn(epoch))
    stopped = resume_run("stopped", dataset, root)
    loop.train(stopped, dataset)

    _assert_equal_checkpoints(get_run("straight", root), stopped)

    teacher = (root / "first").rename(root / "elsewhere")
    finish.finish(stopped, dataset)
    teacher.rename(root / "first")
    done = get_run("stopped", root)
    assert (done.status().state, done.config.exported_epoch) == (State.DONE, 4)
    reached = accuracy(done.predictions().subset("validation"))
    assert reached == pytest.approx(done.history()["val_accuracy"].iloc[-1], abs=1e-6)


def test_a_run_without_a_keras_model_cannot_teach(dataset, tmp_path):
    make_run(tmp_path, "served")

    with pytest.raises(RunError, match=r"'served' has no model\.keras"):
        _train(tiny_config(teachers=("served",)), dataset, tmp_path, "student")


@pytest.mark.slow
def test_a_run_starts_from_the_weights_of_another(dataset, tmp_path):
    plain = {"augmentation": "none", "weight_average": 0.0}
    first = _train(tiny_config(learning_rate=0.3, epochs=6, **plain), dataset, tmp_path, "first")
    finish.finish(first, dataset)

    still = tiny_config(initial_run="first", learning_rate=1e-9, weight_decay=0.0, **plain)
    second = _train(still, dataset, tmp_path, "second")
    finish.finish(second, dataset)

    theirs, own = (run.predictions().subset("validation").y_score for run in (first, second))
    # Steps of no size keep the weights; batch statistics move on.
    assert np.abs(theirs - own).max() < 0.05
    assert np.abs(theirs - np.roll(theirs, 1, axis=0)).max() > 0.05


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"initial_run": "nobody"}, "no run 'nobody'"),
        ({"initial_run": "first", "model": "report-baseline"}, "cannot be the start of"),
        ({"initial_run": "first", "validation": "grouped"}, "has learned from"),
        ({"initial_run": "first", "model": "mobilenetv2"}, "ImageNet"),
        ({"teachers": ("first",), "validation": "grouped"}, "has learned from"),
        ({"phases": ({"epochs": 2, "teachers": ("nobody",)},)}, "no run 'nobody'"),
    ],
)
def test_a_start_or_teacher_that_does_not_serve_is_refused_before_the_run_is_made(
    changes, words, dataset, tmp_path
):
    first = make_run(tmp_path, "first")
    facts = {"train": tiny_config(), "data_fingerprint": dataset.fingerprint}
    config = first.config.model_copy(update=facts)
    type(first)(first.folder, config).write_config()
    first.keras_path.write_bytes(b"weights")

    with pytest.raises(RunError, match=words):
        create_run(tiny_config(**changes), dataset, "run", tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_checkpoints_of_an_older_version_still_load(dataset, tmp_path):
    """They have neither weights to serve nor a best epoch."""
    import json

    from fer_core.training.networks import build_for_training

    config = tiny_config(weight_average=0)
    run = _train(config, dataset, tmp_path)
    path = run.checkpoint_path / "state.json"
    state = json.loads(path.read_text(encoding="utf-8"))
    del state["serving"], state["serving_epoch"]
    state["schedule"] = {"learning_rate": 0.01, "best_val_loss": 1.0, "epochs_without_gain": 1}
    path.write_text(json.dumps(state), encoding="utf-8")

    progress = checkpoint.restore(run.checkpoint_path, build_for_training(config))

    assert progress.epoch == 2
    assert progress.serving is None
