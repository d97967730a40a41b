"""What the Evaluation page says of a run: matrix, classes, confidence, ranking."""

import numpy as np
import pytest

from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.roc import top_k_accuracy
from fer_core.runs.store import get_run
from pages.parts.evaluation import question
from tests.builders import make_run, with_config
from tests.pages.evaluation.page import open_page, plain_table, text


def test_the_first_screen_is_the_matrix_and_the_table_by_class(runs):
    run = make_run(runs, "mine")
    app = open_page()

    head, *rows = plain_table(app, "own_table")
    assert head == ["class", "F1", "<small>interval</small>", "recall", "precision", "images"]
    assert [row[0] for row in rows] == [*CLASS_NAMES, "macro avg", "weighted avg"]
    first = evaluate(run.predictions().subset("test")).per_class.iloc[0]
    interval = f"{100 * first['f1_low']:.1f}–{100 * first['f1_high']:.1f}"
    scores = [f"{100 * first[name]:.1f} %" for name in ("f1", "recall", "precision")]
    assert rows[0][1:5] == [scores[0], f"<small>{interval}</small>", *scores[1:]]
    assert app.selectbox(key="cell").value is None


def test_the_card_of_any_run_is_saved_from_its_page(runs, monkeypatch):
    make_run(runs, "other")
    saved = {}

    def button(label, data, *, file_name, **_):
        saved[file_name] = data

    monkeypatch.setattr(question.st, "download_button", button)
    open_page(run="other")

    assert saved["other-MODEL_CARD.md"]().startswith("# Model card: other")
    assert "other-report.html" in saved


def test_every_score_has_its_interval_in_the_tables_below(runs):
    run = make_run(runs, "mine")
    app = open_page()
    app.session_state["matrix-table"] = True
    app.run()

    first = evaluate(run.predictions().subset("test")).per_class.iloc[0]
    cells = plain_table(app, "interval_table")[1][1:4]
    for cell, name in zip(cells, ("f1", "recall", "precision"), strict=True):
        interval = f"{100 * first[f'{name}_low']:.1f}–{100 * first[f'{name}_high']:.1f}"
        assert cell == f"{100 * first[name]:.1f} %<small>{interval}</small>"


def test_a_class_without_images_has_dashes_in_the_table(runs):
    run = make_run(runs, "mine")
    everything = run.predictions()
    run.write_predictions(everything.where(everything.y_true != CLASS_INDEX["sad"]))

    rows = plain_table(open_page(), "own_table")

    assert next(row for row in rows if row[0] == "sad") == ["sad", "–", "–", "–", "–", "0"]


def test_the_table_by_class_is_saved_with_its_averages_and_every_bound(runs):
    report = evaluate(make_run(runs, "mine").predictions().subset("test"))

    shown = report.with_intervals()
    saved = report.all_digits()

    assert saved["class"].tolist() == shown["class"].tolist()
    np.testing.assert_array_equal(saved["f1"], shown["f1"])
    bounds = zip(saved["f1_low"], saved["f1_high"])
    texts = ["" if low != low else f"{100 * low:.1f}–{100 * high:.1f}" for low, high in bounds]
    assert texts == shown["f1 interval"].tolist()


def test_a_run_whose_predictions_cannot_be_read_leaves_the_choice_of_another(runs):
    make_run(runs, "good")
    broken = make_run(runs, "broken")
    (broken.folder / "predictions.npz").write_bytes(b"PK\x03\x04 cut short")
    app = open_page(run="broken")

    assert "broken" in app.error[0].value
    app.selectbox(key="run").set_value("good").run()
    assert not app.exception
    assert "by good" in text(app)


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


def test_ranking_names_top_2_accuracy_and_areas(runs):
    run = make_run(runs, "mine")
    app = open_page(section="ROC and PR")

    second = top_k_accuracy(run.predictions().subset("test"), 2)
    assert f"{100 * second:.1f} %" in text(app)
    rows = plain_table(app, "ranking_table")[1:]
    assert [row[0] for row in rows] == [*CLASS_NAMES, "macro avg"]
    assert all(0.5 <= float(row[1]) <= 1 for row in rows)


def test_confidence_marks_the_threshold_and_compares_with_before(runs):
    with_config(make_run(runs, "mine"), temperature=1.5, abstain_below=0.6)
    app = open_page(section="Calibration")

    shown = text(app)
    assert "Before the temperature of 1.5" in shown
    test = get_run("mine", runs).predictions().subset("test")
    sure = test.y_score.max(axis=1) >= 0.6
    assert f"{100 * sure.mean():.1f} % of the images are answered" in shown


def test_the_threshold_says_what_is_answered_and_shows_the_errors_that_remain(runs):
    test = make_run(runs, "mine").predictions().subset("test")
    app = open_page(section="Calibration")
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
    shown = text(open_page(section="Calibration"))

    assert "without a temperature" in shown
    assert "has no threshold to abstain below" in shown


@pytest.mark.parametrize(("old", "new"), [("Confidence", "Calibration"), ("Ranking", "ROC and PR")])
def test_a_link_with_a_tabs_old_name_opens_it(runs, old, new):
    make_run(runs, "mine")
    app = open_page(section=old)
    assert not app.warning
    assert app.query_params["section"] == new
    assert app.session_state["section"] == new
