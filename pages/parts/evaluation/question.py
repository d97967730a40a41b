"""What the Evaluation page is asked: which run, on which test images, by whose labels, and by how
many passes over each image.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.errors import RunError
from fer_core.evaluation.metrics import Report, describe_absent
from fer_core.evaluation.scoreboard import Protocol
from fer_core.evaluation.subsets import MEANINGS, LabelView, Subset, View, describe
from fer_core.evaluation.test_time_augmentation import missing
from fer_core.runs.store import Predictions, Run
from pages.parts.shared import cached, choices, frame, passes, tables

LABELS_HELP = (
    "FER2013: the labels of the data set. FER+ majority: the answer with more than half of the "
    "votes of FER+'s ten annotators, single votes left out (Barsoum et al. 2016). "
    "Images without one, or whose answer is contempt, unknown or not a face, are left out."
)


RUN_HELP = "With its accuracy on all test images by a single pass."


@dataclass(frozen=True)
class Question:
    """A run with predictions and a view of the test set, by a single pass or by ten crops.

    Its properties raise a `RunError` where that view is not known for the run's images, or
    holds none.
    """

    run: Run
    subset: str
    labels: str
    by_ten_crops: bool = False

    @cached_property
    def view(self) -> View:
        return cached.view(self.run, self.subset, self.labels, self.by_ten_crops)

    @property
    def predictions(self) -> Predictions:
        return self.view.predictions

    @cached_property
    def report(self) -> Report:
        return cached.report(self.run, self.subset, self.labels, self.by_ten_crops)

    @property
    def images(self) -> str:
        """The images in words, with their count, and ten crops where the figures are of those."""
        return f"{self.view.counted}, ten crops of each" if self.by_ten_crops else self.view.counted

    @property
    def file_name(self) -> str:
        """Start of the names of downloads: the run and the test images."""
        crops = " ten crops" if self.by_ten_crops else ""
        name = f"{self.run.run_id}-{self.view.title}{crops}"
        return name.replace(" ", "-").replace("+", "plus")

    @property
    def told(self) -> dict[str, str]:
        """What each row of a download says of where it comes from."""
        protocol = Protocol.TEN_CROPS if self.by_ten_crops else Protocol.SINGLE
        return {
            "run": self.run.run_id,
            "test_images": self.view.title,
            "passes": protocol.lower(),
        }

    def csv_button(self, table: pd.DataFrame, what: str, name: str, key: str) -> None:
        """A button that saves `table` with a column each for the run and the test images."""
        tables.csv_button(table.assign(**self.told), what, f"{self.file_name}-{name}", key)


def evaluated_runs(*, by_ten_crops: bool = False) -> list[Run]:
    """Every run with predictions, or with those by ten crops."""
    evaluated = [run for run in cached.runs() if run.has_predictions()]
    return [run for run in evaluated if _has_ten_crops(run)] if by_ten_crops else evaluated


def _has_ten_crops(run: Run) -> bool:
    with suppress(RunError):
        return cached.ten_crops(run) is not None
    return False


def choose(runs: list[Run]) -> Question:
    """The row of controls: the run, which test images and whose labels."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="question"):
        run = choices.one_run("Run", runs, "run", lacks="has no predictions yet", help=RUN_HELP)
        subset = st.selectbox(
            "Test images",
            [str(name) for name in Subset],
            format_func=lambda name: name[0].upper() + name[1:],
            help="  \n".join(f"**{name}**: {MEANINGS[name]}." for name in Subset),
            key="subset",
            bind="query-params",
        )
        labels = st.selectbox(
            "Labels",
            [str(name) for name in LabelView],
            help=LABELS_HELP,
            key="labels",
            bind="query-params",
        )
        by_ten_crops = _choose_passes(run) is Protocol.TEN_CROPS
        if (subset, labels, by_ten_crops) != (Subset.ALL, LabelView.FER2013, False):
            st.button("Reset filters", on_click=_reset, key="reset-filters")
    return Question(run, subset, labels, by_ten_crops)


def _choose_passes(run: Run) -> Protocol:
    """A single pass, or ten crops where the run was measured so; else the help says why not."""
    try:
        note = "" if cached.ten_crops(run) is not None else missing(run)
    except RunError as exc:
        note = str(exc)
    known = [str(Protocol.SINGLE)] if note else [str(Protocol.SINGLE), str(Protocol.TEN_CROPS)]
    if st.session_state.get(passes.KEY, known[0]) not in known:  # as of the run before
        st.session_state[passes.KEY] = known[0]
    chosen = st.selectbox(
        passes.LABEL,
        known,
        help=f"{passes.HELP}  \n{note}",
        disabled=bool(note),
        key=passes.KEY,
        bind="query-params",
    )
    return Protocol(chosen)


def of_single_pass(asked: Question) -> Question:
    """For what is known of a single pass alone; says so where ten crops are asked for."""
    if asked.by_ten_crops:
        st.caption("Of a single pass over each image, as the app predicts.")
    return replace(asked, by_ten_crops=False)


def of_all_images(asked: Question) -> Question:
    """For what is known of all test images by their FER2013 labels and a single pass alone."""
    return Question(asked.run, Subset.ALL, LabelView.FER2013)


def show_answer(asked: Question) -> None:
    """Accuracy and F1 in a sentence, and what they leave out."""
    report = asked.report
    told = (
        f"**{formats.percent(report.accuracy)} accuracy** "
        f":small[({formats.bounds(report.accuracy_interval)})], macro F1 "
        f"**{formats.percent(report.macro_f1)}** "
        f":small[({formats.bounds(report.macro_f1_interval)})] on {asked.view.counted} by "
        f"{frame.run_name(asked.run)}{', ten crops of each' if asked.by_ten_crops else ''}."
    )
    st.markdown(f"{told} {describe(asked.view)} {describe_absent(report)}")


def _reset() -> None:
    """Back to all test images by their FER2013 labels and a single pass, no cell chosen."""
    first = {"subset": Subset.ALL, "labels": LabelView.FER2013, "passes": Protocol.SINGLE}
    st.session_state.update({name: str(value) for name, value in first.items()})
    choices.set_name("cell", None)


def downloads(run: Run) -> None:
    """Buttons that save everything on the run as one HTML file, and its model card; each is made
    when it is pressed.
    """

    def report() -> bytes:
        from fer_core.reporting.html_report import html_report

        return html_report(run)

    def card() -> str:
        from fer_core.reporting.model_card import card_of

        return card_of(run)

    with st.container(horizontal=True):
        st.download_button(
            "Download this run as HTML",
            report,
            file_name=f"{run.run_id}-report.html",
            mime="text/html",
            on_click="ignore",
            key="html_report",
            help="One file with every figure and chart of this run, to read without this app.",
        )
        st.download_button(
            "Download model card (Markdown)",
            card,
            file_name=f"{run.run_id}-MODEL_CARD.md",
            mime="text/markdown",
            on_click="ignore",
            key="model_card",
            help="What it was made from, what it reaches, where it fails and what it is not for.",
        )
