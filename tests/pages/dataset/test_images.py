"""Balance, samples and an image in full on the Dataset page."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.classes import CLASS_INDEX, CLASS_NAMES
from fer_core.data import fer2013
from fer_core.data.synthetic.dataset import write_synthetic
from fer_core.runs.store import Predictions, Run, set_default_run
from pages.parts.shared import image_facts
from tests.builders import make_dataset, make_run
from tests.pages.dataset.page import (
    bar_values,
    caption,
    captions,
    click,
    faces,
    go_to,
    html,
    open_page,
    pictures,
    rows_of,
    text_of,
)
from tests.pages.offered import Offered
from tests.pages.opened import at_page


def test_the_figures_are_a_table_once_its_box_is_opened() -> None:
    page = open_page()
    assert not page.dataframe
    page.session_state["balance-table"] = True
    page.run()
    assert not page.exception
    table = page.dataframe[0].value.set_index("class")
    assert table["test"].sum() == 7178
    assert table["train"].sum() == 21535
    assert table["validation"].sum() == 7174
    assert table["train_share"].sum() == pytest.approx(100)


def test_shows_samples_and_marks_drawn_ones(page: AppTest) -> None:
    assert not page.exception
    assert "synthetic data set" in page.info[0].value
    assert page.subheader[0].value == "Training samples (drawn faces)"
    assert len(pictures(page)) == 21
    assert "identical images" not in text_of(page)


def test_the_same_seed_shows_the_same_samples(page: AppTest) -> None:
    before = pictures(page)
    next(b for b in page.button if b.label == "Other samples").click().run()
    assert page.number_input(key="seed").value == 1
    assert pictures(page) != before
    page.number_input(key="seed").set_value(0).run()
    assert pictures(page) == before


def test_mean_faces_and_grays_once_their_box_is_opened(page: AppTest) -> None:
    assert not page.get("plotly_chart")
    page.session_state["class-looks"] = True
    page.run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == 1
    assert captions(page) == list(CLASS_NAMES)


def test_filters_choose_the_images(page: AppTest) -> None:
    go_to(page, "Samples")
    assert "77 drawn faces" in text_of(page)
    assert len(pictures(page)) == 24
    page.selectbox(key="class").set_value("sad")
    page.selectbox(key="part").set_value("test").run()
    assert not page.exception
    assert "3 drawn faces" in text_of(page)
    assert [caption(b) for b in faces(page)] == [f"sad test\nim{i}.png" for i in range(3)]
    page.number_input(key="file").set_value(1).run()
    assert [caption(b) for b in faces(page)] == ["sad test\nim1.png"]
    page.slider(key="brightness").set_value((254, 255)).run()
    assert not page.exception
    assert "No drawn faces match these filters" in text_of(page)


@pytest.mark.parametrize("file", ["1e999", "9" * 40])
def test_a_link_with_an_endless_file_number_is_answered(data_dir: Path, file: str) -> None:
    write_synthetic(data_dir, train_per_class=1, test_per_class=1, seed=0)
    page = at_page("dataset", tab="Samples", file=file).run()
    assert not page.exception
    assert page.warning or "match these filters" in text_of(page)


def test_a_number_that_no_file_has_is_kept_and_answered(page: AppTest) -> None:
    go_to(page, "Samples")
    page.number_input(key="file").set_value(999999).run()
    assert not page.exception
    assert page.number_input(key="file").value == 999999
    assert "No drawn faces match these filters" in text_of(page)


def test_reset_filters_shows_every_image_again(page: AppTest) -> None:
    go_to(page, "Samples")
    before = pictures(page)
    page.selectbox(key="class").set_value("sad")
    page.selectbox(key="part").set_value("test")
    page.selectbox(key="sort").set_value("brightness")
    page.toggle(key="descending").set_value(True)
    page.slider(key="contrast").set_value((20, 100)).run()
    page.number_input(key="file").set_value(77).run()
    assert not pictures(page)
    click(page, "Reset filters")
    assert not page.exception
    assert pictures(page) == before
    assert page.slider(key="contrast").value == (0, 128)
    assert page.number_input(key="file").value is None


def test_samples_sort_by_brightness_both_ways(page: AppTest) -> None:
    go_to(page, "Samples")
    page.selectbox(key="sort").set_value("brightness").run()
    rising = grays(page)
    assert len(rising) == 24
    assert rising == sorted(rising)
    page.toggle(key="descending").set_value(True).run()
    falling = grays(page)
    assert falling == sorted(falling, reverse=True)
    assert falling[0] > rising[-1]


def grays(page: AppTest) -> list[int]:
    """Mean grays under the faces on show."""
    return [int(caption(face).rpartition("mean gray ")[2]) for face in faces(page)]


def test_samples_sort_by_the_confidence_of_the_default_run(
    data_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    offered: dict[str, Offered],
) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    answered = ["test/happy/im1.png", "test/sad/im2.png", "test/angry/im0.png"]
    write_answers(tmp_path / "runs", "compact", answered, [0.9, 0.5, 0.7])
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    page = open_page()
    go_to(page, "Samples")
    page.selectbox(key="sort").set_value("confidence")
    page.toggle(key="descending").set_value(True).run()
    assert not page.exception
    assert [caption(face) for face in faces(page)][:4] == [
        "happy test\nim1.png\nhappy 90.0 %",
        "angry test\nim0.png\nhappy 70.0 %",
        "sad test\nim2.png\nhappy 50.0 %",
        "angry train\nim0.png\n–",
    ]
    assert "Images that compact was trained on have no answer and come last." in text_of(page)
    saved = offered["samples-csv"].table
    assert set(saved["run"]) == {"compact"}
    assert saved["answer"].dropna().tolist() == ["happy"] * 3


def test_samples_go_on_where_the_votes_to_sort_by_are_damaged(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_synthetic(data_dir, train_per_class=2, test_per_class=1, seed=0)
    (tmp_path / "votes.csv").write_text("path,neutral\ntrain/sad/im0.png,10\n", encoding="utf-8")
    monkeypatch.setenv(paths.FERPLUS_VARIABLE, str(tmp_path / "votes.csv"))
    monkeypatch.setattr(image_facts, "FINGERPRINT", fer2013.load(data_dir).fingerprint)
    page = at_page("dataset", tab="Samples", sort="votes disagree").run()
    assert not page.exception
    assert "votes.csv lack the column happiness" in page.error[0].value
    assert "Trained on FER2013" in page.caption[-1].value
    page.selectbox(key="sort").set_value("file number").run()
    assert not page.error
    assert len(pictures(page)) == 21


def test_images_that_no_run_was_made_with_say_so(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_synthetic(data_dir, train_per_class=2, test_per_class=2, seed=0)
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    make_run(tmp_path / "runs", "compact")
    page = at_page("dataset", tab="Samples", sort="confidence").run()
    assert "No run here was trained on this data set." in text_of(page)
    faces(page)[0].click().run()
    assert text_of(page).count("No run here was trained on this data set.") == 2
    assert "were trained on" not in text_of(page)

    write_answers(tmp_path / "runs", "mine", ["test/happy/im1.png"], [0.7])
    set_default_run("compact", tmp_path / "runs")
    page = at_page("dataset", tab="Samples", sort="confidence").run()
    assert "The default model was trained on another data set" in text_of(page)
    page = at_page("dataset", tab="Samples", sort="runs disagree").run()
    assert "fewer than two runs" in text_of(page)
    faces(page)[0].click().run()
    assert "None: every run here that was trained on this data set" in text_of(page)


def test_other_images_are_not_named_as_fer2013s_halves(page: AppTest) -> None:
    go_to(page, "Samples")
    assert page.selectbox(key="part").options == ["all images", "training", "validation", "test"]
    page.selectbox(key="part").set_value("test").run()
    faces(page)[0].click().run()
    assert "a test image." in text_of(page)
    page.session_state["balance-table"] = True
    go_to(page, "Balance")
    assert "public_test" not in page.dataframe[0].value


def test_a_part_without_images_says_so(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=4, test_per_class=1, seed=0)
    (data_dir / "train" / "sad" / "im3.png").unlink()
    (data_dir / "train" / "disgusted" / "im3.png").unlink()
    page = open_page()
    assert not page.exception
    assert "no image of disgusted, sad" in html(page)
    for name in CLASS_NAMES:
        (data_dir / "train" / name / "im3.png").unlink(missing_ok=True)
    page = open_page()
    assert "no image<" in html(page)
    assert not re.search(r"\b(inf|nan)\b", html(page))


def test_classes_that_hardly_differ_are_not_told_as_uneven(data_dir: Path) -> None:
    make_dataset(data_dir, train_per_class=4, test_per_class=30)
    shutil.copy(data_dir / "test" / "happy" / "im0.png", data_dir / "test" / "happy" / "im90.png")
    page = open_page()
    assert not page.exception
    assert "about as many happy as angry" in html(page)
    assert "all classes alike" in html(page)
    assert "times" not in text_of(page)
    for number in range(8):
        (data_dir / "test" / "sad" / f"im{number}.png").unlink()
    assert "1.4 times as many happy as sad" in html(open_page())


def test_copies_only_shows_identical_images(data_dir: Path) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data_dir / "train" / "sad" / "im0.png", data_dir / "test" / "happy" / "im9.png")
    page = open_page()
    go_to(page, "Samples")
    page.toggle(key="copies").set_value(True).run()
    assert [caption(b) for b in faces(page)] == ["sad train\nim0.png", "happy test\nim9.png"]


def test_another_page_shows_other_images_and_a_filter_goes_back_to_the_first(
    page: AppTest,
) -> None:
    go_to(page, "Samples")
    first = pictures(page)
    page.session_state["samples-page"] = 2
    page.run()
    assert not page.exception
    assert not set(first) & set(pictures(page))
    page.selectbox(key="part").set_value("training").run()
    assert page.session_state["samples-page"] == 1
    assert "1–24 shown" in text_of(page)


def write_answers(runs: Path, run_id: str, paths: list[str], confidences: list[float]) -> None:
    """A run with the data set of this machine that calls these images happy."""
    run = make_run(runs, run_id)
    scores = np.array([[(1 - given) / 6] * 7 for given in confidences], np.float32)
    scores[:, CLASS_INDEX["happy"]] = confidences
    labels = np.array([CLASS_INDEX[path.split("/")[1]] for path in paths], np.int8)
    run.write_predictions(
        Predictions(np.array(paths), np.repeat(["test"], len(paths)), labels, scores)
    )
    fingerprint = fer2013.load().fingerprint
    config = run.config.model_copy(update={"data_fingerprint": fingerprint})
    Run(run.folder, config).write_config()


def test_choosing_an_image_opens_what_is_known_of_it(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_synthetic(data_dir, train_per_class=8, test_per_class=3, seed=0)
    shutil.copy(data_dir / "train" / "sad" / "im0.png", data_dir / "test" / "happy" / "im9.png")
    runs = tmp_path / "runs"
    make_run(runs, "of-other-images")
    write_answers(runs, "mine", ["test/happy/im9.png"], [0.7])
    monkeypatch.setenv("FER_RUNS_DIR", str(runs))
    page = open_page()
    go_to(page, "Samples")
    page.number_input(key="file").set_value(9).run()
    faces(page)[0].click().run()
    assert not page.exception
    text = text_of(page)
    assert r"test/happy/im9\.png" in text
    assert "Label **happy**" in text
    told = re.findall(r"<t[hd][^>]*>([^<]+)</t[hd]>", html(page))[-4:]
    assert told[0].startswith("mine")
    assert told[1:] == ["happy", "70.0 %", "70.0 %"]
    copies = [caption(face) for face in faces(page) if "identical" in face.label]
    assert copies == ["train/sad\nim0.png\nidentical, other label"]


def test_the_best_run_answers_first(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_synthetic(data_dir, train_per_class=2, test_per_class=2, seed=0)
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    happy, others = "test/happy/im1.png", ["test/sad/im0.png", "test/angry/im0.png"]
    for number, name in ((2, "a-poor"), (0, "z-good"), (1, "m-fair")):
        asked = [happy, *others[:number]]
        write_answers(tmp_path / "runs", name, asked, [0.7] * len(asked))
    page = at_page("dataset", tab="Samples", part="test", **{"class": "happy"}, file="1").run()
    faces(page)[0].click().run()
    assert not page.exception
    _, first, *rest = (name.split(",")[0] for name in rows_of(page, "viewer-answers"))
    assert rest == [name for name in ("z-good", "m-fair", "a-poor") if name != first]


def test_a_number_stands_in_the_address_as_it_is_written(page: AppTest) -> None:
    click(page, "Other samples")
    assert page.query_params["seed"] == "1"


def test_shares_replace_counts(page: AppTest) -> None:
    page.segmented_control(key="unit").set_value("shares").run()
    assert not page.exception
    assert bar_values(page)[:7] == ["14.3 %"] * 7


def test_the_viewer_explains_the_answer_of_the_default_network(page: AppTest) -> None:
    go_to(page, "Samples")
    faces(page)[0].click().run()
    assert not page.exception
    alts = re.findall(r'<img [^>]*alt="([^"]*)"', html(page))
    assert alts[0].startswith("Face labelled ")
    assert "speaks for" in alts[1]
    assert re.search(r"compact: \w+ \d+\.\d(&nbsp;|\xa0)%\. Class activation map", html(page))
