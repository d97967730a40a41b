"""Sweeps: how the chosen one goes or went, what its trials found, and its best one in full.

All of it is read from the sweep's files; the command leads it, on this machine or on a cluster.
"""

from pathlib import Path

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.jobs import offers
from fer_core.jobs.base import DataSource, Job, KerasBackend, Place
from fer_core.jobs.duration import expected
from fer_core.jobs.local import LocalBackend
from fer_core.plots import sweep as plots
from fer_core.runs.store import State, utc_now
from fer_core.scale.sweep_files import (
    ENDED,
    SweepFolder,
    Trial,
    TrialState,
    best_trials,
    get_sweep,
    list_sweeps,
    trial_table,
)
from pages.parts.shared import cached, charts, choices, frame, tables
from pages.parts.shared.address import tell_unknown
from pages.parts.shared.messages import as_written
from pages.parts.train import acts, checks, ended

COMMAND = "python -m fer_core sweep --preset tiny --space space.toml --trials 30"
SWEEP = "sweep"
"""In the address: the sweep that is shown; else the latest that runs, or the latest."""
_REFRESH = 3.0
"""Seconds between two looks at one that runs."""
_MOST_REASONS = 3


def show(jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    """Draws the chosen sweep, again and again while it runs; `unlocked` for the owner."""
    st.subheader("Sweeps", anchor=False)
    every = {each.name: each for each in list_sweeps()}
    tell_unknown("sweep", SWEEP, every)
    if not every:
        st.caption(
            "None yet. A sweep tries many settings side by side, on this machine or a Ray cluster, "
            f"and keeps the best: `{COMMAND}`"
        )
        return
    going = running()
    name = next(iter([*going, *every]))
    if len(every) > 1:
        labels = {each: _in_a_line(folder) for each, folder in every.items()}
        name = choices.by_name("Sweep", labels, SWEEP, first=name, what="sweep") or name
    is_running = name in going

    @frame.fragment(run_every=_REFRESH if is_running else None)
    def draw() -> None:
        folder = every[name]
        if is_running and folder.status().state is not State.RUNNING:
            st.rerun()  # it has ended: what can be done with it changes
        _draw(folder, jobs, found, unlocked=unlocked)

    draw()


def running() -> list[str]:
    """Names of the sweeps that run, the latest first."""
    return [each.name for each in list_sweeps() if each.status().state is State.RUNNING]


def _in_a_line(folder: SweepFolder) -> str:
    return f"{folder.name}, {folder.status().state.value}"


def _draw(folder: SweepFolder, jobs: LocalBackend, found: list[Job], *, unlocked: bool) -> None:
    trials = folder.trials()
    best = next(iter(best_trials(trials)), None)
    with st.container(border=True):
        _state(folder)
        if best is not None:
            _best(folder, best, jobs, found, unlocked=unlocked)
        for trial in [t for t in trials if t.state is TrialState.FAILED][:_MOST_REASONS]:
            st.caption(f":material/error: Trial {trial.number} failed. {as_written(trial.reason)}")
    if not trials:
        st.caption("No trial has begun yet.")
        return
    table = trial_table(folder.sweep, trials)
    _figures(folder, table, trials, best)
    _table(folder, table)


def _state(folder: SweepFolder) -> None:
    """What is tried, and how far it is."""
    sweep, status = folder.sweep, folder.status()
    settings = ", ".join(setting.name for setting in sweep.space)
    st.markdown(
        f"**{sweep.name}**: {sweep.preset}, {formats.counted(sweep.trials, 'trial')} of at most "
        f"{formats.counted(sweep.epochs, 'epoch')}, each with its own {settings}"
    )
    if sweep.synthetic:
        st.caption("On drawn faces: its figures say nothing about people.")
    ends = f"{status.epoch} of {formats.counted(status.epochs, 'trial')} ended"
    if status.state is State.RUNNING:
        beat = status.heartbeat or utc_now()
        ago = formats.duration(max(0.0, (utc_now() - beat).total_seconds()))
        stage = f"{status.stage}: {ends}. Last news {ago} ago."
        st.progress(status.epoch / max(1, status.epochs), stage)
    elif status.state is not State.DONE:
        then = "" if "same command" in status.message else " Run the same command to continue it."
        st.info(
            f"Stopped, {ends}. {as_written(status.message)}{then}", icon=":material/pause_circle:"
        )


def _best(
    folder: SweepFolder, best: Trial, jobs: LocalBackend, found: list[Job], *, unlocked: bool
) -> None:
    """The best trial, its run where it was kept, and the start of its whole training."""
    values = ", ".join(f"{name} {formats.setting_text(v)}" for name, v in best.values.items())
    accuracy = formats.percent(best.val_accuracy)
    st.markdown(
        f"Best: **trial {best.number}**, right on {accuracy} of validation images, with {values}."
    )
    kept = next((r for r in cached.runs() if r.run_id == folder.sweep.run_id(best.number)), None)
    config = folder.sweep.full_config(best.values)
    data = DataSource.SYNTHETIC if folder.sweep.synthetic else DataSource.FER2013
    why_not = " ".join(checks.missing(config, data, jobs, found).values()) or checks.refusal(
        config, data, Place.LOCAL, found
    )
    is_done = folder.status().state is State.DONE
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if is_done and st.button(
            "Start the best one in full",
            key=f"full-{folder.name}",
            disabled=not unlocked or bool(why_not),
        ):
            run_id = folder.sweep.free_run_id(jobs.root)
            acts.start(jobs, config, run_id, data, KerasBackend.TENSORFLOW)
        if kept is not None:
            ended.show_links(kept)
    if is_done and why_not:
        st.caption(f":material/block: {as_written(why_not)}")
    elif is_done:
        time = expected(config, data, jobs.root)
        takes = f", about {formats.duration(time.seconds)} ({time.source})" if time else ""
        st.caption(f"In full: {offers.in_words(config, data)}{takes}, as a run of its own.")


def _figures(
    folder: SweepFolder, table: pd.DataFrame, trials: list[Trial], best: Trial | None
) -> None:
    number = None if best is None else best.number
    going = [trial.number for trial in trials if trial.state not in ENDED]
    histories = cached.kept(_histories, folder.folder, files=_history_files(folder))
    axes = [plots.Axis(s.name, s.choices, s.low, s.high, s.log) for s in folder.sweep.space]
    left, right = st.columns(2, gap="medium")
    with left:
        charts.titled(
            plots.parallel_figure(table, axes, number),
            "Each trial is a line through its settings to its validation accuracy.",
            key=f"parallel-{folder.name}",
        )
    with right:
        charts.titled(
            plots.curves_figure(histories, number, going),
            "Validation accuracy of each trial by epoch.",
            key=f"trial-curves-{folder.name}",
        )
        importance = folder.importance()
        if len(importance) > 1:
            charts.titled(
                plots.importance_figure(importance),
                "; ".join(f"{name} {formats.percent(v)}" for name, v in importance.items()),
                key=f"importance-{folder.name}",
            )
            grace = formats.counted(folder.sweep.grace, "epoch")
            st.caption(f"Functional ANOVA of the trials' accuracy after {grace}.")


def _histories(folder: Path) -> dict[int, pd.DataFrame]:
    return get_sweep(folder.name, folder.parent).histories()


def _history_files(folder: SweepFolder) -> list[Path]:
    return [folder.folder / "trials.json", *folder.trials_dir.glob("*/history.csv")]


def _table(folder: SweepFolder, table: pd.DataFrame) -> None:
    tables.grid(
        table,
        {
            "trial": st.column_config.NumberColumn("trial", pinned=True, width=50),
            "val_accuracy": tables.percent("validation", width=90),
            "state": st.column_config.Column("state", width=110),
            "epoch": st.column_config.NumberColumn("epochs", width=70),
            "seconds": tables.number("training", format="%.0f s", width=80),
            "host": "machine",
            "reason": "reason",
        },
        key=f"trials-{folder.name}",
        alt="Each trial with its validation accuracy, state, epochs and settings",
        shares=("val_accuracy",),
    )
    tables.csv_button(table, "trials", folder.name, f"trials-csv-{folder.name}")
