"""The face under review: what is suspected of its label, and the decision, by button or key."""

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.data.label_review import Decision, Review, Ruling
from fer_core.images import png_url
from fer_core.quality.label_review import Source, Suspicions
from pages.parts.dataset import review_queue
from pages.parts.shared import frame, image_facts, keys, review_store, viewer

_OPENED = "review-opened"
_KEEP, _EXCLUDE = "Keep the label", "Exclude the image"
_KEYS = {
    **{"k": _KEEP, "x": _EXCLUDE, "u": "Undo", "p": "Back", "n": "Skip"},
    **{str(number): name.capitalize() for number, name in enumerate(CLASS_NAMES, 1)},
}
_KEY_OF = {words: key for key, words in _KEYS.items()}
_WORDS = {
    Source.FOLDS: "So say models that were trained without this image.",
    Source.VOTES: "So say FER+'s annotators.",
    Source.RUN: "So says a run that was not trained on this image.",
}


def show(
    dataset: Dataset, found: Suspicions, rows: pd.DataFrame, path: str, review: Review
) -> None:
    """Draws the face `path`, the decisions on it, and why one is asked for.

    Args:
        dataset: whose image it is.
        found: the suspicions of its folder.
        rows: those to go through.
        path: as `train/happy/im0.png`.
        review: the decisions so far.
    """
    paths = rows["path"].tolist()
    after = review_queue.following(paths, path, review)
    suspected = rows[rows["path"] == path]
    row = suspected.iloc[0] if len(suspected) else None
    with st.container(key="review-desk"):
        _show_face(dataset, path)
        with st.container(key="review-head"):
            _show_question(row, path, review.rulings.get(path))
            _show_keep_and_exclude(dataset, path, after)
        with st.container(key="review-rest"):
            _show_classes(dataset, path, after, "" if row is None else row["suggested"])
            _show_steps(dataset, paths, path)
            st.caption(review_store.last_words(dataset))
            review_store.show_notes()
            _show_facts(dataset, found, row, path)
    opened = st.session_state.pop(_OPENED, None)
    if opened is None:
        listen()
    else:
        among = paths if opened in paths else [opened, *paths]
        viewer.open_at(dataset, among, opened, title="Face to review", on_dismiss="rerun")


def listen() -> None:
    """Makes the keys press their buttons, once for each face that is seen."""
    keys.listen("review", {key: f"review-{words}" for key, words in _KEYS.items()})


def undo_button(dataset: Dataset) -> None:
    """Takes back one decision after another, the latest first."""
    _button("Undo", on_click=_undo, args=(dataset,), disabled=not review_store.can_undo(dataset))


def _button(words: str, **arguments: Any) -> None:
    """A button with its key, which rests while the viewer is open."""
    key = None if _OPENED in st.session_state else _KEY_OF[words]
    st.button(words, key=f"review-{words}", shortcut=key, **arguments)


def _decide(
    dataset: Dataset, path: str, after: str | None, decision: Decision, new_label: str = ""
) -> None:
    review_store.decide(dataset, path, decision, new_label)
    review_queue.go_to(after)


def _undo(dataset: Dataset) -> None:
    if (path := review_store.undo(dataset)) is not None:
        review_queue.go_to(path, asked_for=True)


def _open(path: str) -> None:
    st.session_state[_OPENED] = path


def _show_face(dataset: Dataset, path: str) -> None:
    pixels = pixels_of(dataset, [path])[path].repeat(6, axis=0).repeat(6, axis=1)
    kind = "Drawn face" if dataset.synthetic else "Face"
    st.html(
        f'<figure class="fer-review"><img src="{png_url(pixels)}" alt="{kind} to review">'
        f"<figcaption>{escape(path)}</figcaption></figure>"
    )


def _show_question(row: "pd.Series[Any] | None", path: str, ruling: Ruling | None) -> None:
    words = f"Labelled **{path.split('/')[1]}**"
    words += "." if row is None else f", suggested **{row['suggested']}**."
    if ruling is not None:
        words += f" Your decision: **{ruling.words}**."
    st.markdown(words)


def _show_keep_and_exclude(dataset: Dataset, path: str, after: str | None) -> None:
    """The decisions that give no label."""
    with st.container(horizontal=True, gap="small", key="review-act"):
        for words, decision in ((_KEEP, Decision.KEEP), (_EXCLUDE, Decision.EXCLUDE)):
            _button(words, on_click=_decide, args=(dataset, path, after, decision))


def _show_classes(dataset: Dataset, path: str, after: str | None, suggested: str) -> None:
    """The seven labels to give instead, the suggested one filled."""
    st.caption("Or relabel it; the suggested label is filled:" if suggested else "Or relabel it:")
    with st.container(key="review-classes"):
        for name in CLASS_NAMES:
            _button(
                name.capitalize(),
                on_click=_decide,
                args=(dataset, path, after, Decision.RELABEL, name),
                disabled=name == path.split("/")[1],
                type="primary" if name == suggested else "secondary",
                width="stretch",
            )


def _show_steps(dataset: Dataset, paths: list[str], path: str) -> None:
    """Undo, back and on without a decision, and all that is known of the face."""
    place = paths.index(path) if path in paths else -1
    before = paths[place - 1] if place > 0 else None
    behind = paths[place + 1] if place + 1 < len(paths) else None
    with st.container(horizontal=True, gap="small", key="review-steps"):
        undo_button(dataset)
        for words, to in (("Back", before), ("Skip", behind)):
            _button(words, on_click=review_queue.go_to, args=(to,), disabled=to is None)
        st.button("Details", key="review-details", on_click=_open, args=(path,))


def _show_facts(
    dataset: Dataset, found: Suspicions, row: "pd.Series[Any] | None", path: str
) -> None:
    """Why the label is suspected, and what annotators and runs say."""
    if row is not None:
        suspicion, given, suggested = (
            formats.percent(float(row[name])) for name in ("suspicion", "p_given", "p_suggested")
        )
        said = _WORDS[found.source] if found.source else ""
        st.markdown(
            f"Suspicion **{suspicion}**: {row['given']} {given}, {row['suggested']} "
            f"{suggested}. {said}"
        )
    else:
        st.markdown("This face is not among those that the filters show; you opened it yourself.")
    if path.startswith("test/"):
        st.caption("A decision on a test image is recorded only: test labels never change.")
    with frame.error_box():
        viewer.show_votes(dataset, path)
    number = int((image_facts.index(dataset)["path"].to_numpy() == path).argmax())
    answers = image_facts.answers(dataset)[0].to_image(number)
    told = [f"{a.run_id} {a.predicted} {formats.percent(a.confidence)}" for a in answers]
    if told:
        st.markdown(f"Runs that did not learn from it: {', '.join(told)}.")
