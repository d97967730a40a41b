"""The robustness section of the Evaluation page, which reads and never computes."""

import numpy as np
import pytest
import streamlit as st

from fer_core.classes import CLASS_NAMES
from fer_core.evaluation.robustness import measure
from tests.builders import make_run
from tests.pages.opened import at_page


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path / "FER_RUNS_DIR"


@pytest.fixture(scope="module")
def table():
    """Of a classifier that answers `sad` to every noisy face and is right otherwise."""
    labels = np.tile(np.arange(len(CLASS_NAMES)), 20)
    calls = iter(range(99))

    def predict(faces):
        noisy = next(calls) == [*kinds].index("noise")
        answers = np.full(len(labels), CLASS_NAMES.index("sad")) if noisy else labels
        return np.eye(len(CLASS_NAMES), dtype=np.float32)[answers]

    kinds = [measure.CLEAN, *(kind.name for kind in measure.CORRUPTIONS)]
    faces = np.zeros((len(labels), 48, 48, 1), np.uint8)
    return measure.evaluate_robustness(predict, faces, labels)


def add(runs, run_id, table):
    run = make_run(runs, run_id)
    measure.write(run, table.assign(model=measure.model_stamp(run)))
    return run


def open_page(run_id="mine"):
    app = at_page("evaluation")
    app.query_params["run"] = run_id
    app.query_params["section"] = "Robustness"
    return app.run()


def text(app):
    return "\n".join(str(block.value) for block in (*app.markdown, *app.caption, *app.subheader))


def test_a_run_never_measured_gets_the_command(runs):
    make_run(runs, "mine")
    app = open_page()
    assert not app.exception
    assert "mine has not been measured" in text(app)
    assert "python -m fer_core evaluate mine --robustness" in [block.value for block in app.code]


def test_a_run_without_a_model_is_not_told_to_measure(runs):
    make_run(runs, "mine").onnx_path.unlink()
    app = open_page()
    assert not app.exception
    assert "mine left no model file" in text(app)
    assert not any("--robustness" in block.value for block in app.code)


def test_shows_the_worst_case_and_the_class_fallen_back_on(runs, table):
    add(runs, "mine", table)
    app = open_page()
    assert not app.exception
    assert not app.error
    assert not app.warning
    shown = text(app)
    assert "Hardest: **noise, 14.3 %" in shown
    assert "**sad**, given 7.0 times as often" in shown
    assert "met under 11 of 12 corruptions" in shown
    figures = app.dataframe[-1].value.set_index("images")
    assert figures.loc["noise", "accuracy"] == pytest.approx(100 / 7, abs=1e-3)
    assert "points" not in figures.columns


def test_stands_beside_the_baseline_where_that_was_measured(runs, table):
    add(runs, "mine", table)
    lower = table.assign(accuracy=table["accuracy"] - 0.12)
    add(runs, "report-baseline", lower)
    app = open_page()
    assert not app.exception
    assert "10 points above report-baseline: met under 12 of 12" in text(app)
    figures = app.dataframe[-1].value
    np.testing.assert_allclose(figures["points"], 12, atol=1e-3)


def test_says_why_it_is_not_set_against_the_baseline(runs, table):
    add(runs, "mine", table)
    baseline = make_run(runs, "report-baseline")
    assert "evaluate report-baseline --robustness" in text(open_page())
    measure.write(baseline, table.assign(n=7178))
    app = open_page()
    assert not app.exception
    assert "Not compared with report-baseline" in text(app)


def test_a_model_exported_later_is_pointed_out(runs, table):
    run = add(runs, "mine", table)
    measure.write(run, table.assign(model="0" * 16))
    app = open_page()
    assert "re-exported" in app.warning[0].value


def test_a_damaged_table_leaves_the_rest_of_the_page(runs):
    run = make_run(runs, "mine")
    (run.folder / measure.FILE_NAME).write_text("nothing", encoding="utf-8")
    app = open_page()
    assert not app.exception
    assert "damaged" in app.error[0].value
    tables = [body for body in (b.proto.body for b in app.get("html")) if "own_table" in body]
    assert [table.count('scope="row"') for table in tables] == [len(CLASS_NAMES) + 2]
