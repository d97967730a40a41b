"""Labels that look wrong, one face after another: keep, relabel or exclude, by button or key."""

import streamlit as st

from fer_core.data.fer2013 import Dataset
from fer_core.data.label_review import Review
from fer_core.errors import DataError
from fer_core.quality.label_review import Suspicions
from pages.parts.dataset import loading, review_desk, review_queue, review_results
from pages.parts.shared import frame, review_store
from pages.parts.shared.messages import as_written


def show(dataset: Dataset | None) -> None:
    """The faces to review, and what the decisions come to."""
    if dataset is None:
        loading.show_missing("Without them there are no faces to review.")
        return
    _show_review(dataset)
    review_results.show_effects(dataset)


@frame.fragment
def _show_review(dataset: Dataset) -> None:
    try:
        review = review_store.read(dataset)
    except DataError as exc:
        told = as_written(str(exc))
        st.error(f"Your review cannot be continued. {told}", icon=":material/error:")
        st.write("Mend the file and reload this page, or begin a new review; the file is kept.")
        st.button("Set the file aside and begin", on_click=review_store.set_aside, args=(dataset,))
        return
    _show_faces(dataset, review)
    st.divider()
    review_results.show_file(dataset, review)
    review_results.show_changes(review)


def _show_faces(dataset: Dataset, review: Review) -> None:
    """Filters, progress, and the face to decide on."""
    found, rows = review_queue.choose(dataset)
    paths = rows["path"].tolist()
    path = review_queue.current(paths, review, dataset)
    done = sum(name in review.rulings for name in paths)
    st.progress(done / len(paths) if paths else 0.0, f"**{done:,} of {len(paths):,} reviewed**")
    if path is not None:
        review_desk.show(dataset, found, rows, path, review)
    else:
        _show_end(dataset, found, paths)


def _show_end(dataset: Dataset, found: Suspicions, paths: list[str]) -> None:
    """Why there is no face to show."""
    if found.source is None:
        st.markdown(
            "**Nobody suspects a label here yet.** Check the labels with "
            f"`{review_results.CHECK}`, then reload this page."
        )
    elif not paths:
        st.markdown("**No suspicion matches these filters.** Lower the level, or choose any class.")
    else:
        st.markdown("**All of these are reviewed.** Choose another class, or train on the review.")
        with st.container(horizontal=True, gap="small", key="review-end"):
            review_desk.undo_button(dataset)
            st.button(
                "Go through them again",
                on_click=review_queue.go_to,
                args=(paths[0],),
                key="review-again",
            )
        st.caption(review_store.last_words(dataset))
        review_desk.listen()
    review_store.show_notes()
