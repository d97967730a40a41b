"""What the robustness table says of a classifier whose weakness is known."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score

from fer_core.classes import CLASS_NAMES, FACE_SIZE, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.errors import DataMissingError, RunError
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS
from tests.builders import make_run

STEP = 30
"""Gray levels between two classes of the faces below."""


def even_faces(labels):
    """Faces of one shade each, which says their class."""
    shades = (20 + STEP * np.asarray(labels)).astype(np.uint8)
    return np.broadcast_to(
        shades[:, None, None, None], (len(shades), FACE_SIZE, FACE_SIZE, 1)
    ).copy()


def by_shade(faces):
    """A classifier that sees nothing but brightness."""
    levels = faces.mean(axis=(1, 2, 3))
    label = np.clip(np.rint((levels - 20) / STEP), 0, NUM_CLASSES - 1).astype(int)
    return np.eye(NUM_CLASSES, dtype=np.float32)[label]


@pytest.fixture(scope="module")
def labels():
    """Every class with a seventh of the faces."""
    return np.tile(np.arange(NUM_CLASSES), 10)


@pytest.fixture(scope="module")
def table(labels):
    return measure.evaluate_robustness(by_shade, even_faces(labels), labels)


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs", "mine")


def row(table, name):
    return table.set_index("corruption").loc[name]


def test_has_a_row_for_every_corruption_after_the_untouched_images(table):
    assert table["corruption"].tolist() == ["clean", *(kind.name for kind in CORRUPTIONS)]
    assert list(table.columns) == list(measure.COLUMNS)
    assert (table["n"] == 70).all()


def test_finds_the_weakness_and_the_class_fallen_back_on(table):
    assert row(table, "clean")["accuracy"] == 1.0
    assert row(table, "turned_left")["accuracy"] == 1.0
    dark = row(table, "low_light")
    assert dark["accuracy"] < 0.5
    assert dark["worst_class"] == "angry"
    assert dark["worst_ratio"] == pytest.approx(dark["predicted_angry"] / dark["true_angry"])
    assert dark["worst_ratio"] > measure.LARGEST_RATIO
    bright = row(table, "over_exposure")
    assert bright["worst_class"] == "surprised"


def test_shares_are_shares(table):
    for columns in (measure.PREDICTED, measure.TRUE):
        np.testing.assert_allclose(table[list(columns)].sum(axis=1), 1)
    np.testing.assert_allclose(table[list(measure.TRUE)], 1 / 7)
    ratios = measure.share_ratios(table)
    np.testing.assert_allclose(ratios[0], 1)
    np.testing.assert_allclose(ratios.max(axis=1), table["worst_ratio"])


def test_figures_are_those_of_scikit_learn_with_an_interval_around(labels):
    answers = np.random.default_rng(3).integers(0, NUM_CLASSES, len(labels))

    def predict(faces):
        return np.eye(NUM_CLASSES, dtype=np.float32)[answers]

    clean = measure.evaluate_robustness(predict, even_faces(labels), labels).iloc[0]
    assert clean["accuracy"] == pytest.approx(accuracy_score(labels, answers))
    assert clean["macro_f1"] == pytest.approx(
        f1_score(labels, answers, labels=range(7), average="macro")
    )
    assert clean["accuracy_low"] < clean["accuracy"] < clean["accuracy_high"]
    np.testing.assert_allclose(
        clean[list(measure.PREDICTED)].astype(float), np.bincount(answers, minlength=7) / 70
    )


def test_copies_of_an_image_are_no_further_evidence(labels):
    answers = np.random.default_rng(3).integers(0, NUM_CLASSES, len(labels)).repeat(4)

    def predict(faces):
        return np.eye(NUM_CLASSES, dtype=np.float32)[answers]

    def width(groups):
        faces = even_faces(labels.repeat(4))
        table = measure.evaluate_robustness(predict, faces, labels.repeat(4), groups=groups)
        return (table["accuracy_high"] - table["accuracy_low"]).iloc[0]

    assert width(np.arange(len(labels)).repeat(4)) > 1.5 * width(None)


def test_a_rare_class_never_counts_as_the_over_predicted_one():
    labels = np.repeat(np.arange(NUM_CLASSES), [20, 2, 20, 20, 20, 20, 20])

    def always_disgusted(faces):
        return np.eye(NUM_CLASSES, dtype=np.float32)[np.ones(len(faces), int)]

    clean = measure.evaluate_robustness(always_disgusted, even_faces(labels), labels).iloc[0]
    assert clean["predicted_disgusted"] == 1.0
    assert clean["worst_class"] != "disgusted"
    assert clean["worst_ratio"] == 0.0


def test_progress_counts_every_prediction_once(labels):
    seen = []
    measure.evaluate_robustness(
        by_shade,
        even_faces(labels),
        labels,
        progress=lambda done, total: seen.append((done, total)),
    )
    total = len(labels) * (1 + len(CORRUPTIONS))
    assert seen[-1] == (total, total)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})


def test_no_face_is_an_error():
    with pytest.raises(RunError, match="no predictions"):
        measure.evaluate_robustness(by_shade, even_faces([]), np.empty(0, np.int8))


def test_the_file_gives_back_what_was_written(run, table):
    assert measure.read(run) is None
    measure.write(run, table)
    pd.testing.assert_frame_equal(measure.read(run), table, rtol=0, atol=1e-6)


def test_a_table_without_a_common_class_survives_the_file(run, table):
    blank = table.assign(worst_class="", worst_ratio=np.nan)
    measure.write(run, blank)
    pd.testing.assert_frame_equal(measure.read(run), blank, rtol=0, atol=1e-6)
    assert measure.most_over_predicted(blank) is None
    assert measure.verdicts(blank)["met"].all()


@pytest.mark.parametrize("damage", ["", "corruption,accuracy\nclean,0.5\n", "\0\0\0"])
def test_a_damaged_file_names_the_command_that_mends_it(run, damage):
    (run.folder / measure.FILE_NAME).write_text(damage, encoding="utf-8")
    with pytest.raises(RunError, match="fer_core evaluate mine --robustness"):
        measure.read(run)


def test_a_file_without_one_of_today_s_corruptions_is_refused(run, table):
    measure.write(run, table[table["corruption"] != "mask"])
    with pytest.raises(RunError, match="another version"):
        measure.read(run)


def test_compares_under_the_same_corruption(table):
    lower = table.assign(accuracy=table["accuracy"] - 0.123)
    beside = measure.compare(table, lower)
    np.testing.assert_allclose(beside["points"], 12.3)
    assert beside["corruption"].tolist() == table["corruption"].tolist()


@pytest.mark.parametrize(
    "change", [{"n": 71}, {"strength": "more"}, {"seed": 9}, {"true_sad": 0.5}], ids=str
)
def test_refuses_to_compare_unlike_tables(table, change):
    with pytest.raises(RunError, match="Measure both again"):
        measure.compare(table, table.assign(**change))


def test_verdicts_hold_the_targets_at_their_limits(table):
    ours = table.assign(accuracy=0.7, worst_ratio=2.0)
    ours.loc[ours["corruption"] == "blur", "worst_ratio"] = 2.01
    theirs = table.assign(accuracy=0.5)
    theirs.loc[theirs["corruption"] == "noise", "accuracy"] = 0.61
    theirs.loc[theirs["corruption"] == "clean", "accuracy"] = 0.99

    judged = measure.verdicts(ours, theirs)

    failed = judged[~judged["met"]]
    assert list(zip(failed["target"], failed["corruption"])) == [
        ("margin", "noise"),
        ("share", "blur"),
    ]
    assert len(judged) == 2 * len(CORRUPTIONS)
    assert set(measure.verdicts(ours)["target"]) == {"share"}


def test_a_corruption_has_its_present_title_whatever_the_file_says(run, table):
    measure.write(run, table.assign(title="as they were"))
    assert measure.read(run)["title"].tolist() == table["title"].tolist()


def test_names_the_hardest_and_the_most_over_predicted(table):
    hardest = measure.hardest(table)
    assert hardest["accuracy"] == table["accuracy"].min()
    assert measure.most_over_predicted(table)["worst_ratio"] == table["worst_ratio"].max()


def test_measures_the_model_of_a_run_on_the_test_images(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(DataMissingError):
        measure.measure(run)

    write_synthetic(tmp_path / "data", train_per_class=1, test_per_class=2)
    with pytest.raises(RunError, match="trained on other images"):
        measure.measure(run)

    other = type(run)(run.folder, run.config.model_copy(update={"synthetic": True}))
    with pytest.raises(RunError, match="trained on other images"):  # drawn as well
        measure.measure(other)

    same = {"data_fingerprint": fer2013.load().fingerprint}
    drawn = type(run)(run.folder, run.config.model_copy(update=same))
    measured = measure.measure(drawn)
    assert (measured["n"] == 2 * len(CLASS_NAMES)).all()
    assert set(measured["model"]) == {run.model_stamp()}
    assert len(run.model_stamp()) == 16

    run.onnx_path.unlink()
    assert run.model_stamp() == ""
    with pytest.raises(RunError, match="no model"):
        measure.measure(drawn)
