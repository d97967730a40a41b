"""The robustness section of the Evaluation page, which reads and never computes."""

import re

import numpy as np
import pytest
import streamlit as st

from fer_core.classes import CLASS_NAMES, FINGERPRINT
from fer_core.data import fer2013
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS
from fer_core.images import png_url
from pages.parts.shared import tables
from tests.builders import make_dataset, make_predictions, make_run, with_config
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
    measure.write(run, table.assign(model=run.model_stamp()))
    return run


def open_page(run_id="mine"):
    app = at_page("evaluation")
    app.query_params["run"] = run_id
    app.query_params["section"] = "Robustness"
    return app.run()


def html_of(app):
    return next(
        b.proto.body for b in app.get("html") if 'data-testid="robustness_table"' in b.proto.body
    )


def rows_of(app):
    """The table's cells as text, a list a row, the heading first."""
    rows = re.findall(r"<tr.*?</tr>", html_of(app))
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells]


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


def test_shows_each_corruption_on_a_face_beside_what_it_costs(runs, table):
    add(runs, "mine", table)
    app = open_page()
    assert not app.exception
    assert not app.error
    assert not app.warning
    shown = text(app)
    assert "**Hardest corruption: noise, 100.0 % falls to 14.3 %**" in shown
    assert "**Most over-predicted: sad, 7.0 times its true share (noise)**" in shown
    head, clean, *rows = rows_of(app)
    assert head == ["images", "mine", "changepoints"]
    assert [row[0] for row in rows] == [kind.title + kind.meaning for kind in CORRUPTIONS]
    assert clean[1:] == ["100.0 %100.0–100.0", "–"]
    assert next(row for row in rows if row[0].startswith("noise"))[2] == "−85.7"
    pictures = re.findall(r'src="(data:[^"]+)" alt="([^"]+)"', html_of(app))
    assert [alt for _, alt in pictures[1:]] == [f"A face, {kind.title}" for kind in CORRUPTIONS]
    assert len({url for url, _ in pictures}) == len(CORRUPTIONS) + 1


def test_the_face_can_be_another(runs, table):
    add(runs, "mine", table)
    app = open_page()
    before = html_of(app)

    app.selectbox(key="example-face").set_value("Drawn face, happy").run()

    assert not app.exception
    assert html_of(app) != before


def test_the_example_of_the_upload_page_is_not_asked_for_here(runs, table):
    add(runs, "mine", table)
    app = at_page("upload").run()
    app.button(key="sample-astronaut").click().run()

    app.query_params.clear()
    app.switch_page("pages/evaluation.py")
    app.query_params["section"] = "Robustness"
    app.run()

    assert rows_of(app)
    assert "sample" not in app.query_params


def test_a_test_image_shows_the_corruptions_where_the_data_set_is_here(runs, table, tmp_path):
    dataset = fer2013.load(make_dataset(tmp_path / "FER_DATA_DIR", 2, 2))
    add(runs, "mine", table)
    app = open_page()

    happy = dataset.test.images[dataset.test.labels == CLASS_NAMES.index("happy")][0, ..., 0]
    assert app.selectbox(key="example-face").value == "Test image, happy"
    assert png_url(happy) in html_of(app)


def test_images_that_cannot_be_read_leave_the_table(runs, table, tmp_path):
    folder = make_dataset(tmp_path / "FER_DATA_DIR", 2, 2)
    for file in (folder / "test" / "sad").iterdir():
        file.write_bytes(b"nothing")
    add(runs, "mine", table)
    app = open_page()
    assert not app.exception
    assert not app.error
    assert "The astronaut stands in for a test image." in text(app)
    assert rows_of(app)[1][0].startswith("clean")


def test_stands_beside_other_runs_that_were_measured_on_the_same_images(runs, table):
    add(runs, "mine", table)
    add(runs, "report-baseline", table.assign(accuracy=table["accuracy"] - 0.12))
    add(runs, "other", table.assign(accuracy=0.5))
    add(runs, "unlike", table.assign(n=7178))
    app = open_page()
    assert not app.exception
    assert sorted(app.multiselect(key="beside").options) == ["other", "report-baseline"]
    assert rows_of(app)[0][3:] == ["report-baseline"]
    assert rows_of(app)[1][3] == "88.0 %"

    app.multiselect(key="beside").set_value(["report-baseline", "other"]).run()
    assert rows_of(app)[0][3:] == ["report-baseline", "other"]
    assert rows_of(app)[2][4] == "50.0 %"


def test_runs_to_stand_beside_are_offered_best_first(runs, table):
    add(runs, "mine", table)
    for name, accuracy in (("poor", 0.2), ("good", 0.9), ("fair", 0.5)):
        run = add(runs, name, table)
        run.write_predictions(make_predictions(140, accuracy))
    assert open_page().multiselect(key="beside").options == ["good", "fair", "poor"]


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
    assert "accuracy** " in text(app)


def test_a_damaged_table_of_another_run_is_left_out(runs, table):
    add(runs, "mine", table)
    (make_run(runs, "other").folder / measure.FILE_NAME).write_text("nothing", encoding="utf-8")
    app = open_page()
    assert not app.exception
    assert not app.error
    assert app.multiselect(key="beside").options == []


def test_what_is_saved_is_of_all_test_images_whatever_is_chosen(runs, table, monkeypatch):
    with_config(add(runs, "mine", table), data_fingerprint=FINGERPRINT)
    saved = {}
    monkeypatch.setattr(
        tables, "csv_button", lambda table, what, name, key: saved.update({key: (table, name)})
    )
    app = at_page("evaluation", run="mine", section="Robustness", subset="PublicTest").run()
    assert not app.exception
    rows, name = saved["robustness_csv"]
    assert name == "mine-all-test-images-robustness"
    assert set(rows["test_images"]) == {"all test images"}
