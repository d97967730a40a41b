"""Two runs against each other, and the run against the published report."""

from fer_core.evaluation.comparison import compare
from fer_core.evaluation.metrics import evaluate
from fer_core.formats import signed
from tests.builders import make_run, with_config
from tests.pages.evaluation.page import open_page, plain_table, text


def test_sixty_runs_with_long_names_are_compared(runs):
    for number in range(60):
        make_run(runs, f"run-with-a-name-of-forty-characters-{number:04d}", seed=number)
    app = open_page(section="Compare", other="run-with-a-name-of-forty-characters-0007")

    assert not app.exception
    assert app.selectbox(key="other").value.endswith("0007")
    assert len(app.selectbox(key="run").options) == 60


def test_two_runs_are_set_against_each_other(runs):
    mine = make_run(runs, "mine", accuracy=0.8, seed=1).predictions().subset("test")
    theirs = make_run(runs, "other", accuracy=0.3, seed=1).predictions().subset("test")
    app = open_page(run="mine", section="Compare")

    only = (mine.y_pred == mine.y_true) & (theirs.y_pred != theirs.y_true)
    shown = text(app)
    assert "mine is better" in shown
    assert f"{only.sum()} faces that mine gets right and other wrong" in shown
    assert set(app.dataframe[-1].value["path"]) == set(mine.path[only])

    app.segmented_control(key="right-in").set_value("other").run()
    assert not app.exception
    assert "faces that other gets right and mine wrong" in text(app)


def test_mcnemars_test_is_told_in_plain_words(runs):
    mine = make_run(runs, "mine", accuracy=0.6, seed=1).predictions().subset("test")
    theirs = make_run(runs, "other", accuracy=0.55, seed=1).predictions().subset("test")
    result = compare(mine, theirs)

    shown = text(open_page(run="mine", section="Compare"))

    ours, others, points = result.in_percent
    assert f"reaches {ours:.2f} % and " in shown
    assert f" {others:.2f} %: **{signed(points, 2)} points**" in shown
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
        signed(100 * (ours - others)),
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
