"""What the Dataset page says is wrong with the images and their labels."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from streamlit.testing.v1 import AppTest

from fer_core.data import fer2013
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.quality import label_report
from fer_core.quality.audit import audit
from fer_core.quality.audit_report import machine_folder, write_audit
from fer_core.quality.label_report import Agreement, LabelQuality, QualityFacts, write_quality
from tests.pages.dataset.page import (
    caption,
    faces,
    go_to,
    open_page,
    rows_of,
    text_of,
)
from tests.pages.offered import Offered


def test_the_published_audit_lists_files_without_columns_that_say_nothing() -> None:
    page = open_page()
    go_to(page, "Audit")
    assert not page.exception
    files = page.dataframe[-1].value
    assert len(files) == 1271
    assert not files.isna().all().any()


def test_the_first_screen_says_what_is_wrong_with_the_published_images() -> None:
    text = text_of(open_page())
    assert "35,887 images in seven classes" in text
    assert "**16.6 times** as many happy as disgusted faces" in text
    assert "**568** test images that are also in training" in text
    assert "**57** groups of identical images with different labels" in text
    assert "of training labels that FER+, a relabelling by ten people, contradicts" in text


def test_an_exclude_list_without_images_cannot_be_downloaded() -> None:
    page = open_page()
    go_to(page, "Label quality")
    exclude = page.get("download_button")
    assert not any(button.proto.disabled for button in exclude)
    page.selectbox(key="given").set_value("happy")
    page.selectbox(key="suggested").set_value("happy").run()
    assert [button.proto.disabled for button in page.get("download_button")] == [True, True]


def test_the_exclude_list_says_what_it_holds_of_each_finding() -> None:
    page = open_page()
    go_to(page, "Audit")
    assert "--preset tiny --run-id mine --exclude-list FILE" in text_of(page)  # tiny is taken
    assert "It holds the training images of this finding" in text_of(page)
    page.selectbox(key="finding").set_value("near copies").run()
    assert "It holds all but one of each group's training images" in text_of(page)


def test_without_an_audit_the_tab_says_how_to_make_one(page: AppTest) -> None:
    go_to(page, "Audit")
    assert not page.exception
    assert "0 groups of identical images" in text_of(page)
    assert "have not been audited yet" in text_of(page)
    assert page.code[0].value == "python -m fer_core data audit"


def test_an_audit_of_these_images_is_shown_as_pictures_and_lists(
    data_dir: Path, offered: dict[str, Offered]
) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data_dir / "train" / "sad" / "im0.png", data_dir / "test" / "happy" / "im9.png")
    dataset = fer2013.load(data_dir)
    write_audit(audit(dataset, None), machine_folder(dataset.fingerprint))
    page = open_page()
    go_to(page, "Audit")
    assert not page.exception
    table = rows_of(page, "audit-table")
    assert table["in train and test"] == ["1", "2", "1"]
    assert table["nearly empty"][0] == "–"
    assert "no face found" not in table
    assert page.selectbox(key="finding").value == "in train and test"
    assert [caption(b) for b in faces(page)] == ["sad train\nim0.png", "happy test\nim9.png"]
    listed, excluded = offered["audit-csv"].table, offered["audit-exclude"]
    assert listed["path"].tolist() == ["train/sad/im0.png", "test/happy/im9.png"]
    assert excluded.table["path"].tolist() == ["train/sad/im0.png"]
    assert excluded.name == "exclude-in-train-and-test.csv"
    page.selectbox(key="finding").set_value("nearly empty").run()
    assert not page.exception
    assert "None found" in text_of(page)


def test_without_a_list_of_labels_the_tab_says_how_to_make_one(page: AppTest) -> None:
    go_to(page, "Label quality")
    assert not page.exception
    assert "have not been checked yet" in text_of(page)
    assert "label-quality" in page.code[0].value


def test_suspicious_labels_stand_beside_the_suggestion_and_ferplus(
    data_dir: Path, offered: dict[str, Offered]
) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    dataset = fer2013.load(data_dir)
    write_quality(quality_of(dataset.fingerprint), label_report.machine_folder(dataset.fingerprint))
    page = open_page()
    go_to(page, "Label quality")
    assert not page.exception
    boxes = "".join(block.proto.body for block in page.get("html"))
    values = re.findall(r'class="value">([^<]+)<', boxes)
    assert values == ["50.0 %", "25.0 %", "1 of 2", "1 of 2"]
    assert [caption(b) for b in faces(page)] == [
        "given sad, suggested happy, FER+ happy",
        "given angry, suggested sad, FER+ undecided",
    ]
    page.session_state["labels-box"] = True
    page.run()
    (table,) = (grid.value for grid in page.dataframe)
    assert "given" not in table, "The folder says it."
    assert table["score"].tolist() == [90.0, 80.0], "How suspicious a label is, as everywhere."
    page.toggle(key="confirmed").set_value(True).run()
    assert [caption(b) for b in faces(page)] == ["given sad, suggested happy, FER+ happy"]
    assert offered["labels-exclude"].table.to_dict("list") == {"path": ["train/sad/im1.png"]}
    assert offered["labels-csv"].table["suggested"].tolist() == ["happy"]
    page.selectbox(key="given").set_value("fearful").run()
    assert not page.exception
    assert "No listed image matches" in text_of(page)


def test_where_ferplus_has_no_votes_nothing_is_said_of_them(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    dataset = fer2013.load(data_dir)
    checked = quality_of(dataset.fingerprint)
    rows = checked.rows.assign(ferplus="", ferplus_given=np.nan, ferplus_suggested=np.nan)
    facts = checked.facts.model_copy(update={"agreement": None})
    write_quality(LabelQuality(facts, rows), label_report.machine_folder(dataset.fingerprint))
    page = open_page()
    go_to(page, "Label quality")
    page.session_state["labels-box"] = True
    page.run()
    assert not page.exception
    assert [caption(b) for b in faces(page)] == [
        "given sad, suggested happy",
        "given angry, suggested sad",
    ]
    (table,) = (grid.value for grid in page.dataframe)
    assert not any("ferplus" in name for name in table)
    told = [line for line in text_of(page).splitlines() if "FER+" in line]
    assert len(told) == 1
    assert "FER+'s votes are for the published images only, so the list is not checked" in told[0]


def quality_of(fingerprint: str) -> LabelQuality:
    """Two suspicious labels, one of them confirmed."""
    facts = QualityFacts(
        fingerprint=fingerprint,
        preset="hog-svm",
        model="hog-svm",
        setting="C=1",
        folds=2,
        seed=0,
        images=56,
        accuracy=0.5,
        suspicious=2,
        agreement=Agreement(
            judged=2,
            with_majority=1,
            errors=1,
            suggested_right=1,
            all_images=56,
            all_with_majority=50,
            all_errors=14,
        ),
        versions={},
    )
    rows = pd.DataFrame(
        {
            "path": ["train/sad/im1.png", "train/angry/im2.png"],
            "given": ["sad", "angry"],
            "suggested": ["happy", "sad"],
            "score": [0.1, 0.2],
            "p_given": [0.1, 0.2],
            "p_suggested": [0.9, 0.6],
            "ferplus": ["happy", ""],
            "ferplus_given": [0.1, 0.4],
            "ferplus_suggested": [0.9, 0.4],
        }
    )
    return LabelQuality(facts, rows)
