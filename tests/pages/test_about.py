"""The About page answers without a run, without data, and with the served model's own card."""

import pytest
import streamlit as st

from fer_core.data import fer2013
from fer_core.runs.store import Predictions
from tests.builders import make_dataset, make_run, with_config
from tests.pages.opened import at_page

TOPICS = ("Limits", "Law", "Privacy", "The student report", "Model card", "Data card", "Licences")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path


def open_page(topic="Limits"):
    app = at_page("about", 120)
    app.query_params["topic"] = topic
    app.run()
    assert not app.exception
    return app


def texts(app):
    return "\n".join(block.value for block in (*app.markdown, *app.caption, *app.subheader))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_opens_on_an_empty_machine(folder, topic):
    app = open_page(topic)

    assert "prohibited in the EU" in texts(app)
    assert any("fer_core train" in block.value for block in app.code)


def test_the_first_screen_has_the_served_models_accuracy(folder):
    run = make_run(folder / "FER_RUNS_DIR", "mine")
    test = run.predictions().subset("test")

    app = open_page()

    wrong = 100 * (test.y_pred != test.y_true).mean()
    assert f"{wrong:.1f} % of the test images are classified wrongly" in texts(app)
    shown = "".join(block.proto.body for block in app.get("html"))
    assert f">{100 * (test.y_pred == test.y_true).mean():.1f} % <small>" in shown
    assert ">not measured<" in shown


def test_the_card_on_the_page_is_the_generated_one(folder):
    make_run(folder / "FER_RUNS_DIR", "mine")

    app = open_page("Model card")
    shown = texts(app)

    for title in ("By class", "Calibration", "Robustness", "How to cite"):
        assert title in shown
    assert "@software{fer_dashboard_mine" in shown
    assert "The images are not on this machine" in shown
    assert "Get the data set" in [link.proto.label for link in app.get("page_link")]


def test_failures_are_pictures_where_the_data_set_is_there(folder):
    make_dataset(folder / "FER_DATA_DIR")
    dataset = fer2013.load()
    run = make_run(folder / "FER_RUNS_DIR", "mine")
    found = run.predictions()
    validation, test = found.subset("validation"), found.subset("test")
    n = len(dataset.test)
    run.write_predictions(
        Predictions(dataset.test.paths, test.split[:n], dataset.test.labels, validation.y_score[:n])
    )
    with_config(run, data_fingerprint=dataset.fingerprint)

    app = open_page("Model card")

    assert any("fer-faces" in block.proto.body for block in app.get("html"))


def test_law_and_privacy_name_their_articles_and_servers(folder):
    assert "Art. 5(1)(f)" in texts(open_page("Law"))
    privacy = texts(open_page("Privacy"))
    assert "stun:" in privacy
    assert "cdn.jsdelivr.net" in privacy


def test_licences_name_what_is_shipped_and_installed(folder):
    shown = texts(open_page("Licences"))

    assert "plotly.js" in shown
    assert "ONNX Runtime Web" in shown
    assert "| streamlit |" in shown


def test_an_unknown_topic_in_a_link_is_told(folder):
    app = open_page("Nonsense")
    assert any("Nonsense" in warning.value for warning in app.warning)


def test_the_report_is_introduced_with_its_figure_and_its_contradiction(folder):
    shown = texts(open_page("The student report"))

    assert "52.4 %" in shown
    assert "`report-baseline`" in shown
    assert "softmax" in shown


def test_a_link_with_a_topics_old_name_opens_it(folder):
    app = open_page("The report")
    assert not app.warning
    assert "52.4 %" in texts(app)
