"""A cell opens its faces, in the order chosen, with the data set and without."""

import re

import numpy as np
import pytest

from fer_core.classes import CLASS_INDEX, FINGERPRINT, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.evaluation.error_analysis import Cell
from fer_core.evaluation.metrics import evaluate
from fer_core.plots.confusion import headline
from fer_core.runs.store import Predictions, Run
from pages.parts.evaluation import confusion
from tests.builders import make_run
from tests.pages.evaluation.page import (
    grid,
    open_page,
    plain_table,
    run_with_images,
    text,
    with_config,
)


def test_a_link_lists_the_cells_images_where_there_are_no_pictures(runs):
    run = make_run(runs, "mine", accuracy=0.3)
    app = open_page(cell="happy-sad")

    test = run.predictions().subset("test")
    inside = (test.y_true == CLASS_INDEX["happy"]) & (test.y_pred == CLASS_INDEX["sad"])
    order = np.argsort(-test.y_score[inside].max(axis=1), kind="stable")
    assert inside.any()
    listed = app.dataframe[0].value
    assert listed["path"].tolist() == test.path[inside][order].tolist()
    expected = 100 * test.y_score[inside][order, CLASS_INDEX["sad"]]
    np.testing.assert_allclose(listed["sad"], expected, rtol=1e-5)
    assert f"{inside.sum()} happy faces taken for sad" in text(app)
    assert "not on this machine" in text(app)


def test_a_cell_shows_its_faces_page_by_page(runs, tmp_path):
    run = run_with_images(runs, tmp_path)
    app = open_page(cell="happy-sad")

    test = run.predictions().subset("test")
    happy = test.where(test.y_true == CLASS_INDEX["happy"])
    order = happy.path[np.argsort(-happy.y_score.max(axis=1), kind="stable")].tolist()
    assert "15 happy faces taken for sad" in text(app)
    shown = grid(app)
    assert len(shown) == 12
    assert all(f"Face {path}]" in label for label, path in zip(shown, order[:12], strict=True))

    app.pagination[0].set_value(2).run()
    assert not app.exception
    shown = grid(app)
    assert len(shown) == 3
    assert all(f"Face {path}]" in label for label, path in zip(shown, order[12:], strict=True))


def test_pictures_of_another_data_set_are_not_shown_as_the_runs(runs, tmp_path):
    run = run_with_images(runs, tmp_path)
    with_config(run, data_fingerprint="1" * 64)
    app = open_page(cell="happy-sad")

    assert not grid(app)
    assert "Set FER_DATA_DIR to that one" in text(app)
    assert len(app.dataframe[0].value) == 15


def test_an_empty_cell_says_so(runs, tmp_path):
    run_with_images(runs, tmp_path)

    assert "No happy faces taken for angry" in text(open_page(cell="happy-angry"))


def test_the_cell_is_kept_when_a_filter_changes(runs):
    with_config(make_run(runs, "mine", accuracy=0.3), data_fingerprint=FINGERPRINT)
    app = open_page(cell="happy-sad")

    app.selectbox(key="subset").set_value("PublicTest").run()

    assert not app.exception
    assert app.selectbox(key="cell").value == "happy-sad"
    assert "happy faces taken for sad" in text(app)


def test_halves_of_other_images_are_not_shown(runs):
    make_run(runs, "mine")

    assert "known for the published data set only" in text(open_page(subset="PrivateTest"))


def test_filters_are_reset_at_once(runs):
    with_config(make_run(runs, "mine", accuracy=0.3), data_fingerprint=FINGERPRINT)
    app = open_page(subset="PublicTest", cell="happy-sad")
    assert "PublicTest" in text(app)

    app.button(key="reset-filters").click().run()

    assert not app.exception
    assert "on all 140 test images" in text(app)
    assert app.selectbox(key="cell").value is None
    assert "reset-filters" not in [button.key for button in app.button]


@pytest.mark.parametrize(
    ("order", "value", "rising"),
    [
        ("Least confident", lambda found: found["confidence"], True),
        ("Most confident", lambda found: found["confidence"], False),
    ],
)
def test_the_faces_of_a_cell_follow_the_order_chosen(runs, order, value, rising):
    make_run(runs, "mine", accuracy=0.3)
    app = open_page(cell="happy-sad", order=order)

    listed = value(app.dataframe[0].value)
    assert listed.is_monotonic_increasing if rising else listed.is_monotonic_decreasing
    assert order.lower() + " first" in text(app)


def test_the_faces_of_a_cell_are_sorted_by_what_other_runs_say(runs):
    names = [f"run-{number}" for number in range(4)]
    answers = [make_run(runs, name, accuracy=0.4, seed=5).predictions() for name in names]
    for number, (name, given) in enumerate(zip(names, answers)):
        scores = given.y_score.copy()
        scores[::3] = np.eye(NUM_CLASSES)[number]  # each run has its own answer to these
        Run(runs / name, None).write_predictions(
            Predictions(given.path, given.split, given.y_true, scores)
        )
    app = open_page(run="run-1", section="Calibration", order="Most disputed", **{"from": "0"})

    assert not app.exception
    assert "most disputed first (answers of 4 runs)" in text(app)
    disputed = app.dataframe[0].value["path"].isin(answers[0].path[::3]).tolist()
    assert any(disputed)
    assert disputed == sorted(disputed, reverse=True)


def test_the_faces_of_a_cell_are_sorted_by_brightness(runs, tmp_path):
    run_with_images(runs, tmp_path)
    app = open_page(cell="happy-sad", order="Darkest")

    test = fer2013.load().test
    brightness = dict(zip(test.paths.tolist(), test.images.mean(axis=(1, 2, 3)).round(1)))
    shown = [brightness[re.search(r"Face (\S+)\]", label)[1]] for label in grid(app)]
    assert len(shown) == 12
    assert shown == sorted(shown)


def test_a_run_on_drawn_faces_is_marked(runs):
    with_config(make_run(runs, "mine"), synthetic=True)

    assert any("learned from drawn faces" in box.value for box in open_page().warning)


def test_a_cell_that_is_none_is_passed_over(runs):
    make_run(runs, "mine")
    app = open_page(cell="happy-glad")

    assert app.selectbox(key="cell").value is None
    assert plain_table(app, "own_table")[1][0] == "angry"


def test_what_was_clicked_is_a_cell():
    point = {"x": "sad", "y": "happy", "customdata": "happy-sad"}
    assert confusion.clicked_cell([point]) == Cell("happy", "sad")
    assert confusion.clicked_cell([]) is None


def test_the_title_speaks_of_what_the_cells_show(runs):
    run = make_run(runs, "mine", accuracy=0.4)
    counts = evaluate(run.predictions().subset("test")).confusion

    for unit, words in confusion.UNITS.items():
        assert f"**{headline(counts, words)}**" in text(open_page(cells=unit))


def test_the_page_opens_with_faces_of_the_largest_error_and_the_way_to_all(runs, tmp_path):
    run_with_images(runs, tmp_path)  # its only error is happy for sad
    app = open_page()

    shown = grid(app)
    assert len(shown) == 3
    assert all("Face test/happy/" in label and " sad " in label for label in shown)
    assert "**Happy faces taken for sad**" in text(app)

    app.button(key="worst-all").click().run()
    assert not app.exception
    assert app.selectbox(key="cell").value == "happy-sad"
    assert app.query_params["cell"] == "happy-sad"
    assert len(grid(app)) == 12


def test_without_the_images_the_page_leads_to_them(runs):
    make_run(runs, "mine", accuracy=0.3)
    app = open_page()

    assert not grid(app)
    assert "not on this machine" in text(app)
    assert "Get the data set" in [link.proto.label for link in app.get("page_link")]


def test_a_run_without_errors_has_no_face_to_show(runs, tmp_path):
    run = run_with_images(runs, tmp_path)
    test = run.predictions()
    right = np.eye(NUM_CLASSES, dtype=np.float32)[test.y_true]
    run.write_predictions(Predictions(test.path, test.split, test.y_true, right))
    app = open_page()

    assert not grid(app)
    assert "No face is taken for another" in text(app)


def test_a_face_names_its_answer_and_its_label(runs, tmp_path):
    run_with_images(runs, tmp_path)
    label = grid(open_page(cell="happy-sad"))[0]
    answer, labelled = label.rpartition(") ")[2].split("\n")
    assert re.fullmatch(r"sad \d+\.\d\s%", answer)
    assert labelled == "label: happy"


def test_a_cell_is_listed_with_its_direction_and_count(runs, tmp_path):
    run_with_images(runs, tmp_path)
    assert "happy → sad (15)" in open_page().selectbox(key="cell").options


def test_runs_are_listed_the_best_first_with_their_accuracy(runs):
    for name, accuracy in (("low", 0.3), ("high", 0.9), ("middle", 0.6)):
        make_run(runs, name, accuracy=accuracy)
    app = open_page(run="low")

    options = app.selectbox(key="run").options
    assert [option.split(",")[0] for option in options] == ["high", "middle", "low"]
    assert all("%" in option for option in options)
    assert [option for option in options if option.endswith("default")]
    app.selectbox(key="run").set_value("middle").run()
    assert not app.exception
    assert "by middle" in text(app)


def test_clearing_the_cell_brings_the_table_back(runs):
    make_run(runs, "mine", accuracy=0.3)
    app = open_page(cell="happy-sad")
    assert "Small figures" not in text(app)
    app.selectbox(key="cell").set_value(None).run()

    assert not app.exception
    assert "Small figures" in text(app)
    assert plain_table(app, "own_table")[1][0] == "angry"
