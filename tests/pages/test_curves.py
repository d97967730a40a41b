"""The Training curves page: charts that follow a run, the list of runs, settings side by side."""

import os
from datetime import UTC, datetime

import pytest
import streamlit as st

from fer_core.config import TrainConfig
from fer_core.runs.store import Run, State, Status
from tests.builders import make_run
from tests.pages.opened import at_page


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path / "FER_RUNS_DIR"


def make_two(folder):
    make_run(folder, "first", accuracy=0.3)
    second = make_run(folder, "second", accuracy=0.9, seed=1)
    train = second.config.train.model_copy(update={"preset": "tiny", "dropout": 0.4})
    later = {"train": train, "started": datetime(2026, 2, 1, tzinfo=UTC)}
    Run(second.folder, second.config.model_copy(update=later)).write_config()


def open_page(**choices):
    app = at_page("curves", 120)
    for name, value in choices.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def texts(app):
    return [block.value for block in (*app.markdown, *app.caption, *app.info)]


def table(app, column):
    """The table on the page that has this column."""
    return next(item.value for item in app.dataframe if column in item.value)


def test_only_the_open_part_is_computed(folder):
    make_two(folder)
    app = open_page()

    assert len(app.dataframe) == 1
    assert table(app, "best_epoch")["run"].tolist() == ["second", "the report"]


def test_the_list_of_runs_is_cut_by_its_filters(folder):
    make_two(folder)
    app = open_page(curves="All runs")
    assert table(app, "started")["run"].tolist() == ["second", "first"]

    app.multiselect(key="presets").set_value(["tiny"]).run()
    assert table(app, "started")["run"].tolist() == ["second"]

    app.multiselect(key="presets").set_value([]).run()
    app.slider(key="least").set_value(60).run()
    assert table(app, "started")["run"].tolist() == ["second"]

    app.slider(key="least").set_value(100).run()
    assert any("No run matches these filters" in text for text in texts(app))


def test_settings_of_two_runs_stand_side_by_side(folder):
    make_two(folder)
    app = open_page(curves="Settings", runs=["first", "second"])

    shown = table(app, "setting").set_index("setting")
    assert shown.loc["dropout", ["first", "second"]].tolist() == ["0.1", "0.4"]
    assert "batch_size" not in shown.index

    app.toggle(key="all-settings").set_value(True).run()
    assert "batch_size" in table(app, "setting")["setting"].tolist()


@pytest.mark.parametrize("metric", ["Overfitting gap", "Learning rate", "Seconds an epoch"])
def test_every_metric_is_drawn_and_what_lacks_it_is_named(folder, metric):
    make_two(folder)
    app = open_page(curves="More metrics", runs=["first", "the report"], metric=metric)

    assert len(app.get("plotly_chart")) == 3
    missing = any("Not recorded: the report" in text for text in texts(app))
    assert missing is (metric == "Learning rate")


def test_a_run_in_training_is_followed_and_says_what_is_left(folder):
    run = make_run(folder, "mine", epochs=3)
    config = run.config.model_copy(
        update={"train": run.config.train.model_copy(update={"epochs": 11})}
    )
    Run(run.folder, config).write_config()
    run.write_status(Status(state=State.RUNNING, epoch=3, epochs=11, pid=os.getpid()))

    app = open_page(runs="mine")

    # Three epochs of 12.5 seconds are done, eight are left.
    assert any("3 of 11 epochs, about 2 min to go" in text for text in texts(app))


def test_a_finished_run_is_not_followed(folder):
    make_run(folder, "mine")

    assert not any("In training" in text for text in texts(open_page()))


def test_a_run_trained_in_one_go_says_that_it_has_no_curve(folder):
    make_run(folder, "classic").write_history([])

    app = open_page(runs="classic")

    assert any("not trained in epochs" in text for text in texts(app))


def test_a_run_says_where_it_began_its_phases_and_where_its_loss_changes(folder):
    run = make_run(folder, "mine", epochs=5)
    phases = ({"epochs": 3}, {"epochs": 2, "teachers": ("other",)})
    train = TrainConfig(initial_run="first", phases=phases)
    Run(run.folder, run.config.model_copy(update={"train": train})).write_config()
    run.write_history(run.history().assign(phase=[1, 1, 1, 2, 2]).to_dict("records"))

    app = open_page(runs="mine")

    note = next(text for text in texts(app) if text.startswith("mine was"))
    assert "initialised from first" in note
    assert "2 phases of 3 + 2 epochs" in note
    assert "another loss from epoch 4 on" in note
    # 2/5 + 0.2 after the change; losses before it are not compared.
    figures = table(app, "best_epoch")
    assert figures["lowest_val_loss_epoch"].iloc[0] == 5


def test_an_address_of_a_run_that_cannot_be_read_says_why(folder):
    make_run(folder, "good")
    config = make_run(folder, "newer").folder / "config.json"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('"format": 2', '"format": 9'), encoding="utf-8")

    app = open_page(runs=["newer", "absent", "good"])

    said = [block.value for block in app.warning]
    assert any("`newer` is left out: it is of format 9" in text for text in said)
    assert any("no run `absent` here" in text for text in said)
    assert table(app, "best_epoch")["run"].tolist() == ["good"]
