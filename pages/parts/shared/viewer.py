"""The one viewer of a face: what annotators and runs say of it, what speaks for the answer, and
its copies; previous and next by button and arrow key.

The list that it steps through stays on the server, in the session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core import formats
from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.data.browse import pixels_of
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import ANSWER_OF_CLASS, ANSWERS
from fer_core.evaluation.answers import Answers
from fer_core.images import png_url
from fer_core.inference.explain import LEGEND, Method, describe, explain, overlay
from fer_core.quality.audit_report import Finding
from fer_core.reference.images import FINGERPRINT, ferplus_majority
from fer_core.runs.store import Run
from pages.parts.shared import (
    cached,
    choices,
    faces,
    frame,
    image_facts,
    pictures,
    reveal,
    review_link,
    review_store,
    tables,
)
from pages.parts.shared.messages import as_written
from pages.parts.shared.tables import Cell

_COPIES_SHOWN = 14
_ZOOM = 4
_STATE = "viewer"


@dataclass
class _Viewed:
    """A list of paths, the place in it, and a copy that was opened from there."""

    paths: list[str]
    at: int
    copy: str | None = None

    @property
    def path(self) -> str:
        return self.copy or self.paths[self.at]

    def step(self, by: int) -> None:
        """To the next of the list, or the one before; from a copy back to the face it is of."""
        if self.copy is not None and by < 0:
            by += 1
        self.at = min(max(self.at + by, 0), len(self.paths) - 1)
        self.copy = None

    def open_copy(self, path: str) -> None:
        if path in self.paths:
            self.at, self.copy = self.paths.index(path), None
        else:
            self.copy = path


def open_at(
    dataset: Dataset,
    paths: Sequence[str],
    start: str,
    *,
    run: Run | None = None,
    title: str = "Face",
    on_dismiss: Literal["ignore", "rerun"] = "ignore",
) -> None:
    """Opens the viewer on the image `start`, one of `paths` (as `test/happy/im0.png`).

    Args:
        dataset: whose images they are.
        paths: the list to step through, in order; images that are not there are left out.
        start: the image to begin with.
        run: whose answer is explained; the app's default when None.
        title: of the window: what the list is.
        on_dismiss: whether closing it runs the page again.
    """
    known = set(dataset.train.paths.tolist()) | set(dataset.test.paths.tolist())
    there = [path for path in paths if path in known]
    if start not in there:
        st.error(f"There is no image {start} in this data set.")
        return
    st.session_state[_STATE] = _Viewed(there, there.index(start))
    st.dialog(title, width=880, on_dismiss=on_dismiss)(_show)(dataset, run)


def _show(dataset: Dataset, run: Run | None) -> None:
    viewed: _Viewed = st.session_state[_STATE]
    path = viewed.path
    _show_steps(viewed)
    reveal.to_top("viewer-body", path)
    with st.container(key="viewer-body"):
        index = image_facts.index(dataset)
        number = int(np.flatnonzero(index["path"].to_numpy() == path)[0])
        pixels = pixels_of(dataset, [path])[path]
        row = index.iloc[number]
        with st.container(horizontal=True, key="viewer-head"):
            alt = f"Face labelled {row['label']}, {path}"
            _figure(pixels.repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1), alt, "The image")
            explained = st.container(key="viewer-explained")
            with st.container(key="viewer-facts"):
                usage = f" ({row['usage']})" if row["usage"] else ""
                st.markdown(f"**{pictures.plain(path)}**")
                st.markdown(f"Label **{row['label']}**, a {row['part']} image{usage}.")
                st.caption(
                    f"Brightness {row['brightness']:.0f} (mean gray), contrast "
                    f"{row['contrast']:.0f} (standard deviation), of 255."
                )
                with frame.error_box():
                    _show_suspicion(dataset, path)
                    show_votes(dataset, path)
                if ruling := review_store.ruling_on(dataset, path):
                    st.markdown(f"Your decision: **{ruling.words}**.")
                review_link.button(path, key="viewer-review")
        answers, problems = image_facts.answers(dataset)
        _show_answers(answers, number, problems, run)
        with frame.error_box():
            _show_copies(dataset, viewed, number)
        with explained, frame.error_box():
            _show_explanation(pixels, run)


def _show_steps(viewed: _Viewed) -> None:
    """Previous and next, and where one is."""
    last = len(viewed.paths) - 1
    place = f"{viewed.at + 1:,} of {last + 1:,}"
    is_first = viewed.at == 0 and viewed.copy is None
    with choices.steps(viewed.step, "viewer", is_first=is_first, is_last=viewed.at == last):
        st.html(f'<p role="status">{f"copy of no. {place}" if viewed.copy else place}</p>')


def _figure(pixels: NDArray[np.uint8], alt: str, words: str) -> None:
    words = escape(words).replace(" %", "&nbsp;%")
    st.html(
        f'<figure class="fer-viewed"><img src="{png_url(pixels)}" alt="{escape(alt)}">'
        f"<figcaption>{words}</figcaption></figure>"
    )


def _show_suspicion(dataset: Dataset, path: str) -> None:
    """How far models that were trained without the image doubt its label, where they do."""
    row = image_facts.doubted(dataset, path)
    if row is not None:
        st.markdown(
            f"Suspicion **{formats.percent(1 - float(row['score']))}**: suggested "
            f"**{row['suggested']}**."
        )


def show_votes(dataset: Dataset, path: str) -> None:
    """FER+'s votes; its majority alone where the file with the votes is not here."""
    if dataset.fingerprint != FINGERPRINT:
        st.caption("FER+ has votes for the published images only.")
        return
    votes = image_facts.votes(dataset.fingerprint)
    if votes is None:
        row = image_facts.doubted(dataset, path)
        label = int(ferplus_majority(np.array([path]))[0])
        if row is not None and not np.isnan(row["ferplus_given"]):
            label = CLASS_NAMES.index(row["ferplus"]) if row["ferplus"] in CLASS_NAMES else -1
        elif not path.startswith("test/"):
            st.caption("FER+'s votes (ten people a face) are not available for this image.")
            return
        if label < 0:
            st.caption("FER+ has no majority for one of the seven classes.")
        else:
            st.markdown(f"FER+'s majority, single votes left out: **{CLASS_NAMES[label]}**.")
        return
    rows = (votes.paths == path).nonzero()[0]
    if not len(rows):
        st.caption("FER+ has no votes for this image.")
        return
    _show_vote_bars(votes.counts[rows[0]])


def _show_vote_bars(counts: NDArray[np.uint8]) -> None:
    """A bar for each answer that an annotator gave, the most common first."""
    colors = {answer: CLASS_COLORS[name] for name, answer in ANSWER_OF_CLASS.items()}
    given = [(int(count), name) for name, count in zip(ANSWERS, counts, strict=True) if count]
    body = "".join(
        f'<tr><th scope="row">{"not a face" if name == "NF" else name}</th>'
        '<td><div class="fer-track"><div class="fer-fill" style="'
        f"width:{100 * count / counts.sum():.1f}%;background:{colors.get(name, '#8A94A3')}"
        f'"></div></div></td><td>{count}</td></tr>'
        for count, name in sorted(given, key=lambda one: -one[0])
    )
    st.html(
        '<table class="fer-bars" data-testid="viewer-votes"><caption>FER+ votes of '
        f"{int(counts.sum())} annotators</caption><tbody>{body}</tbody></table>"
    )


def _show_explanation(pixels: NDArray[np.uint8], run: Run | None) -> None:
    """What speaks for the answer of `run`, or of the app's default, where one can tell quickly."""
    for candidate in (run, cached.default_run()):
        if candidate is None or not candidate.onnx_path.exists():
            continue
        classifier = cached.classifier(candidate)
        if not classifier.has_activations:
            continue
        scores = classifier.predict(pixels[None, ..., None])[0]
        answer = int(scores.argmax())
        explanation = explain(classifier, pixels, answer, Method.ACTIVATION)
        said = f"{candidate.run_id}: {CLASS_NAMES[answer]} {formats.percent(scores[answer])}"
        told = f"{said}. {LEGEND}"
        _figure(overlay(pixels, explanation, zoom=_ZOOM), describe(explanation), told)
        return
    st.caption("No network here gives a class activation map.")


def _show_answers(found: Answers, number: int, problems: Sequence[str], run: Run | None) -> None:
    """A row for each run that was asked, the one in question first."""
    for problem in problems:
        st.error(as_written(problem), icon=":material/error:")
    st.markdown("**Answers of runs not trained on it**")
    answers = found.to_image(number)
    if not answers:
        st.caption(
            "None: every run here that was trained on this data set was trained on this image."
            if found.run_ids
            else image_facts.NO_RUN
        )
        return
    names = {known.run_id: frame.run_name(known) for known in cached.runs()}
    default = run or cached.default_run()
    first = default.run_id if default is not None else ""
    tables.show(
        "The answer of every run",
        [Cell(name) for name in ("Run", "Answer", "Confidence", "For the label")],
        [
            (
                Cell(names.get(answer.run_id, answer.run_id)),
                Cell(answer.predicted),
                tables.share(answer.confidence),
                tables.share(answer.of_label),
            )
            for answer in sorted(answers, key=lambda answer: answer.run_id != first)
        ],
        key="viewer-answers",
    )


def _show_copies(dataset: Dataset, viewed: _Viewed, number: int) -> None:
    """Identical images by their bytes, and near ones where an audit was made; they open too."""
    index = image_facts.index(dataset)
    path, audit = viewed.path, image_facts.audit(dataset)
    same = index.loc[index["group"] == index["group"].iloc[number], "path"].tolist()
    near = [] if audit is None else [p for p, f in audit.copies_of(path) if f is Finding.NEAR]
    kinds = [(other, "identical") for other in same if other != path]
    kinds += [(other, "nearly identical") for other in near if other not in same]
    st.markdown("**Its copies**")
    if not kinds:
        looked = "identical" if audit is None else "identical or nearly identical"
        st.caption(f"There is no {looked} image.")
        return
    pixels = pixels_of(dataset, [other for other, _ in kinds[:_COPIES_SHOWN]])
    with st.container(horizontal=True, key="gallery-copies"):
        for place, (other, kind) in enumerate(kinds[:_COPIES_SHOWN]):
            folder, _, name = other.rpartition("/")
            differs = ", other label" if folder.split("/")[1] != path.split("/")[1] else ""
            faces.button(
                pixels[other],
                f"{kind} image {other}",
                f"{folder}\n{name}\n{kind}{differs}",
                key=f"viewer-copy-{place}",
                on_click=viewed.open_copy,
                args=(other,),
            )
    if len(kinds) > _COPIES_SHOWN:
        st.caption(f"and {len(kinds) - _COPIES_SHOWN:,} more")
