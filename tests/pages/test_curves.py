"""The Training curves page: charts that follow a run, the list of runs, settings side by side."""

import json
import os
import shutil
from datetime import UTC, datetime

import pytest
import streamlit as st

from fer_core.classes import FINGERPRINT
from fer_core.config import Loss, TrainConfig, Validation
from fer_core.plots.run_styles import Style
from fer_core.runs.store import Run, State, Status, get_run, list_runs, utc_now
from pages.parts.curves import selection
from tests.builders import make_run, with_config
from tests.pages.evaluation.page import plain_table
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
    with_config(second, **later)


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


def figures(app):
    """The table of the chosen runs' figures, a row each."""
    return plain_table(app, "summary")[1:]


def names(app):
    """The runs whose figures are shown."""
    return [row[0] for row in figures(app)]


def test_it_opens_on_the_default_run_against_the_report(folder):
    make_two(folder)
    app = open_page()

    assert len(app.get("plotly_chart")) == 2
    assert not app.dataframe
    assert names(open_page(curves="Figures")) == ["second", "the student report"]


def test_the_epochs_of_the_chosen_runs_can_be_saved(folder, offered):
    make_two(folder)
    open_page(runs="second", curves="Figures")

    saved = offered["epochs_csv"].table
    history = get_run("second", folder).history()
    assert set(saved["run"]) == {"second"}
    for column in ("epoch", "accuracy", "val_accuracy", "loss", "val_loss"):
        assert saved[column].tolist() == pytest.approx(history[column].tolist())


def test_the_address_says_which_runs_are_shown(folder):
    make_two(folder)
    app = open_page(curves="Figures", runs=["the student report", "first"])

    assert names(app) == ["first", "the student report"]
    assert app.query_params["runs"] == ["the student report", "first"], "No step for Back."


def test_runs_shown_last_are_shown_again_after_another_page(folder):
    make_two(folder)
    app = open_page(runs="first")

    app.switch_page("pages/about.py").run()
    app.query_params.clear()
    app.switch_page("pages/curves.py")
    app.query_params["curves"] = "Figures"
    app.run()

    assert names(app) == ["first"]


def test_who_comes_back_finds_every_run_and_the_open_part_again(folder):
    make_two(folder)
    app = open_page(curves="Figures", runs=["first", "second"])

    app.switch_page("pages/about.py").run()
    app.query_params.clear()
    app.switch_page("pages/curves.py").run()

    assert names(app) == ["second", "first"]


def test_where_the_shown_run_was_removed_the_page_opens_as_at_first(folder):
    make_two(folder)
    app = open_page(curves="Figures", runs="first")

    app.switch_page("pages/about.py").run()
    shutil.rmtree(folder / "first")
    app.query_params.clear()
    app.switch_page("pages/curves.py").run()

    assert names(app) == ["second", "the student report"]


def test_the_list_of_all_runs_has_their_details(folder):
    make_two(folder)
    shown = table(open_page(curves="All runs"), "started")

    assert shown["run"].tolist() == ["second", "first"]
    assert shown["progress"].tolist() == ["3", "3"]


def test_what_was_not_trained_epoch_by_epoch_has_no_epochs(folder):
    make_two(folder)
    both = make_run(folder, "both")
    members = both.config.model_copy(update={"members": ("first", "second")})
    Run(both.folder, members).write_config()
    make_run(folder, "classic").write_history([])
    stopped = make_run(folder, "stopped")
    stopped.write_status(Status(state=State.STOPPED, epoch=2, epochs=3))

    shown = table(open_page(curves="All runs"), "started").set_index("run")["progress"]

    assert shown[["both", "classic"]].isna().all()
    assert shown["stopped"] == "2 of 3"


def test_all_runs_hidden_stay_hidden_after_a_reload(folder):
    make_two(folder)
    app = open_page(runs="none", curves="Figures")

    assert not app.warning
    assert any("Show a run by its eye" in text for text in texts(app))
    assert app.query_params["runs"] == "none"


def test_the_list_has_the_best_on_top_the_report_in_its_place_and_the_default_marked(folder):
    make_two(folder)
    app = open_page()
    rows = json.loads(app.get("bidi_component")[0].proto.json)["rows"]

    assert [row["name"] for row in rows] == ["second", "the student report", "first"]
    assert [row["note"] for row in rows] == ["default", "", ""]


def test_a_list_row_says_what_there_is_of_a_run(folder):
    make_two(folder)
    ensemble = make_run(folder, "both")
    with_config(ensemble, members=("first", "second"))
    going = make_run(folder, "going")
    going.write_status(
        Status(state=State.RUNNING, epoch=3, epochs=3, pid=os.getpid(), heartbeat=utc_now())
    )
    open_page()

    runs = {run.run_id: run for run in list_runs(folder)}
    rows = {name: selection._row(run, Style()) for name, run in runs.items()}
    assert (rows["both"].note, rows["both"].draws) == ("average of 2 runs", False)
    assert (rows["going"].note, rows["going"].epochs_text) == ("in training", "3/3")
    assert (rows["first"].note, rows["first"].epochs_text) == ("", "3")
    assert "tiny" in rows["second"].words
    assert rows["second"].test > rows["first"].test


def test_without_a_run_the_published_curve_is_shown(folder):
    app = open_page()

    assert len(app.get("plotly_chart")) == 2
    assert any("fer_core train" in block.value for block in app.code)


def test_training_lines_are_off_until_asked_for(folder):
    make_two(folder)
    app = open_page()
    assert any("Lines: validation." in text for text in texts(app))

    app.toggle(key="training-lines").set_value(True).run()

    assert any("training dotted" in text for text in texts(app))


def test_different_losses_are_drawn_one_kind_at_a_time(folder):
    make_two(folder)
    focal = make_run(folder, "focal")
    train = focal.config.train.model_copy(update={"loss": Loss.FOCAL})
    with_config(focal, train=train)

    assert not [item for item in open_page().segmented_control if item.key == "loss-kind"]
    app = open_page(runs=["first", "focal"])
    kinds = next(item for item in app.segmented_control if item.key == "loss-kind")

    # In the list's order: the latest first, equals by name.
    assert sorted(kinds.options) == ["cross-entropy", "focal loss, gamma 2"]


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
    app = open_page(curves="More metrics", runs=["first", "the student report"], metric=metric)

    assert len(app.get("plotly_chart")) == 1
    missing = any("Not recorded: the student report" in text for text in texts(app))
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


def test_a_run_without_epochs_says_that_it_has_no_curve(folder):
    make_run(folder, "classic").write_history([])

    app = open_page(runs="classic")

    assert any("classic has no curve: fitted at once." in text for text in texts(app))
    assert any("Show a run by its eye" in text for text in texts(app))


def test_a_run_says_where_it_began_its_phases_and_where_its_loss_changes(folder):
    run = make_run(folder, "mine", epochs=5)
    phases = ({"epochs": 3}, {"epochs": 2, "teachers": ("other",)})
    train = TrainConfig(initial_run="first", phases=phases)
    with_config(run, train=train)
    run.write_history(run.history().assign(phase=[1, 1, 1, 2, 2]).to_dict("records"))

    app = open_page(runs="mine")

    note = next(text for text in texts(app) if "mine: " in text)
    assert "initialised from first" in note
    assert "2 phases of 3 + 2 epochs" in note
    assert "another loss from epoch 4 on" in note
    # 2/5 + 0.2 after the change; losses before it are not compared.
    assert "epoch 5<" in figures(open_page(runs="mine", curves="Figures"))[0][-1]


def test_an_address_of_a_run_that_cannot_be_read_says_why(folder):
    make_run(folder, "good")
    config = make_run(folder, "newer").folder / "config.json"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('"format": 2', '"format": 9'), encoding="utf-8")

    app = open_page(runs=["newer", "absent", "good"], curves="Figures")

    said = [block.value for block in app.warning]
    assert any("`newer` cannot be read: it is of format 9" in text for text in said)
    assert any("no run `absent` here" in text for text in said)
    assert names(app) == ["good"]


def test_only_the_published_images_are_said_to_have_copies_in_validation(folder):
    train = TrainConfig(validation=Validation.REPORT)
    for name, fingerprint in (("published", FINGERPRINT), ("own-images", "1" * 64)):
        made = make_run(folder, name)
        with_config(made, data_fingerprint=fingerprint, train=train)

    assert any(
        "Validation of published is slightly optimistic" in text
        for text in texts(open_page(runs=["published", "own-images"]))
    )
    assert not any("optimistic" in text for text in texts(open_page(runs="own-images")))


def test_a_single_setting_is_no_settings(folder):
    make_run(folder, "first")
    other = make_run(folder, "second")
    train = other.config.train.model_copy(update={"dropout": 0.7})
    with_config(other, train=train)

    app = open_page(curves="Settings", runs=["first", "second"])

    assert "first, second differ in 1 setting." in texts(app)
