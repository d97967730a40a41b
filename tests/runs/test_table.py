"""Runs side by side: who is listed, which filters leave whom, what differs."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fer_core.runs.store import Run, State, Status
from fer_core.runs.table import compare_settings, filter_runs, is_going, run_table
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


def test_each_filter_leaves_the_runs_that_fit(runs):
    table = table_of(runs)

    def names(**filters):
        return filter_runs(table, **filters)["run"].tolist()

    assert names() == ["first", "second"]
    assert names(presets=["tiny"]) == ["second"]
    assert names(least_accuracy=0.6) == ["second"]
    assert names(since=date(2026, 1, 2)) == ["second"]
    assert names(until=date(2026, 1, 1)) == ["first"]
    assert names(presets=["tiny"], until=date(2026, 1, 1)) == []


def test_settings_that_differ_are_found_and_equal_ones_left_out(runs):
    configs = {run.run_id: run.config for run in runs}

    table = compare_settings(configs).set_index("setting")

    assert table.loc["dropout", ["first", "second"]].tolist() == ["0.1", "0.4"]
    assert "batch_size" not in table.index
    assert "batch_size" in compare_settings(configs, only_different=False)["setting"].tolist()


def test_a_setting_explains_itself(runs):
    table = compare_settings({run.run_id: run.config for run in runs}).set_index("setting")

    assert "dropped" in table.loc["dropout", "meaning"]


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
