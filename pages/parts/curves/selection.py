"""Which runs the Training curves page draws, and how."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from fer_core.evaluation.history import with_new_losses
from fer_core.plots.run_styles import Style, styles
from fer_core.reference import student_report
from fer_core.runs.store import Run
from pages.parts.shared import cached, choices

REPORT = "the report"
RUNS_KEY = "runs"
"""Of the chips; the list of runs sets it too."""
Histories = dict[str, pd.DataFrame]
"""The epochs of each name."""


@dataclass(frozen=True)
class Selection:
    """What the controls ask for: of all `runs`, the latest first, those of `names`, which may
    hold `REPORT`; the weight of the past in a moving average, 0-0.9; losses on a log scale.
    """

    runs: list[Run]
    names: list[str]
    smoothing: float
    log: bool

    @property
    def chosen(self) -> list[Run]:
        """The chosen runs of ours."""
        return [run for run in self.runs if run.run_id in self.names]

    @property
    def drawn_as(self) -> dict[str, Style]:
        """Colour and mark of every run, the same whatever is chosen."""
        return styles([run.run_id for run in reversed(self.runs)], REPORT)

    def histories(self) -> Histories:
        """The epochs so far of each chosen name that has any."""
        found = histories_of(self.chosen)
        if REPORT in self.names:
            found[REPORT] = student_report.history().rename(columns={"epoch_seconds": "seconds"})
        return {name: history for name, history in found.items() if not history.empty}


def histories_of(runs: Iterable[Run]) -> Histories:
    """The epochs so far of each run, with `new_loss`."""
    return {run.run_id: with_new_losses(cached.history(run), run.config.train) for run in runs}


def choose(runs: list[Run]) -> Selection:
    """The row of controls: which runs, how smooth, which scale for the loss."""
    names = [*(run.run_id for run in runs), REPORT]
    served = cached.default_run()
    first = served.run_id if served else names[0]
    choices.tell_unknown("run", RUNS_KEY, names)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = st.pills(
            "Runs",
            names,
            selection_mode="multi",
            default=list(dict.fromkeys([first, REPORT])),
            key=RUNS_KEY,
            bind="query-params",
            wrap=True,
        )
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.9,
            0.0,
            0.1,
            key="moving-average",
            bind="query-params",
            help="Weight of earlier epochs in a moving average. Tables, marks and downloads are "
            "not smoothed.",
            width=180,
        )
        log = st.toggle("Loss on a log scale", key="log", bind="query-params")
    # In the order of the chips, whatever was clicked first.
    return Selection(runs, [name for name in names if name in chosen], smoothing, log)
