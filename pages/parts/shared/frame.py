"""The frame of every page: header, footer, empty states, errors, and the names of runs.

Controls keep their value in the URL by Streamlit's own binding, so give each one a
short `key` that no other page uses for something else, and `bind="query-params"`:

    st.segmented_control("Test images", [...], key="...", bind="query-params")
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from fer_core.errors import FerError
from fer_core.runs.store import Run, State

TRAIN_COMMAND = "python -m fer_core train --preset report-baseline"
DOWNLOAD_COMMAND = "python -m fer_core data download"

ON_PRIMARY = {"light": "#FFFFFF", "dark": "#14181C"}
"""Text on the theme's primary colour. Streamlit writes white there in every theme, and white
is hard to read on the light blue that stands out from a dark page."""

_CSS = f"""
<style>
[data-testid^="stBaseButton-primary"]:enabled, [data-testid="stBaseLinkButton-primary"] {{
  color: light-dark({ON_PRIMARY["light"]}, {ON_PRIMARY["dark"]}) !important;
}}
</style>
"""
_CSS += """
<style>
[data-testid="stMetricValue"], [data-testid="stTable"] td, .stDataFrame {
  font-variant-numeric: tabular-nums;
}
:is([data-testid="stMetricLabel"], [data-testid="stMetricValue"]),
:is([data-testid="stMetricLabel"], [data-testid="stMetricValue"]) * {
  white-space: normal !important; overflow: visible; overflow-wrap: break-word;
}
.st-key-figures { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); }
.st-key-figures > *, .st-key-figures [data-testid="stMetric"] { height: 100%; width: 100%; }
[data-testid="stTable"] td, [data-testid="stTable"] th { padding: .28rem .5rem; }
/* Streamlit's gray for charts in the light theme, 3.7:1 on white, made 6:1. */
.stPlotlyChart text[style*="fill: rgb(128, 132, 149)"] { fill: #5B6470 !important; }
/* Plotly's buttons stand under the chart's title, not on it. */
.stPlotlyChart .modebar-container { top: 26px !important; }
/* Text on shaded cells: the theme's text colour, which Plotly cannot name. */
.stPlotlyChart .heatmap-label text { fill: light-dark(#1D242B, #E4E9ED) !important; }
@media (hover: none) { .stPlotlyChart .modebar-container { display: none; } }
@media (max-width: 640px) {
  .stMainBlockContainer { padding-left: 1rem; padding-right: 1rem; }
  .st-key-figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  /* The matrix stays square, so the lower part of its box is empty on a narrow screen. */
  .st-key-confusion, .st-key-confusion_difference { max-height: 400px; overflow: hidden; }
  [data-testid="stTable"] td, [data-testid="stTable"] th { padding: .28rem .3rem; }
  [data-testid="stMarkdownContainer"] table { font-size: .82rem; }
  [data-testid="stMarkdownContainer"] :is(td, th) { padding: .25rem .3rem; }
  [data-testid="stMarkdownContainer"] td code { padding: 0; }
}
</style>
"""


def page_header(title: str, question: str) -> None:
    """The page's title and, under it, the question that the page answers."""
    st.html(_CSS)
    st.title(title, anchor=False)
    st.caption(question)


@contextmanager
def figure_row() -> Iterator[None]:
    """Four metric boxes of one size: in a row, and two by two in a narrow window."""
    with st.container(horizontal=True, gap="small", key="figures"):
        yield


def footer() -> None:
    """The line at the foot of every page."""
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
    """Says what is missing, why, and the one thing to do.

    Args:
        title: what is missing, as "No run has finished yet".
        why: one sentence.
        action: what to do, as a sentence that ends where the command or link follows.
        command: a shell line shown for copying.
        page: script of the page to go to, as `UPLOAD`.
        page_label: text of that link.
    """
    with st.container(border=True):
        st.subheader(title, anchor=False)
        st.write(why)
        st.write(action)
        if command:
            st.code(command, language="bash")
        if page:
            st.page_link(page, label=page_label)


@contextmanager
def error_box() -> Iterator[None]:
    """Shows a `FerError` raised inside as a sentence; the rest of the page goes on."""
    try:
        yield
    except FerError as exc:
        st.error(str(exc), icon=":material/error:")


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
