"""The data card: where the images come from, what is wrong with them, who is missing.

After Gebru et al. 2021, "Datasheets for datasets" (arXiv:1803.09010). Every figure is read
from `artifacts/reference`, so the card needs no image on the machine.
"""

from fer_core.data.balance import imbalance
from fer_core.formats import count, percent
from fer_core.quality.audit_report import Audit, Issue, read_audit
from fer_core.quality.label_report import read_quality
from fer_core.reference import files, published
from fer_core.reference.images import ferplus_agreement, published_class_table, published_copies
from fer_core.reporting.responsible import BARSOUM, GOODFELLOW, HOSSEINI
from fer_core.reporting.words import Section, markdown_table

KAGGLE_PAGE = "https://www.kaggle.com/datasets/ananthu017/emotion-detection-fer"


def sections() -> list[Section]:
    """The parts of the data card, in reading order.

    Raises:
        DataError: a file of `artifacts/reference` is missing or damaged.
    """
    audit = read_audit(files.folder())
    return [
        Section("Origin", _origin()),
        Section("Licence", _licence()),
        Section("Classes", _classes()),
        Section("Copies and leaks", _copies()),
        Section("Near copies, empty images, no face", _audited(audit)),
        Section("Label noise", f"{_labels()}\n\n{_ranking()}"),
        Section("Who is missing", _missing()),
    ]


def data_card() -> str:
    """The whole card as Markdown."""
    parts = [f"## {section.title}\n\n{section.text}" for section in sections()]
    return "\n\n".join(["# Data card: FER2013 as folders", *parts]) + "\n"


def _origin() -> str:
    table = published_class_table()
    train, test = int(table["train_folder"].sum()), int(table["test"].sum())
    return (
        f"[`ananthu017/emotion-detection-fer`]({KAGGLE_PAGE}) on Kaggle: FER2013 as folders, "
        f"{count(train)} training and {count(test)} test images, 48 x 48 pixels, gray. FER2013 "
        "was made for a contest in 2013: 184 words for emotions, combined with words for gender, "
        "age or ethnicity, gave nearly 600 queries to Google's image search; the first 1,000 "
        "images of each were kept, faces cut out by OpenCV, and people threw out wrong ones and "
        f"some copies ({GOODFELLOW}). The test folder is the contest's PublicTest and "
        "PrivateTest together."
    )


def _licence() -> str:
    return (
        f"The [Kaggle page]({KAGGLE_PAGE}) claims CC0 (public domain). Whoever put the folders "
        "there did not take the photographs, and neither the photographers nor the people shown "
        "are known to have agreed. So no image of it is part of this repository, its "
        "screenshots or its reports; they are shown on a machine that has fetched them itself."
    )


def _classes() -> str:
    table = published_class_table()
    largest, smallest, ratio = imbalance(table, "train")
    rows = [
        [row["class"], count(row["train_folder"]), count(row["test"])]
        for row in table.to_dict("records")
    ]
    return (
        f"There are {ratio:.1f} {largest} images for each {smallest} one, and accuracy hides how "
        f"a network does on the few.\n\n{markdown_table(['class', 'train', 'test'], rows)}"
    )


def _copies() -> str:
    copies = published_copies()
    return (
        f"{count(copies.groups)} groups of byte-identical images ({count(copies.copied_images)} "
        f"images). {count(copies.leaking_groups)} groups stand on both sides: "
        f"{count(copies.leaked_test_images)} test images are in the training folder as well, so "
        "a network may know them by heart; figures without them are called leak-free. In the "
        f"report's own split {count(copies.leaked_validation_images)} validation images have a "
        "copy among the training images. `python -m fer_core data info` counts them anew."
    )


def _labels() -> str:
    copies = published_copies()
    row = published.people()
    people, low, high = row["accuracy"], row["low"], row["high"]
    known, same = ferplus_agreement()
    return (
        f"{copies.conflicting_groups} groups of identical images carry different labels. People "
        f"agree with the labels in about {100 * people:.0f} % of the images ({100 * low:.0f}–"
        f"{100 * high:.0f} %; {GOODFELLOW}). FER+ had ten people label every image anew "
        f"({BARSOUM}): {count(known)} test images have a majority for one of the seven classes, "
        f"and {percent(same / known)} of these bear the same label here."
    )


def _audited(audit: Audit) -> str:
    near, near_images, near_tests = audit.count(Issue.NEAR)
    across, _, across_tests = audit.count(Issue.NEAR_LEAKS)
    flat, no_face = audit.count(Issue.FLAT), audit.count(Issue.NO_FACE)
    facts = audit.facts
    return (
        f"{count(near)} groups of images look almost alike to a perceptual hash (neighbours "
        f"differ in at most {facts.near_bits} of 144 bits): {count(near_images)} images, "
        f"{count(near_tests)} of them test images. {count(across)} of these groups stand in both "
        f"train and test, with {count(across_tests)} test images. The leak-free figures leave out "
        "identical copies only, so they may still be too kind. A hash can also err and call two "
        "people alike.\n\n"
        f"{count(flat[1])} images are empty or nearly so ({count(flat[2])} test images), and in "
        f"{count(no_face[1])} the detector {facts.detector} finds no face ({count(no_face[2])} "
        "test images): text, drawings and signs, but also faces that it misses. Where there "
        "is truly no face, no answer can be right; such images count in every accuracy."
    )


def _ranking() -> str:
    facts = read_quality(files.folder()).facts
    found = facts.agreement
    if found is None:
        return "The ranking of suspicious labels has not been compared with FER+."
    return (
        f"Confident learning (cleanlab, on {facts.folds}-fold answers of `{facts.preset}`, which "
        f"are right for {percent(facts.accuracy)}) ranks the {count(facts.images)} training "
        f"labels by how wrong they look. Of its first {found.judged}, FER+ contradicts "
        f"{percent(found.precision)} (precision at {found.judged}); of all "
        f"{count(found.all_images)} labels it contradicts "
        f"{percent(found.random_precision)}. So the list is a good place to look, "
        "and no proof that any one label is wrong."
    )


def _missing() -> str:
    return (
        "Nobody recorded who is shown: there is no age, gender, origin, glasses or disability "
        "beside an image, so how many of each there are cannot be counted, and no figure here "
        "says for whom the model works worse. What is known: the pictures are those that an "
        "image search put first for English words in 2013, many of them posed; faces that "
        "OpenCV's detector of the time did not find are not in it, which leaves out most "
        "profiles, covered faces and strong tilts; the people neither knew nor agreed. "
        f"Studies found such sets skewed ({HOSSEINI})."
    )
