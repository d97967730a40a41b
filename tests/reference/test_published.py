"""Figures of others are read from their files, by `fer_core.reference` alone."""

from fer_core.paths import PROJECT_ROOT
from fer_core.reference import published, student_report


def test_people_agree_with_the_labels_about_as_often_as_goodfellow_found():
    people = published.people()

    assert (people["accuracy"], people["low"], people["high"]) == (0.65, 0.60, 0.70)


def test_a_changed_table_leaves_the_next_reader_the_files_figures():
    for table in (published.published(), student_report.history()):
        table["accuracy"] = 0.0

    assert published.published()["accuracy"].min() > 0.5
    assert student_report.history()["accuracy"].min() > 0.2


def test_no_other_module_opens_the_folder():
    readers = [
        file.relative_to(PROJECT_ROOT).parts[:2]
        for folder in ("fer_core", "pages")
        for file in (PROJECT_ROOT / folder).rglob("*.py")
        if "reference_dir" in file.read_text(encoding="utf-8")
    ]
    assert set(readers) == {("fer_core", "paths.py"), ("fer_core", "reference")}


def test_every_figure_says_how_it_was_got_and_where_that_is_read():
    table = published.published()

    columns = ["about", "passes", "chosen_on", "pretraining", "protocol_source", "source"]
    assert (table[columns].fillna("").map(len) > 0).all(axis=None)
