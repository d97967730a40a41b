"""The Map tab of Evaluation: counts, filters that select by keyboard, and what is missing."""

from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.evaluation import face_map
from fer_core.formats import percent
from fer_core.runs.store import Run
from pages.parts.shared import tables
from tests.builders import make_map, make_onnx, make_pooled, make_run
from tests.pages.opened import at_page


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    made = make_run(tmp_path / "FER_RUNS_DIR", "mine")
    make_pooled(made)
    make_map(made)
    return made


def open_map(state=None, **choices) -> AppTest:
    app = at_page("evaluation", section="Map", **choices)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def listed(app):
    """The names of the selected faces, as without the data set they are listed."""
    return [sorted(item.value["path"]) for item in app.dataframe if "path" in item.value]


def texts(app):
    return [block.value for block in (*app.markdown, *app.caption)]


def test_it_opens_with_every_test_face_counted(run):
    app, test = open_map(), run.predictions().subset("test")

    right = percent((test.y_true == test.y_pred).mean())
    assert f"**140 faces shown**, {right} right" in texts(app)
    assert any("laid out by t-SNE" in text for text in texts(app))
    assert not listed(app), "Faces are listed once some are selected."


def test_what_a_maps_distances_say_goes_by_how_it_was_made(run):
    assert "distances between groups mean little" in "".join(texts(open_map()))
    found = face_map.read(run)
    face_map.write(run, replace(found, method=face_map.Method.PCA))

    told = "".join(texts(open_map()))

    assert "laid out by PCA" in told
    assert "mean little" not in told
    assert "Faces far apart look unlike" in told


def test_class_and_answer_select_without_a_mouse(run):
    app = open_map()
    app.selectbox(key="map-true").set_value("happy").run()
    app.selectbox(key="map-answer").set_value("Wrong").run()

    test = run.predictions().subset("test")
    wrong = test.where((test.y_true == 3) & (test.y_pred != 3))
    assert any(f"**{len(wrong)} faces shown**, 0.0 % right" in text for text in texts(app))
    assert listed(app) == [sorted(wrong.path.tolist())]


def test_what_is_drawn_around_is_counted_and_listed(run):
    rows = [3, 8, 90]
    key = "map-mine-all-test-images-label-Test-Any-Any"
    points = [{"customdata": [row, "", ""]} for row in rows]
    app = open_map({key: {"selection": {"points": points}}})

    assert any("**3 faces selected**" in text for text in texts(app))
    expected = run.predictions().subset("test").path[rows]
    assert listed(app) == [sorted(expected)]


def test_validation_faces_have_a_map_too(run):
    app = open_map(**{"map-split": "Validation", "map-true": "sad", "map-color": "Error"})

    validation = run.predictions().subset("validation")
    count = int((validation.y_true == 5).sum())
    assert any(f"**{count} faces shown**" in text for text in texts(app))
    assert all(path.startswith("train/") for path in listed(app)[0])


def test_what_is_saved_tells_which_images_it_holds(run, monkeypatch):
    saved = {}
    monkeypatch.setattr(
        tables, "csv_button", lambda table, what, name, key: saved.update({key: (table, name)})
    )
    told = {}
    for split in ("Test", "Validation"):
        open_map(**{"map-split": split, "map-true": "sad"})
        table, name = saved["map_faces_csv"]
        told[name.rpartition("-")[0]] = [
            set(table[column]) for column in ("run", "test_images", "passes")
        ]
    assert told == {
        "mine-all-test-images-map": [{"mine"}, {"all test images"}, {"single pass"}],
        "mine-validation-images-map": [{"mine"}, {"validation images"}, {"single pass"}],
    }


def test_without_a_map_the_command_is_named(run):
    (run.folder / "map.npz").unlink()

    app = open_map()

    assert "No map of this run yet" in [block.value for block in app.subheader]
    assert app.code[0].value == "python -m fer_core map mine"


def test_a_map_of_an_older_model_is_told(run):
    make_onnx(run.onnx_path, seed=3)
    make_pooled(run)

    app = open_map()

    assert any("made for an older model" in text for text in texts(app))
    assert app.code[0].value == "python -m fer_core map mine"


def test_a_network_without_features_is_told_so(run):
    (run.folder / "map.npz").unlink()
    make_onnx(run.onnx_path)

    app = open_map()

    assert "This run has no map" in [block.value for block in app.subheader]
    assert not app.code


def test_no_face_left_is_told(run):
    predictions = run.predictions()
    perfect = np.eye(7, dtype=np.float32)[predictions.y_true]
    run.write_predictions(type(predictions)(*list(vars(predictions).values())[:3], perfect))

    app = open_map(**{"map-answer": "Wrong"})

    assert any("No face is left" in block.value for block in app.info)
