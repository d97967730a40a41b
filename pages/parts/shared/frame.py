"""The frame of every page: header, footer, empty states, errors, and the names of runs.

Controls keep their value in the URL by Streamlit's own binding, so give each one a
short `key` that no other page uses for something else, and `bind="query-params"`:

    st.segmented_control("Test images", [...], key="...", bind="query-params")
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import streamlit as st

from fer_core import files, paths
from fer_core.errors import FerError
from fer_core.runs.store import Run, State
from pages.parts.shared import address
from pages.parts.shared.messages import as_written

_logger = logging.getLogger(__name__)

TRAIN_COMMAND = "python -m fer_core train --preset report-baseline"


def page_header(title: str, question: str = "") -> None:
    """The page's title and, under it, the question that the page answers."""
    st.title(title, anchor=False)
    if question:
        st.caption(question)
    if problems := paths.problems():
        st.warning("  \n".join(problems), icon=":material/folder_off:")
    address.begin(title)


def footer() -> None:
    """The line at the foot of every page; what was drawn before it is all of the page."""
    address.check()
    st.divider()
    st.caption(
        "Trained on FER2013: small gray pictures from a web search, labelled with one of seven "
        "words. The result names how an expression looks to annotators, not what a person feels."
    )


def empty_state(
    title: str,
    why: str,
    action: str,
    *,
    command: str | None = None,
    page: str | None = None,
    page_label: str | None = None,
) -> None:
    """Says what is missing, why, and the one thing to do, with a shell command or a page's link."""
    with st.container(border=True):
        st.subheader(title, anchor=False)
        st.write(why)
        st.write(action)
        if command:
            st.code(command, language="bash")
        if page:
            st.page_link(page, label=page_label)


def tabs(sections: Mapping[str, Callable[..., object]], key: str, *given: object) -> None:
    """Tabs, of which only the open one is computed, by calling its function with `given`."""
    drawn = st.tabs(list(sections), key=key, on_change="rerun", bind="query-params")
    for tab, show in zip(drawn, sections.values(), strict=True):
        if tab.open:
            with tab, error_box():
                show(*given)
    address.check()


def show_error(text: str) -> None:
    """Shows a sentence on what went wrong."""
    st.error(text, icon=":material/error:")


@contextmanager
def error_box(tell: Callable[[str], None] = show_error) -> Iterator[None]:
    """Shows a `FerError` raised inside, or what the disk refused, as a sentence, or does with it
    what `tell` does; the rest of the page goes on. It sees nothing of what a fragment inside it
    raises, hence `fragment`.
    """
    try:
        yield
    except FerError as exc:
        tell(as_written(str(exc)))
    except OSError as exc:
        _logger.exception("The disk refused.")
        tell(files.explain(exc, in_private=False))


def fragment(
    body: Callable[..., None] | None = None, *, run_every: float | None = None
) -> Callable[..., Any]:
    """`st.fragment` with an `error_box` in it: Streamlit shows what a fragment raises by itself,
    without its words, and then ends the page.
    """
    if body is None:
        return partial(fragment, run_every=run_every)
    return st.fragment(error_box()(body), run_every=run_every)


def tell_drawn(*runs: Run | None) -> None:
    """Says so where one of the runs that a page shows learned from drawn faces; stands in the first
    screen of every page that shows a run.
    """
    drawn = [run.run_id for run in runs if run is not None and run.config.synthetic]
    if drawn:
        one = len(drawn) == 1
        st.warning(
            f"{', '.join(drawn)} learned from drawn faces, to try the machinery. "
            f"{'Its' if one else 'Their'} figures say nothing about people, and "
            f"{'it is' if one else 'they are'} not ranked.",
            icon=":material/draw:",
        )


def run_name(run: Run) -> str:
    """The run's name with, where it is not finished, the epoch that its figures are of:
    `x (epoch 14 of 50)`.
    """
    notes = []
    status = run.status()
    if status.state != State.DONE:
        epoch = run.config.exported_epoch or status.epoch
        notes.append(f"epoch {epoch} of {run.config.train.epochs}")
    if run.config.synthetic:
        notes.append("drawn faces")
    return f"{run.run_id} ({', '.join(notes)})" if notes else run.run_id
