"""The Evaluation page: cells that open, further questions, each without the data set too."""

import re
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.classes import CLASS_INDEX, CLASS_NAMES, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.evaluation.comparison import compare
from fer_core.evaluation.error_analysis import Cell
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.roc import top_k_accuracy
from fer_core.plots.confusion import headline
from fer_core.runs.store import Predictions, Run
from pages.parts.evaluation import confusion
from tests.builders import make_dataset, make_run

APP = str(Path(__file__).resolve().parents[2] / "app.py")


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path / "FER_RUNS_DIR"


def open_page(**choices):
    app = AppTest.from_file(APP, default_timeout=60)
    app.run()
    for name, value in choices.items():
        app.query_params[name] = value
    app.switch_page("pages/evaluation.py").run()
    assert not app.exception
    return app


def text(app):
    shown = (*app.markdown, *app.caption, *app.subheader, *app.error)
    return "\n".join(str(block.value) for block in shown)


def with_config(run, **changes):
    changed = Run(run.folder, run.config.model_copy(update=changes))
    changed.write_config()
    return changed


def run_with_images(runs, tmp_path):
    """A run on a small data set of noise, which is on this machine; happy is called sad."""
    dataset = fer2013.load(make_dataset(tmp_path / "FER_DATA_DIR", 4, 15))
    labels = dataset.test.labels
    scores = np.random.default_rng(0).dirichlet(np.ones(NUM_CLASSES), len(labels))
    answers = np.where(labels == CLASS_INDEX["happy"], CLASS_INDEX["sad"], labels)
    scores[np.arange(len(labels)), answers] += 1
    scores = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    run = with_config(make_run(runs, "mine"), data_fingerprint=dataset.fingerprint)
    split = np.repeat(["test"], len(labels))
    run.write_predictions(Predictions(dataset.test.paths, split, labels, scores))
    return run


def plain_table(app, key):
    """Cells of a table that is drawn as HTML, a list a row, the heading first."""
    body = next(b.proto.body for b in app.get("html") if f'data-testid="{key}"' in b.proto.body)
    rows = re.findall(r"<tr.*?</tr>", body)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def grid(app):
    """Labels of the faces on show."""
    return [button.label for button in app.button if button.label.startswith("![")]


def test_the_first_screen_is_the_matrix_and_the_table_by_class(runs):
    run = make_run(runs, "mine")
    app = open_page()

    head, *rows = plain_table(app, "own_table")
    assert head == ["class", "F1", "recall", "precision", "images"]
    assert [row[0] for row in rows] == [*CLASS_NAMES, "macro avg", "weighted avg"]
    first = evaluate(run.predictions().subset("test")).per_class.iloc[0]
    for cell, name in zip(rows[0][1:4], ("f1", "recall", "precision")):
        interval = f"{100 * first[f'{name}_low']:.1f}–{100 * first[f'{name}_high']:.1f}"
        assert cell == f"{100 * first[name]:.1f} %<small>{interval}</small>"
    assert app.selectbox(key="cell").value is None


def test_a_class_without_images_has_dashes_in_the_table(runs):
    run = make_run(runs, "mine")
    everything = run.predictions()
    run.write_predictions(everything.where(everything.y_true != CLASS_INDEX["sad"]))

    rows = plain_table(open_page(), "own_table")

    assert next(row for row in rows if row[0] == "sad") == ["sad", "–", "–", "–", "0"]


def test_the_table_by_class_is_saved_with_its_averages_and_every_bound(runs):
    report = evaluate(make_run(runs, "mine").predictions().subset("test"))

    shown = report.with_intervals()
    saved = report.all_digits()

    assert saved["class"].tolist() == shown["class"].tolist()
    np.testing.assert_array_equal(saved["f1"], shown["f1"])
    bounds = zip(saved["f1_low"], saved["f1_high"])
    texts = ["" if low != low else f"{100 * low:.1f}–{100 * high:.1f}" for low, high in bounds]
    assert texts == shown["f1 interval"].tolist()


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
    assert "not the one that this run was made with" in text(app)
    assert len(app.dataframe[0].value) == 15


def test_an_empty_cell_says_so(runs, tmp_path):
    run_with_images(runs, tmp_path)

    assert "No happy faces taken for angry" in text(open_page(cell="happy-angry"))


def test_the_cell_is_kept_when_a_filter_changes(runs):
    make_run(runs, "mine", accuracy=0.3)
    app = open_page(cell="happy-sad")

    app.selectbox(key="subset").set_value("PublicTest").run()

    assert not app.exception
    assert app.selectbox(key="cell").value == "happy-sad"
    assert "happy faces taken for sad" in text(app)


def test_filters_are_reset_at_once(runs):
    make_run(runs, "mine", accuracy=0.3)
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
    app = open_page(run="run-1", section="Confidence", order="Most disputed", **{"from": "0"})

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


def test_a_run_whose_predictions_cannot_be_read_leaves_the_choice_of_another(runs):
    make_run(runs, "good")
    broken = make_run(runs, "broken")
    (broken.folder / "predictions.npz").write_bytes(b"PK\x03\x04 cut short")
    app = open_page(run="broken")

    assert "broken" in app.error[0].value
    app.selectbox(key="run").set_value("good").run()
    assert not app.exception
    assert "by good" in text(app)


def test_sixty_runs_with_long_names_are_compared(runs):
    for number in range(60):
        make_run(runs, f"run-with-a-name-of-forty-characters-{number:04d}", seed=number)
    app = open_page(section="Compare", other="run-with-a-name-of-forty-characters-0007")

    assert not app.exception
    assert app.selectbox(key="other").value.endswith("0007")
    assert len(app.selectbox(key="run").options) == 60


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


@pytest.mark.parametrize(
    ("order", "column"),
    [
        ("Lowest F1 first", "f1"),
        ("Lowest recall first", "recall"),
        ("Fewest images first", "support"),
    ],
)
def test_the_table_by_class_is_sorted_and_its_averages_stay_below(runs, order, column):
    run = make_run(runs, "mine", accuracy=0.4)
    app = open_page()
    app.selectbox(key="classes").set_value(order).run()

    scores = evaluate(run.predictions().subset("test")).per_class
    expected = scores.sort_values(column, kind="stable")["class"].tolist()
    names = [row[0] for row in plain_table(app, "own_table")[1:]]
    assert names == [*expected, "macro avg", "weighted avg"]


def test_clearing_the_cell_brings_the_table_back(runs):
    make_run(runs, "mine", accuracy=0.3)
    app = open_page(cell="happy-sad")
    app.selectbox(key="cell").set_value(None).run()

    assert not app.exception
    assert plain_table(app, "own_table")[1][0] == "angry"


def test_ranking_names_top_2_accuracy_and_areas(runs):
    run = make_run(runs, "mine")
    app = open_page(section="Ranking")

    second = top_k_accuracy(run.predictions().subset("test"), 2)
    assert f"{100 * second:.1f} %" in text(app)
    rows = plain_table(app, "ranking_table")[1:]
    assert [row[0] for row in rows] == [*CLASS_NAMES, "macro avg"]
    assert all(0.5 <= float(row[1]) <= 1 for row in rows)


def test_confidence_marks_the_threshold_and_compares_with_before(runs):
    with_config(make_run(runs, "mine"), temperature=1.5, abstain_below=0.6)
    app = open_page(section="Confidence")

    shown = text(app)
    assert "Before the temperature of 1.5" in shown
    test = Run(runs / "mine", None).predictions().subset("test")
    sure = test.y_score.max(axis=1) >= 0.6
    assert f"{100 * sure.mean():.1f} % of the images are answered" in shown


def test_the_threshold_says_what_is_answered_and_shows_the_errors_that_remain(runs):
    test = make_run(runs, "mine").predictions().subset("test")
    app = open_page(section="Confidence")
    app.slider(key="from").set_value(70).run()

    sure = test.y_score.max(axis=1) >= 0.7
    right = test.y_pred == test.y_true
    assert (
        f"**From 70.0 % confidence on it answers {100 * sure.mean():.1f} % of the images; "
        f"{100 * right[sure].mean():.1f} % of those are right**" in text(app)
    )
    assert f"**{(sure & ~right).sum()} wrong answers given with 70.0 % confidence" in text(app)
    listed = app.dataframe[0].value
    assert set(listed["path"]) == set(test.path[sure & ~right])
    assert listed["confidence"].is_monotonic_decreasing


def test_a_run_without_threshold_or_temperature_says_so(runs):
    make_run(runs, "mine")
    shown = text(open_page(section="Confidence"))

    assert "without a temperature" in shown
    assert "has no threshold to abstain below" in shown


def test_two_runs_are_set_against_each_other(runs):
    mine = make_run(runs, "mine", accuracy=0.8, seed=1).predictions().subset("test")
    theirs = make_run(runs, "other", accuracy=0.3, seed=1).predictions().subset("test")
    app = open_page(run="mine", section="Compare")

    only = (mine.y_pred == mine.y_true) & (theirs.y_pred != theirs.y_true)
    shown = text(app)
    assert "mine is better" in shown
    assert f"{only.sum()} faces that mine gets right and other wrong" in shown
    assert set(app.dataframe[-1].value["path"]) == set(mine.path[only])

    app.segmented_control(key="right-in").set_value("the other").run()
    assert not app.exception
    assert "faces that other gets right and mine wrong" in text(app)


def test_mcnemars_test_is_told_in_plain_words(runs):
    mine = make_run(runs, "mine", accuracy=0.6, seed=1).predictions().subset("test")
    theirs = make_run(runs, "other", accuracy=0.55, seed=1).predictions().subset("test")
    result = compare(mine, theirs)

    shown = text(open_page(run="mine", section="Compare"))

    assert f"Only mine is right on {result.only_a} images, only other on {result.only_b}." in shown
    assert f"with a probability of {100 * result.p_value:.1f} % (McNemar's exact test)" in shown


def test_f1_of_both_runs_stands_side_by_side(runs):
    mine = evaluate(make_run(runs, "mine", seed=1).predictions().subset("test"))
    theirs = evaluate(make_run(runs, "other", accuracy=0.3).predictions().subset("test"))

    head, first, *_, mean = plain_table(open_page(run="mine", section="Compare"), "f1_table")

    assert head == ["F1", "mine", "other", "points", "images"]
    ours, others = mine.per_class["f1"][0], theirs.per_class["f1"][0]
    assert first[1:4] == [
        f"{100 * ours:.1f} %",
        f"{100 * others:.1f} %",
        f"{100 * (ours - others):+.1f}",
    ]
    assert mean[1] == f"{100 * mine.macro_f1:.1f} %"


def test_the_report_is_set_against_the_images_that_it_is_of_alone(runs):
    make_run(runs, "mine")
    app = open_page(section="Compare")

    assert "does not compare with these 140" in text(app)
    assert not any("beside the report" in chart.proto.alt for chart in app.get("plotly_chart"))
    assert plain_table(app, "report_table")[1][0] == "angry"


def test_runs_on_other_images_are_not_compared(runs):
    make_run(runs, "mine")
    with_config(make_run(runs, "other"), data_fingerprint="1" * 64)

    assert "No other run was evaluated" in text(open_page(run="mine", section="Compare"))
