"""What the Evaluation page gives to take along is what its predictions say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from sklearn.metrics import confusion_matrix, precision_score, roc_auc_score
from streamlit.testing.v1 import AppTest

from fer_core import formats
from fer_core.classes import CLASS_NAMES, FINGERPRINT, NUM_CLASSES
from pages.parts.shared import tables
from tests.builders import accuracy, make_run, with_config

APP = str(Path(__file__).resolve().parents[2] / "app.py")


@pytest.fixture
def run(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    other = make_run(tmp_path / "FER_RUNS_DIR", "other", accuracy=0.3)
    mine = make_run(tmp_path / "FER_RUNS_DIR", "mine", accuracy=0.7, seed=1)
    with_config(other, data_fingerprint=FINGERPRINT)
    return with_config(mine, data_fingerprint=FINGERPRINT)


def open_section(name):
    app = AppTest.from_file(APP, default_timeout=120).run()
    app.query_params["run"], app.query_params["section"] = "mine", name
    app.switch_page("pages/evaluation.py").run()
    assert not app.exception
    return app


def test_scores_and_matrix_are_scikit_learns(run, offered):
    open_section("Confusion")
    test = run.predictions().subset("test")

    scores = offered["own_csv"].table.set_index("class")
    expected = precision_score(
        test.y_true, test.y_pred, labels=range(NUM_CLASSES), average=None, zero_division=0
    )
    np.testing.assert_allclose(scores.loc[list(CLASS_NAMES), "precision"], expected)
    matrix = offered["cm_csv"].table[list(CLASS_NAMES)].to_numpy()
    np.testing.assert_array_equal(
        matrix, confusion_matrix(test.y_true, test.y_pred, labels=range(NUM_CLASSES))
    )
    assert offered["own_csv"].name == "mine-all-test-images-classes.csv"


def test_areas_are_scikit_learns(run, offered):
    open_section("ROC and PR")
    test = run.predictions().subset("test")

    areas = offered["ranking_csv"].table.set_index("class")["auc"]
    for label, name in enumerate(CLASS_NAMES):
        expected = roc_auc_score(test.y_true == label, test.y_score[:, label])
        assert areas[name] == pytest.approx(expected)


def test_bins_hold_every_image_and_the_curve_ends_at_the_accuracy(run, offered):
    app = open_section("Calibration")
    app.session_state["confidence-tables"] = True
    assert not app.run().exception
    test = run.predictions().subset("test")

    assert offered["bins_csv"].table["n"].sum() == len(test.y_true)
    everything = offered["coverage_csv"].table.sort_values("coverage").iloc[-1]
    assert everything["accuracy"] == pytest.approx((test.y_pred == test.y_true).mean())


def test_the_difference_of_two_runs_is_that_of_their_matrices(run, offered):
    open_section("Compare")

    difference = offered["difference_csv"]
    assert difference.name == "mine-all-test-images-minus-other.csv"
    assert difference.table[list(CLASS_NAMES)].to_numpy().sum() == 0
    assert set(difference.table["minus"]) == {"other"}


@pytest.mark.parametrize("section", ["Confusion", "Calibration", "ROC and PR", "Compare"])
def test_everything_saved_names_its_run_and_its_test_images(run, offered, section):
    app = open_section(section)
    app.selectbox(key="subset").set_value("PublicTest").run()
    assert not app.exception

    csv = {key: saved for key, saved in offered.items() if saved.name.endswith(".csv")}
    ours = [saved for key, saved in csv.items() if key != "report_csv"]
    assert ours
    for saved in ours:
        assert saved.name.startswith("mine-PublicTest-"), saved.name
        assert set(saved.table["run"]) == {"mine"}
        assert set(saved.table["test_images"]) == {"PublicTest"}


def test_a_saved_table_keeps_its_digits_and_has_no_row_numbers(offered):
    tables.csv_button(pd.DataFrame({"share": [1 / 3]}), "shares", "shares", "shares")

    assert offered["shares"].table["share"].tolist() == [1 / 3]
    assert offered["shares"].table.columns.tolist() == ["share"]


def test_the_report_and_the_card_are_of_the_run_that_is_shown(run, offered):
    open_section("Figures")

    report, card = offered["html_report"], offered["model_card"]
    assert (report.name, card.name) == ("mine-report.html", "mine-MODEL_CARD.md")
    right = formats.percent(accuracy(run.predictions().subset("test")))
    for content in (report.content.decode(), card.content.decode()):
        assert "mine" in content
        assert right in content.replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ")
