"""Evaluation shows a single pass or ten crops, and never one beside the other."""

from fer_core import formats
from tests.builders import make_run, make_ten_crops
from tests.pages.evaluation.page import open_page, text


def right(scores):
    return formats.percent(float((scores.y_pred == scores.y_true).mean()))


def test_the_switch_shows_the_figures_of_ten_crops(runs):
    run = make_run(runs, "mine", accuracy=0.5)
    once, ten = right(run.predictions().subset("test")), right(make_ten_crops(run))
    app = open_page()
    assert f"**{once} accuracy**" in text(app)
    assert "ten crops" not in text(app)

    app.selectbox(key="passes").set_value("Ten crops").run()

    assert f"**{ten} accuracy**" in text(app)
    assert "by mine, ten crops of each." in text(app)

    app.button(key="reset-filters").click().run()
    assert f"**{once} accuracy**" in text(app)


def test_a_run_that_was_not_measured_says_how_to(runs):
    make_run(runs, "mine")
    passes = open_page().selectbox(key="passes")
    assert passes.options == ["Single pass"]
    assert "python -m fer_core evaluate mine --test-time-augmentation" in passes.help


def test_a_link_to_ten_crops_of_a_run_without_is_told(runs):
    make_run(runs, "mine").onnx_path.unlink()
    app = open_page(passes="Ten crops")
    assert "Ten crops" in app.warning[0].value
    assert "because mine left no network" in app.selectbox(key="passes").help


def test_damaged_scores_leave_the_single_pass(runs):
    run = make_run(runs, "mine")
    make_ten_crops(run)
    (run.folder / "ten_crops.npz").write_bytes(b"no such thing")
    passes = open_page().selectbox(key="passes")
    assert passes.options == ["Single pass"]
    assert "damaged" in passes.help


def test_confidence_is_of_the_single_pass_that_the_app_makes(runs):
    make_ten_crops(make_run(runs, "mine"))
    app = open_page(passes="Ten crops", section="Calibration")
    assert "Of a single pass over each image, as the app predicts." in text(app)


def test_only_runs_measured_by_ten_crops_are_compared_by_them(runs):
    for name in ("mine", "measured"):
        make_ten_crops(make_run(runs, name), accuracy=0.6)
    make_run(runs, "unmeasured")

    app = open_page(run="mine", passes="Ten crops", section="Compare")

    others = " ".join(app.selectbox(key="other").options)
    assert "measured" in others
    assert "unmeasured" not in others
    assert "Choose a single pass to compare." in text(app)
