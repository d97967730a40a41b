"""What a review comes to: the file, what it changes by class, and what accuracy says of it."""

import streamlit as st

from fer_core import formats, paths
from fer_core.classes import CLASS_NAMES
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import kept_review
from fer_core.data.label_review import Review
from fer_core.data.layout import SPLITS
from fer_core.errors import FerError
from fer_core.quality.label_review import Effect, changes, counterparts, effect
from fer_core.runs.store import Run
from pages.parts.shared import cached, frame, memory, owner, review_store, tables
from pages.parts.shared.tables import Cell

CHECK = "python -m fer_core data label-quality --preset hog-svm --folds 5"
TRAIN = "python -m fer_core train --preset tiny --run-id mine --label-review label_review.csv"
_UPLOAD = "review-upload"


def show_file(dataset: Dataset, review: Review) -> None:
    """Where the decisions are kept, and the file to take along or to add."""
    if owner.is_unlocked():
        name = paths.label_review_file().name
        st.caption(f"Each decision is saved at once on this server, in {name} beside the data set.")
    else:
        st.caption(
            "Your decisions are kept in this tab only. Download them before you close or reload "
            "it; the file continues the review later."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            f"Download {formats.counted(len(review), 'decision')}",
            review.as_csv,
            "label_review.csv",
            "text/csv",
            disabled=not len(review),
            on_click="ignore",
            key="review-download",
        )
        with st.popover("Add decisions from a file"):
            st.file_uploader(
                "A label review (CSV)",
                "csv",
                key=_UPLOAD,
                on_change=_take,
                args=(dataset,),
            )
            review_store.show_file_notes()


def _take(dataset: Dataset) -> None:
    for file in memory.take(_UPLOAD):
        review_store.take(dataset, file)


def show_changes(review: Review) -> None:
    """The decisions by class and folder."""
    st.subheader("What the review changes", anchor=False)
    if not len(review):
        st.caption("Nothing yet: no label is decided on.")
        return
    for split in SPLITS:
        table = changes(review, split)
        if not table["reviewed"].iloc[-1]:
            continue
        st.markdown(
            "Training folder: runs that use the review are trained and validated on these labels."
            if split == "train"
            else "Test folder: recorded only. Test labels never change, whatever is decided."
        )
        tables.show(
            f"Decisions on the labels of the {split} folder, by class",
            [Cell(text) for text in ("Label", "Kept", "Excluded", "Relabelled", "To")],
            [
                [
                    Cell(row["class"]),
                    *(Cell(_count(row[name])) for name in ("kept", "excluded", "relabelled")),
                    Cell(", ".join(f"{row[name]:,} {name}" for name in CLASS_NAMES if row[name])),
                ]
                for row in table[table["reviewed"] > 0].to_dict("records")
            ],
            key=f"review-changes-{split}",
            apart=int((table["reviewed"] > 0).sum()) - 1,
        )
    st.markdown("Train on it on the Train page, or with the downloaded file:")
    st.code(TRAIN, language="bash", wrap_lines=True)


def _count(value: int) -> str:
    return formats.count(value) if value else ""


def show_effects(dataset: Dataset) -> None:
    """Each run on reviewed labels beside one without."""
    st.subheader("What it did to accuracy", anchor=False)
    runs = [r for r in cached.runs() if r.config.data_fingerprint == dataset.fingerprint]
    trained = (run for run in runs if not run.config.is_derived)
    reviewed = [run for run in trained if run.config.train.label_review is not None]
    pairs = counterparts(runs)
    if not pairs:
        names = ", ".join(run.run_id for run in reviewed)
        st.caption(
            f"{names} learned from reviewed labels; a run of the same preset without them is "
            "needed to compare."
            if reviewed
            else "No run here has learned from reviewed labels yet. Train a preset with the review "
            "and without it, and both stand here side by side."
        )
        return
    for run, other in pairs:
        with frame.error_box():
            _show_effect(_effect(run, other))


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs=cached.BY_RUN)
def _effect(run: Run, other: Run) -> Effect | FerError:
    try:
        review = kept_review(run.folder, run.config.train)
        return effect(run, other, review or Review(""))
    except FerError as exc:
        return exc


def _show_effect(found: Effect | FerError) -> None:
    if isinstance(found, FerError):
        raise found
    settings = "" if found.same_settings else " Their other settings differ too."
    st.markdown(
        f"**{found.with_review}** (with a review) against **{found.without}** (without), on the "
        f"validation images of both.{settings}"
    )
    tables.show(
        f"Accuracy on validation images of {found.with_review} and {found.without}",
        [Cell(name) for name in ("Labels", "Images", "Without", "With the review", "Difference")],
        [
            [
                Cell(row.labels),
                Cell(formats.count(row.images)),
                tables.share(row.without),
                tables.share(row.with_review),
                Cell(
                    f"{formats.signed(100 * row.difference)} points",
                    f"{formats.signed(100 * row.low)} to {formats.signed(100 * row.high)}",
                ),
            ]
            for row in found.rows.itertuples()
        ],
        key=f"review-effect-{found.with_review}",
    )
