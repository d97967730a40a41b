"""Labels that look wrong, one face after another: keep, relabel or exclude, by button or key."""

from html import escape

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import Votes
from fer_core.data.label_review import Decision, Review, Ruling
from fer_core.data.layout import Split
from fer_core.errors import DataError
from fer_core.images import png_url
from fer_core.quality.label_report import LabelQuality
from fer_core.quality.label_review import Source, Suspicions, suspicions
from fer_core.runs.store import Run
from pages.parts.dataset import loading, review_results, review_store
from pages.parts.shared import cached, choices, frame, image_facts, viewer
from pages.parts.shared.review_link import JUMP

ANY = "any class"
_AT, _OPENED = "review-at", "review-opened"
_FOLDERS: dict[str, Split] = {"training": "train", "test": "test"}
_WORDS = {
    Source.FOLDS: "So say models that were trained without this image.",
    Source.VOTES: "So say FER+'s annotators.",
    Source.RUN: "So says a run that was not trained on this image.",
}


def show(dataset: Dataset | None) -> None:
    """The faces to review, and what the decisions come to."""
    if dataset is None:
        loading.show_missing("Without them there are no faces to review.")
        return
    _show_review(dataset)
    review_results.show_effects(dataset)


@st.fragment
def _show_review(dataset: Dataset) -> None:
    try:
        review = review_store.read(dataset)
    except DataError as exc:
        st.error(f"Your review cannot be continued. {exc}", icon=":material/error:")
        st.write("Mend the file and reload this page, or begin a new review; the file is kept.")
        st.button("Set the file aside and begin", on_click=review_store.set_aside, args=(dataset,))
        return
    _show_faces(dataset, review)
    st.divider()
    review_results.show_file(dataset, review)
    review_results.show_changes(review)


def _show_faces(dataset: Dataset, review: Review) -> None:
    """Filters, progress, and the face to decide on."""
    found, rows = _wanted(dataset)
    paths = rows["path"].tolist()
    opened = st.session_state.pop(_OPENED, None)
    path = _current(paths, review, dataset)
    done = sum(name in review.rulings for name in paths)
    st.progress(done / len(paths) if paths else 0.0, f"**{done:,} of {len(paths):,} reviewed**")
    if path is None:
        _show_end(dataset, found, paths)
        return
    with st.container(key="review-desk"):
        _show_face(dataset, path)
        after = _next(paths, path, review)
        with st.container(key="review-head"):
            _show_question(rows, path, review.rulings.get(path))
            _show_keep_and_exclude(dataset, path, after, keys=opened is None)
        with st.container(key="review-rest"):
            _show_classes(dataset, path, after, keys=opened is None)
            _show_steps(dataset, paths, path, keys=opened is None)
            st.caption(review_store.last_words())
            review_store.show_notes()
            _show_facts(dataset, found, rows, path)
    if opened is not None:
        among = paths if opened in paths else [opened, *paths]
        viewer.open_at(dataset, among, opened, on_dismiss="rerun")


def _wanted(dataset: Dataset) -> tuple[Suspicions, pd.DataFrame]:
    """The suspicions of the chosen folder, and those that pass the filters."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        folder = choices.one_of("Folder", list(_FOLDERS), "review-part", format_func=str.capitalize)
        label = st.selectbox(
            "Label", [ANY, *CLASS_NAMES], key="review-class", width=150, bind="query-params"
        )
        least = st.slider(
            "Suspicion at least",
            50,
            100,
            50,
            format="%d %%",
            key="review-least",
            width=220,
            bind="query-params",
            help="How far another class is ahead of the label: at 50 % both are alike, at 100 % "
            "nothing speaks for the label.",
        )
    found = _suspicions(dataset, _FOLDERS[folder])
    return found, found.select(None if label == ANY else label, least / 100)


def _suspicions(dataset: Dataset, split: Split) -> Suspicions:
    quality = image_facts.label_quality(dataset) if split == "train" else None
    votes = None if quality is not None else image_facts.votes()
    run = None if quality is not None or votes is not None else _run_of(dataset)
    return _found(dataset, split, quality, votes, run)


def _run_of(dataset: Dataset) -> Run | None:
    """The app's default run or, where that was made with other images, the latest of these."""
    default = cached.default_run()
    runs = [default, *cached.runs()] if default is not None else cached.runs()
    return next(
        (
            run
            for run in runs
            if run.config.data_fingerprint == dataset.fingerprint and run.has_predictions()
        ),
        None,
    )


@st.cache_resource(
    show_spinner=False,
    max_entries=4,
    hash_funcs={**image_facts.BY_IMAGES, **cached.BY_RUN, LabelQuality: id, Votes: id},
)
def _found(
    dataset: Dataset,
    split: Split,
    quality: LabelQuality | None,
    votes: Votes | None,
    run: Run | None,
) -> Suspicions:
    predictions = None if run is None else cached.predictions(run)
    return suspicions(dataset, split, quality, votes, predictions)


def _current(paths: list[str], review: Review, dataset: Dataset) -> str | None:
    """The face to show: one that was asked for, else the last one, else the first to review."""
    if jump := st.session_state.pop(JUMP, None):
        st.session_state[_AT] = (jump, True)
    at, asked_for = st.session_state.get(_AT, (None, False))
    known = review_store.owners_file(dataset).known
    if at is not None and (at in paths or (asked_for and at in known)):
        return str(at)
    first = next((path for path in paths if path not in review.rulings), None)
    st.session_state[_AT] = (first, False)
    return first


def _next(paths: list[str], path: str, review: Review) -> str | None:
    """The next face without a decision, after `path` and then from the beginning."""
    place = paths.index(path) + 1 if path in paths else 0
    ordered = [*paths[place:], *paths[:place]]
    return next((p for p in ordered if p != path and p not in review.rulings), None)


def _go(path: str | None) -> None:
    st.session_state[_AT] = (path, False)


def _decide(
    dataset: Dataset, path: str, after: str | None, decision: Decision, new_label: str = ""
) -> None:
    review_store.decide(dataset, path, decision, new_label)
    _go(after)


def _undo(dataset: Dataset) -> None:
    if (path := review_store.undo(dataset)) is not None:
        st.session_state[_AT] = (path, True)


def _open(path: str) -> None:
    st.session_state[_OPENED] = path


def _show_face(dataset: Dataset, path: str) -> None:
    pixels = pixels_of(dataset, [path])[path].repeat(6, axis=0).repeat(6, axis=1)
    kind = "Drawn face" if dataset.synthetic else "Face"
    st.html(
        f'<figure class="fer-review"><img src="{png_url(pixels)}" alt="{kind} to review">'
        f"<figcaption>{escape(path)}</figcaption></figure>"
    )


def _show_question(rows: pd.DataFrame, path: str, ruling: Ruling | None) -> None:
    found = rows[rows["path"] == path]
    words = f"Labelled **{path.split('/')[1]}**"
    words += f", suggested **{found.iloc[0]['suggested']}**." if len(found) else "."
    if ruling is not None:
        to = f" to {ruling.new_label}" if ruling.new_label else ""
        words += f" Your decision: **{ruling.decision}{to}**."
    st.markdown(words)


def _show_keep_and_exclude(dataset: Dataset, path: str, after: str | None, *, keys: bool) -> None:
    """The decisions that give no label; each listens to its key where `keys` are."""
    decisions = (
        ("Keep the label", "K", Decision.KEEP),
        ("Exclude the image", "X", Decision.EXCLUDE),
    )
    with st.container(horizontal=True, gap="small", key="review-act"):
        for words, key, decision in decisions:
            st.button(
                words,
                key=f"review-{words}",
                shortcut=key if keys else None,
                on_click=_decide,
                args=(dataset, path, after, decision),
            )


def _show_classes(dataset: Dataset, path: str, after: str | None, *, keys: bool) -> None:
    """The seven labels to give instead, with the keys 1 to 7."""
    st.caption("Or relabel it:")
    with st.container(horizontal=True, gap="small", key="review-classes"):
        for number, name in enumerate(CLASS_NAMES, 1):
            words = name.capitalize()
            st.button(
                words,
                key=f"review-{words}",
                shortcut=str(number) if keys else None,
                on_click=_decide,
                args=(dataset, path, after, Decision.RELABEL, name),
                disabled=name == path.split("/")[1],
            )


def _show_steps(dataset: Dataset, paths: list[str], path: str, *, keys: bool) -> None:
    """Undo, back and on without a decision, and all that is known of the face."""
    place = paths.index(path) if path in paths else -1
    before = paths[place - 1] if place > 0 else None
    behind = paths[place + 1] if place + 1 < len(paths) else None
    with st.container(horizontal=True, gap="small", key="review-steps"):
        _undo_button(dataset, keys=keys)
        for words, key, to in (("Back", "P", before), ("Skip", "N", behind)):
            st.button(
                words,
                key=f"review-{words}",
                shortcut=key if keys else None,
                on_click=_go,
                args=(to,),
                disabled=to is None,
            )
        st.button("Details", key="review-details", on_click=_open, args=(path,))


def _undo_button(dataset: Dataset, *, keys: bool) -> None:
    st.button(
        "Undo",
        key="review-undo-button",
        shortcut="U" if keys else None,
        on_click=_undo,
        args=(dataset,),
        disabled=not review_store.can_undo(),
    )


def _show_facts(dataset: Dataset, found: Suspicions, rows: pd.DataFrame, path: str) -> None:
    """Why the label is suspected, and what annotators and runs say."""
    row = rows[rows["path"] == path]
    if len(row):
        first = row.iloc[0]
        suspicion, given, suggested = (
            formats.percent(float(first[name])) for name in ("suspicion", "p_given", "p_suggested")
        )
        said = _WORDS[found.source] if found.source else ""
        st.markdown(
            f"Suspicion **{suspicion}**: {first['given']} {given}, {first['suggested']} "
            f"{suggested}. {said}"
        )
    else:
        st.markdown("This face is not among those that the filters show; you opened it yourself.")
    if path.startswith("test/"):
        st.caption("A decision on a test image is recorded only: test labels never change.")
    with frame.error_box():
        viewer.show_votes(dataset, path)
    answers = image_facts.answers(dataset)[0].to_image(_number(dataset, path))
    told = [f"{a.run_id} {a.predicted} {formats.percent(a.confidence)}" for a in answers]
    if told:
        st.markdown(f"Runs that did not learn from it: {', '.join(told)}.")


def _number(dataset: Dataset, path: str) -> int:
    """Its row in `image_facts.index`."""
    return int((image_facts.index(dataset)["path"].to_numpy() == path).argmax())


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
            _undo_button(dataset, keys=True)
            st.button("Go through them again", on_click=_go, args=(paths[0],), key="review-again")
    review_store.show_notes()
