"""The Review tab: deciding, taking back, continuing; whose decisions are kept where."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.classes import CLASS_INDEX
from fer_core.data import fer2013
from fer_core.data.ferplus import ANSWERS
from fer_core.data.kept_changes import keep_review
from fer_core.data.label_review import Decision, Review, Ruling, read_review
from fer_core.data.label_review_file import own_review
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.quality import label_report
from fer_core.quality.label_report import write_quality
from fer_core.runs.store import Predictions
from pages.parts.shared import image_facts, memory, owner, review_link
from tests.builders import make_run, with_config
from tests.pages.dataset.page import captions, faces, go_to, open_page, text_of
from tests.pages.dataset.test_findings import quality_of
from tests.pages.offered import Offered

FIRST, SECOND = "train/sad/im1.png", "train/angry/im2.png"


@pytest.fixture
def data(data_dir: Path, tmp_path: Path) -> fer2013.Dataset:
    """Drawn faces of which two labels are suspected."""
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    dataset = fer2013.load(data_dir)
    folder = label_report.machine_folder(dataset.fingerprint)
    write_quality(quality_of(dataset.fingerprint), folder)
    return dataset


def _opened() -> AppTest:
    page = open_page()
    go_to(page, "Review")
    return page


def _press(page: AppTest, name: str) -> None:
    page.button(key=f"review-{name}").click().run()
    assert not page.exception


def _face(page: AppTest) -> str:
    return captions(page)[0]


def _progress(page: AppTest) -> str:
    return page.get("progress")[0].proto.text


def test_one_face_after_another_is_decided_and_saved_at_once(
    data: fer2013.Dataset, offered: dict[str, Offered]
):
    page = _opened()
    assert _face(page) == FIRST
    assert "Labelled **sad**, suggested **happy**." in text_of(page)
    assert _progress(page) == "**0 of 2 reviewed**"
    _press(page, "Happy")
    assert _face(page) == SECOND
    assert _progress(page) == "**1 of 2 reviewed**"
    saved = read_review(paths.label_review_file(), data)
    assert {r.path: (r.decision, r.new_label) for r in saved.rulings.values()} == {
        FIRST: (Decision.RELABEL, "happy")
    }
    _press(page, "Exclude the image")
    assert "All of these are reviewed" in text_of(page)
    page.button(key="review-again").click().run()
    assert "Your decision: **relabel to happy**." in text_of(page)
    assert _progress(page) == "**2 of 2 reviewed**"
    assert len(read_review(paths.label_review_file(), data)) == 2
    assert offered["review-download"].content == paths.label_review_file().read_bytes()
    _press(page, "Keep the label")
    assert _face(page) == SECOND
    _press(page, "Keep the label")
    assert "All of these are reviewed" in text_of(page)


def test_who_skipped_a_face_is_done_with_the_last_one_that_was_open(data: fer2013.Dataset):
    page = _opened()
    _press(page, "Skip")
    _press(page, "Keep the label")
    assert _face(page) == FIRST
    _press(page, "Keep the label")
    assert "All of these are reviewed" in text_of(page)


def test_decisions_are_kept_where_the_owner_says(
    data: fer2013.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    beside = paths.label_review_file()
    monkeypatch.setenv(paths.LABEL_REVIEW_VARIABLE, str(tmp_path / "mine" / "decisions.csv"))
    _press(_opened(), "Happy")
    assert list(read_review(tmp_path / "mine" / "decisions.csv", data).rulings) == [FIRST]
    assert not beside.exists()


def test_the_label_itself_cannot_be_given_anew_and_keys_are_shown(data: fer2013.Dataset):
    page = _opened()
    assert page.button(key="review-Sad").disabled
    shown = {b.label: b.proto.shortcut for b in page.button if b.proto.shortcut}
    assert shown == {
        **{"Keep the label": "k", "Exclude the image": "x", "Undo": "u", "Back": "p", "Skip": "n"},
        **{"Angry": "1", "Disgusted": "2", "Fearful": "3", "Happy": "4", "Neutral": "5"},
        **{"Sad": "6", "Surprised": "7"},
    }


def test_several_decisions_are_taken_back_one_after_another(data: fer2013.Dataset):
    page = _opened()
    assert page.button(key="review-Undo").disabled
    _press(page, "Keep the label")
    _press(page, "Keep the label")
    _undo(page)
    assert _face(page) == SECOND
    _undo(page)
    assert _face(page) == FIRST
    assert _progress(page) == "**0 of 2 reviewed**"
    assert page.button(key="review-Undo").disabled
    assert len(read_review(paths.label_review_file(), data)) == 0


def _undo(page: AppTest) -> None:
    page.button(key="review-Undo").click().run()
    assert not page.exception


def test_after_a_reload_decisions_are_taken_back_too_the_latest_first(data: fer2013.Dataset):
    page = _opened()
    _press(page, "Keep the label")
    _press(page, "Exclude the image")
    page = _opened()
    assert f"Last decision: exclude, {SECOND}." in text_of(page)
    _undo(page)
    assert _face(page) == SECOND
    _undo(page)
    assert _face(page) == FIRST
    assert page.button(key="review-Undo").disabled
    assert len(read_review(paths.label_review_file(), data)) == 0


def test_the_suggested_label_is_the_filled_button(data: fer2013.Dataset):
    page = _opened()
    filled = [b.label for b in page.button if b.proto.type == "primary"]
    assert filled == ["Happy"]
    assert "the suggested label is filled" in text_of(page)


def test_two_tabs_keep_each_others_decisions(data: fer2013.Dataset):
    one, two = _opened(), _opened()
    _press(one, "Keep the label")
    two.button(key="review-Skip").click().run()
    _press(two, "Exclude the image")
    assert len(read_review(paths.label_review_file(), data)) == 2
    one.run()
    assert _progress(one) == "**2 of 2 reviewed**"


def test_an_undo_of_what_another_tab_changed_since_is_refused(data: fer2013.Dataset):
    page = _opened()
    _press(page, "Keep the label")
    own_review(data).decide(Ruling(FIRST, Decision.EXCLUDE))
    _undo(page)
    assert "changed elsewhere since" in page.error[0].value
    assert read_review(paths.label_review_file()).rulings[FIRST].decision is Decision.EXCLUDE


def test_a_visitors_decisions_stay_in_the_session_and_become_the_owners_when_unlocked(
    data: fer2013.Dataset, monkeypatch: pytest.MonkeyPatch
):
    lock = {"open": False}
    monkeypatch.setattr(owner, "is_unlocked", lambda: lock["open"])
    page = _opened()
    _press(page, "Keep the label")
    assert _progress(page) == "**1 of 2 reviewed**"
    assert not paths.label_review_file().exists()
    assert "kept in this tab only" in text_of(page)
    _undo(page)
    assert _progress(page) == "**0 of 2 reviewed**"
    _press(page, "Happy")
    assert _progress(_opened()) == "**0 of 2 reviewed**"  # another visitor
    lock["open"] = True
    page.run()
    assert not page.exception
    assert read_review(paths.label_review_file(), data).rulings[FIRST].new_label == "happy"


def test_a_file_continues_a_review_and_lines_at_fault_are_named(
    data: fer2013.Dataset, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(owner, "is_unlocked", lambda: False)
    page = _opened()
    _press(page, "Keep the label")
    text = Review(data.fingerprint).with_ruling(Ruling(SECOND, Decision.EXCLUDE)).as_csv()
    text += "train/sad/im999.png,sad,keep,,2026-03-01T10:12:00+00:00\n"
    page.file_uploader(key="review-upload").upload("mine.csv", text.encode(), "text/csv").run()
    assert not page.exception
    assert "1 decision of mine.csv added." in page.success[0].value.replace("\\", "")
    assert "mine.csv, line 4: there is no image train/sad/im999.png" in page.error[0].value.replace(
        "\\", ""
    )
    assert _progress(page) == "**2 of 2 reviewed**"


def test_a_file_that_found_no_room_is_named_and_one_that_was_read_is_freed(
    data: fer2013.Dataset, monkeypatch: pytest.MonkeyPatch
):
    page = _opened()
    page.file_uploader(key="review-upload").upload("a.csv", b"", memory.NO_ROOM).run()
    assert "No room for a.csv" in page.error[0].value.replace("\\", "")
    freed: list[str] = []
    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", lambda *which: freed.append("b"))
    text = Review(data.fingerprint).as_csv()
    page.file_uploader(key="review-upload").upload("b.csv", text.encode(), "text/csv").run()
    assert freed
    assert not page.exception


def test_the_last_decision_is_told_and_a_file_says_what_it_replaces(data: fer2013.Dataset):
    page = _opened()
    _press(page, "Happy")
    assert f"Last decision: relabel to happy, {FIRST}." in text_of(page)
    later = datetime.now(UTC) + timedelta(minutes=1)
    text = Review(data.fingerprint).with_ruling(Ruling(FIRST, Decision.KEEP, when=later)).as_csv()
    page.file_uploader(key="review-upload").upload("mine.csv", text.encode(), "text/csv").run()
    assert page.success[0].value.replace("\\", "") == (
        "1 decision of mine.csv added, 1 of them in place of an earlier one."
    )


def test_the_viewer_tells_the_suspicion_and_the_annotators_majority(data: fer2013.Dataset):
    page = _opened()
    page.button(key="review-details").click().run()
    assert not page.exception
    assert any(
        told.value.startswith("Suspicion **") and told.value.endswith("suggested **happy**.")
        for told in page.markdown
    )


def test_the_viewer_tells_ones_own_decision(data: fer2013.Dataset):
    page = _opened()
    _press(page, "Happy")
    go_to(page, "Label quality")
    faces(page)[0].click().run()
    assert not page.exception
    assert "Your decision: **relabel to happy**." in text_of(page)


def test_a_damaged_file_stops_the_review_and_is_kept(data: fer2013.Dataset):
    file = paths.label_review_file()
    file.write_text(f"# images {data.fingerprint}\npath,label,decision\n", encoding="utf-8")
    page = _opened()
    assert not page.exception
    assert "without new_label, when" in page.error[0].value.replace("\\", "")
    next(b for b in page.button if b.label.startswith("Set the file aside")).click().run()
    assert not page.exception
    assert _face(page) == FIRST
    assert len(list(file.parent.glob("label_review-*.csv"))) == 1


def test_a_review_of_other_images_is_refused_in_a_sentence(data: fer2013.Dataset):
    file = paths.label_review_file()
    file.write_text(Review("abc").as_csv(), encoding="utf-8")
    assert "a review of other images" in _opened().error[0].value


def test_filters_choose_what_is_reviewed(data: fer2013.Dataset):
    page = _opened()
    page.selectbox(key="review-class").set_value("angry").run()
    assert _face(page) == SECOND
    assert _progress(page) == "**0 of 1 reviewed**"
    page.slider(key="review-least").set_value(90).run()
    assert "No suspicion matches these filters" in text_of(page)
    page.selectbox(key="review-class").set_value("any class").run()
    assert _face(page) == FIRST
    page.segmented_control(key="review-part").set_value("test").run()
    assert not page.exception
    assert "Nobody suspects a label here yet" in text_of(page)


def test_what_the_review_changes_stands_in_a_table(data: fer2013.Dataset):
    page = _opened()
    assert "Nothing yet" in text_of(page)
    _press(page, "Happy")
    table = next(e.proto.body for e in page.get("html") if "review-changes" in e.proto.body)
    rows = re.findall(r"<tr[^>]*><th[^>]*>([^<]*)</th>(.*?)</tr>", table)
    assert [(name, re.findall(r"<td>([^<]*)", cells)) for name, cells in rows[1:]] == [
        ("sad", ["", "", "1", "1 happy"]),
        ("all", ["", "", "1", "1 happy"]),
    ]
    assert "train --preset tiny --run-id mine --label-review" in page.code[0].value


def test_any_face_leads_to_the_decision_on_its_label(data: fer2013.Dataset):
    page = open_page()
    go_to(page, "Label quality")
    faces(page)[1].click().run()
    page.button(key="viewer-review").click().run()
    assert not page.exception
    assert page.session_state["tab"] == "Review"
    assert _face(page) == SECOND


def test_a_face_that_nobody_suspects_can_be_reviewed_too(data: fer2013.Dataset):
    page = open_page()
    go_to(page, "Samples")
    page.selectbox(key="part").set_value("test")
    page.selectbox(key="class").set_value("sad").run()
    faces(page)[0].click().run()
    page.button(key="viewer-review").click().run()
    assert _face(page) == "test/sad/im0.png"
    assert "you opened it yourself" in text_of(page)
    _press(page, "Happy")
    assert page.segmented_control(key="review-part").value == "test"
    assert "Nobody suspects a label here yet" in text_of(page)


def test_without_the_images_the_tab_says_how_to_get_them():
    page = _opened()
    assert not page.exception
    assert "there are no faces to review" in text_of(page)


def test_accuracy_with_and_without_the_review_stands_side_by_side(
    data: fer2013.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    review = Review(data.fingerprint).with_ruling(Ruling(FIRST, Decision.RELABEL, "happy"))
    for run_id, answer, digest in (("plain", "sad", None), ("mine", "happy", review.sha256)):
        made = make_run(tmp_path / "runs", run_id)
        train = made.config.train.model_copy(update={"label_review": digest})
        run = with_config(made, data_fingerprint=data.fingerprint, train=train)
        label = np.array([CLASS_INDEX[answer]], np.int8)
        scores = np.eye(7, dtype=np.float32)[label]
        run.write_predictions(
            Predictions(np.array([FIRST]), np.array(["validation"]), label, scores)
        )
        if digest:
            keep_review(run.folder, review)
    page = _opened()
    assert not page.exception
    assert "**mine** (with a review) against **plain** (without)" in text_of(page)
    table = next(e.proto.body for e in page.get("html") if "review-effect-mine" in e.proto.body)
    assert re.findall(r"<td>([^<]*)", table)[:4] == [
        "1",
        "100.0 %",
        "0.0 %",
        "\N{MINUS SIGN}100.0 points",
    ]
    assert re.findall(r"<td>([^<]*)", table)[4:] == ["1", "0.0 %", "100.0 %", "+100.0 points"]
    (tmp_path / "runs" / "mine" / "label_review.csv").unlink()
    st.cache_resource.clear()
    assert "is missing from the folder" in _opened().error[0].value


def test_without_folds_and_votes_a_run_of_these_images_says_what_to_review(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    made = make_run(tmp_path / "runs", "mine")
    run = with_config(made, data_fingerprint=fer2013.load(data_dir).fingerprint)
    label = np.array([CLASS_INDEX["sad"]], np.int8)
    scores = np.eye(7, dtype=np.float32)[[CLASS_INDEX["happy"]]]
    path, split = np.array(["test/sad/im0.png"]), np.array(["test"])
    run.write_predictions(Predictions(path, split, label, scores))
    page = _opened()
    page.segmented_control(key="review-part").set_value("test").run()
    assert not page.exception
    assert _face(page) == "test/sad/im0.png"
    assert "Suspicion **100.0 %**: sad 0.0 %, happy 100.0 %." in text_of(page)
    assert "mine happy 100.0 %" in text_of(page)


def _keep_votes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FER+'s votes, of which ten say that a face labelled sad is happy."""
    row = [10 if name == "happiness" else 0 for name in ANSWERS]
    pd.DataFrame([["test/sad/im0.png", *row]], columns=["path", *ANSWERS]).to_csv(file, index=False)
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(file))


def test_ferplus_votes_suspect_labels_of_the_published_images_only(
    data: fer2013.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    _keep_votes(tmp_path / "votes.csv", monkeypatch)
    page = _opened()
    page.segmented_control(key="review-part").set_value("test").run()
    assert not page.exception
    assert "Nobody suspects a label here yet" in text_of(page)
    monkeypatch.setattr(image_facts, "FINGERPRINT", data.fingerprint)
    page.run()
    assert _face(page) == "test/sad/im0.png"
    assert "So say FER+'s annotators" in text_of(page)


def test_review_goes_on_where_the_votes_are_damaged(
    data: fer2013.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(tmp_path / "votes.csv"))
    (tmp_path / "votes.csv").write_bytes(b"\x00\xff")
    monkeypatch.setattr(image_facts, "FINGERPRINT", data.fingerprint)
    page = _opened()
    page.segmented_control(key="review-part").set_value("test").run()
    assert not page.exception
    assert "FER+ votes in votes.csv" in page.error[0].value
    assert page.subheader[-1].value == "What it did to accuracy"


def test_a_test_face_from_the_viewer_brings_its_folder_along(data: fer2013.Dataset):
    page = _opened()
    assert page.segmented_control(key="review-part").value == "training"
    page.session_state[review_link.JUMP] = "test/sad/im0.png"
    page.run()
    assert not page.exception
    assert page.segmented_control(key="review-part").value == "test"
    assert _face(page) == "test/sad/im0.png"
    page.session_state[review_link.JUMP] = SECOND
    page.run()
    assert page.segmented_control(key="review-part").value == "training"
    assert _face(page) == SECOND


def test_a_file_that_is_damaged_between_two_decisions_is_told(data: fer2013.Dataset):
    # A decision draws the fragment alone again, as this script does.
    def fragment() -> None:
        from fer_core.data import fer2013
        from pages.parts.dataset import review_tab

        review_tab._show_review(fer2013.load())

    paths.label_review_file().write_bytes(b"\xff")
    page = AppTest.from_function(fragment, default_timeout=60).run()
    assert not page.exception
    assert "cannot be continued" in page.error[0].value
