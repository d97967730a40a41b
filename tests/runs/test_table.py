"""Runs side by side: who is listed, who has no curve and why, what differs."""

from datetime import UTC, datetime, timedelta

import pytest

from fer_core.runs.store import Run, State, Status
from fer_core.runs.table import (
    best_first,
    compare_settings,
    is_going,
    run_table,
    validation_accuracy,
    why_no_curve,
)
from tests.builders import make_run

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def runs(tmp_path) -> list[Run]:
    first = make_run(tmp_path, "first", accuracy=0.3)
    second = make_run(tmp_path, "second", accuracy=0.9, seed=1)
    train = second.config.train.model_copy(update={"preset": "tiny", "dropout": 0.4})
    later = {"train": train, "started": datetime(2026, 2, 1, tzinfo=UTC)}
    return [first, Run(second.folder, second.config.model_copy(update=later))]


def table_of(runs):
    return run_table(
        runs,
        {run.run_id: run.history() for run in runs},
        {run.run_id: run.predictions() for run in runs},
    )


def test_the_table_has_the_accuracies_of_the_predictions(runs):
    table = table_of(runs).set_index("run")
    test = runs[0].predictions().subset("test")

    assert table.loc["first", "test_accuracy"] == pytest.approx((test.y_pred == test.y_true).mean())
    assert table.loc["second", "val_accuracy"] > table.loc["first", "val_accuracy"]
    assert table.loc["first", "seconds"] == pytest.approx(3 * 12.5)


def test_without_predictions_validation_is_the_best_epochs(runs):
    table = run_table(runs, {run.run_id: run.history() for run in runs}, {})

    assert table["val_accuracy"].tolist() == pytest.approx([0.45, 0.45])
    assert table["test_accuracy"].isna().all()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"members": ("a", "b")}, "average of 2 runs"),
        ({"quantized_from": "a"}, "int8 of a"),
        ({}, "fitted at once"),
    ],
)
def test_a_run_without_a_curve_says_why(runs, changes, why):
    run = Run(runs[0].folder, runs[0].config.model_copy(update=changes))
    run.write_history([])

    assert why_no_curve(run, run.history()) == why
    assert why_no_curve(runs[1], runs[1].history()) == ""


def test_a_network_of_one_epoch_is_not_said_to_be_fitted_at_once(tmp_path):
    run = make_run(tmp_path, "quick", epochs=1)

    assert why_no_curve(run, run.history()) == "trained for a single epoch"


def test_a_run_that_has_just_begun_has_no_curve_yet(runs):
    runs[0].write_history([])
    runs[0].write_status(Status(state=State.RUNNING))

    assert why_no_curve(runs[0], runs[0].history()) == "no epoch ended yet"


def test_settings_that_differ_are_found_and_equal_ones_left_out(runs):
    configs = {run.run_id: run.config for run in runs}

    table = compare_settings(configs).set_index("setting")

    assert table.loc["dropout", ["first", "second"]].tolist() == ["0.1", "0.4"]
    assert "batch_size" not in table.index
    assert "batch_size" in compare_settings(configs, only_different=False)["setting"].tolist()


def test_a_setting_explains_itself(runs):
    table = compare_settings({run.run_id: run.config for run in runs}).set_index("setting")

    assert "dropped" in table.loc["dropout", "meaning"]


def test_no_setting_is_left_without_a_meaning(runs):
    table = compare_settings({runs[0].run_id: runs[0].config}, only_different=False)

    assert table.loc[table["meaning"] == "", "setting"].tolist() == []


def test_a_package_that_only_one_run_had_is_a_dash_in_the_other(runs):
    one, other = (run.config for run in runs)
    jax = other.model_copy(update={"versions": {"jax": "0.9"}})

    table = compare_settings({"one": one, "other": jax}).set_index("setting")

    assert table.loc["versions.jax", ["one", "other"]].tolist() == ["–", "0.9"]


@pytest.mark.parametrize(
    ("state", "age", "going"),
    [
        (State.RUNNING, timedelta(seconds=20), True),
        (State.RUNNING, timedelta(hours=1), False),
        (State.STOPPING, timedelta(seconds=20), True),
        (State.DONE, timedelta(seconds=20), False),
        (State.STOPPED, timedelta(seconds=20), False),
    ],
)
def test_a_run_is_going_while_its_signs_of_life_are_fresh(state, age, going):
    assert is_going(Status(state=state, heartbeat=NOW - age), NOW) is going


def test_a_run_without_a_sign_of_life_is_not_going():
    assert not is_going(Status(state=State.RUNNING), NOW)


def test_a_run_has_one_validation_accuracy_that_of_the_exported_model(runs):
    run = runs[0]
    validation = run.predictions().subset("validation")
    exported = (validation.y_pred == validation.y_true).mean()
    assert exported != pytest.approx(run.history()["val_accuracy"].max())

    assert validation_accuracy(run.history(), run.predictions()) == pytest.approx(exported)
    assert validation_accuracy(run.history(), None) == pytest.approx(0.45)


def test_runs_stand_the_best_first_untested_after_them_and_drawn_faces_last(runs):
    low, high = runs
    untested = Run(low.folder.parent / "untested", low.config)
    drawn = Run(low.folder.parent / "drawn", low.config.model_copy(update={"synthetic": True}))
    accuracies = {"first": 0.3, "second": 0.9, "untested": float("nan"), "drawn": 1.0}

    ordered = best_first([drawn, untested, low, high], accuracies)

    assert [run.run_id for run in ordered] == ["second", "first", "untested", "drawn"]
