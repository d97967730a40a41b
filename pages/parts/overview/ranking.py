"""Who is how accurate: one ranking of like with like, the whole list, and accuracy against time."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import FINGERPRINT
from fer_core.errors import RunError
from fer_core.evaluation import checkpoint_choice, scoreboard, test_time_augmentation
from fer_core.evaluation.metrics import Report
from fer_core.evaluation.provenance import extra_data, in_short
from fer_core.evaluation.scoreboard import Kind, Own, Protocol, TestSet
from fer_core.evaluation.subsets import MEANINGS, Subset
from fer_core.evaluation.timing import Timing
from fer_core.plots.scoreboard import ranking_figure, speed_figure
from fer_core.reference import published
from fer_core.runs.store import Run
from pages.parts.shared import cached, charts, choices, frame, passes, tables

_SETS = {
    "All test images": (TestSet.ALL, Subset.ALL),
    "PrivateTest": (TestSet.PRIVATE, Subset.PRIVATE),
    "Leak-free": (TestSet.LEAK_FREE, Subset.LEAK_FREE),
}


@frame.fragment
def show(default: Run | None) -> None:
    """The switch of test images and protocol, and about eight systems that compare under it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        images = choices.one_of(
            "Test images",
            list(_SETS),
            "ranked-on",
            help=_help({title: MEANINGS[subset] for title, (_, subset) in _SETS.items()}),
        )
        test_set, subset = _SETS[images]
        everything = _systems((subset,))
        known = [str(name) for name in scoreboard.protocols(everything, test_set)]
        protocol = Protocol(choices.one_of(passes.LABEL, known, passes.KEY, help=passes.HELP))
    rows = scoreboard.comparable(everything, test_set, protocol)
    name = frame.run_name(default) if default is not None else None
    shown = scoreboard.shortlist(rows, name)
    described = "; ".join(
        f"{row.system} {formats.percent(row.accuracy)}" for row in shown.itertuples()
    )
    charts.show(
        ranking_figure(shown, name),
        f"Accuracy on {test_set}, {protocol.lower()}: {described}.",
        key="ranking",
    )
    note = f"{images}: {_as_clause(MEANINGS[subset])}. " if subset != Subset.ALL else ""
    if protocol is not Protocol.SINGLE:
        note += f"{protocol}: {passes.MEANINGS[protocol]}. "
    if (shown["kind"] == Kind.PUBLISHED).any():
        note += "Open marks: published by their authors. "
    note += "Lines: 95 % intervals."
    choice = checkpoint_choice.of(published.checkpoint_choice())
    if choice is not None and shown["on_test"].any():
        note += f" {choice.sentence}"
    st.caption(note)


def _help(meanings: Mapping[str, str]) -> str:
    return "  \n".join(f"**{name}**: {_as_clause(text)}." for name, text in meanings.items())


def _as_clause(text: str) -> str:
    return text if text.startswith("FER") else text[0].lower() + text[1:]


def prepare(default: Run | None) -> None:
    """Works out what both charts show at first, for `cached` to keep, and draws them once."""
    name = frame.run_name(default) if default is not None else None
    rows = scoreboard.comparable(_systems((Subset.ALL,)), TestSet.ALL, Protocol.SINGLE)
    if not rows.empty:
        ranking_figure(scoreboard.shortlist(rows, name), name)
    speed_figure(scoreboard.speed_table(_timed()))


@frame.fragment
def show_all() -> None:
    """Every figure with its protocol and source, and what the intervals mean."""
    box = st.expander("All figures and their sources", key="sources", on_change="rerun")
    if box.open:
        with box:
            _show_table(_systems(tuple(subset for _, subset in _SETS.values())))
            people = published.people()
            reached = formats.percent(people["accuracy"], (people["low"], people["high"]))
            st.caption(
                "Intervals: bootstrap over images for our runs; for others computed from "
                "accuracy and number of images (Wilson), or as stated. People reach "
                f"{reached}: {people['source']}."
            )


def show_speed() -> None:
    """Accuracy against the time for one face, of the runs whose time is stored."""
    timed = _timed()
    speeds = scoreboard.speed_table(timed)
    described = ", ".join(
        f"{row.system} {formats.percent(row.accuracy)} at {formats.milliseconds(row.ms_per_face)}"
        for row in speeds.itertuples()
    )
    charts.titled(speed_figure(speeds), f"Accuracy against time: {described}.", key="speed")
    st.caption(scoreboard.speed_note(timed))


def _timed() -> dict[str, tuple[Report, Timing]]:
    timed = {}
    for run in _ranked():
        with frame.error_box():
            timing = cached.timing(run)
            if timing is not None and run.config.data_fingerprint == FINGERPRINT:
                timed[frame.run_name(run)] = cached.report(run), timing
    return timed


def _ranked() -> list[Run]:
    """Runs that may be ranked: evaluated ones, and none on drawn faces."""
    return [run for run in cached.runs() if run.has_predictions() and not run.config.synthetic]


def _systems(subsets: tuple[str, ...]) -> pd.DataFrame:
    """`scoreboard` with our runs' figures on these subsets."""
    own = {}
    for run in _ranked():
        with frame.error_box():
            own[frame.run_name(run)] = _own(run, subsets)
    return scoreboard.scoreboard(own)


def _own(run: Run, subsets: tuple[str, ...]) -> Own:
    reports = {}
    for subset in subsets:
        try:
            reports[subset] = cached.report(run, subset)
        except RunError:
            # A run on other images may have none in PrivateTest; damage is told by the first.
            if subset == "all":
                raise
    path = run.folder / test_time_augmentation.FILE_NAME
    return Own(
        reports,
        str(extra_data(run)),
        in_short(run),
        cached.kept(test_time_augmentation.read, run, files=[path]),
        is_variant=run.config.quantized_from is not None,
        is_foreign=run.config.data_fingerprint != FINGERPRINT,
    )


def _show_table(systems: pd.DataFrame) -> None:
    shown = pd.DataFrame(
        {
            "system": systems["system"],
            "accuracy": [
                formats.percent(row.accuracy, (row.low, row.high)) for row in systems.itertuples()
            ],
            "test images": systems["test_set"],
            "passes": systems["passes"],
            "what": systems["about"],
            "checkpoint chosen on": systems["chosen_on"],
            "extra training data": systems["extra_training_data"].replace("", "unknown"),
            "kind": systems["kind"],
            "note": systems["note"].fillna(""),
            "source": systems["source"],
        }
    )
    tables.grid(
        shown,
        {
            "system": st.column_config.TextColumn("system", pinned=True, width=180),
            "accuracy": st.column_config.TextColumn("accuracy, 95 % interval", width=170),
        },
        key="scoreboard",
        alt="Accuracy, interval, test images, protocol and source of every system",
    )
