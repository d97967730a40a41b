"""The charts of accuracy and loss, which follow runs in training, and of one more metric."""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.config import Validation
from fer_core.evaluation.history import remaining_seconds, summary, with_gap
from fer_core.plots.history import Metric, curves_figure
from fer_core.reference.images import published_class_table, published_copies
from fer_core.runs.store import Run, State
from fer_core.runs.table import is_going
from pages.parts.curves.selection import REPORT, Histories, Selection, histories_of
from pages.parts.shared import cached, charts, choices, frame

REFRESH = 10
"""Seconds between two looks at a run in training."""
Progress = list[tuple[str, int, bool]]
"""Name, epochs so far and whether it is going, of each run."""
_TITLES = {
    Metric.GAP: "Overfitting gap",
    Metric.LEARNING_RATE: "Learning rate",
    Metric.SECONDS: "Seconds an epoch",
    Metric.ACCURACY: "Accuracy",
    Metric.LOSS: "Loss",
}
"""Of the further metrics, the first by default."""


def follow(selected: Selection) -> None:
    """Draws both charts, again and again while a chosen run is in training."""
    seen = _progress(selected.chosen)
    going = any(is_running for _, _, is_running in seen)
    st.fragment(_show, run_every=REFRESH if going else None)(selected, seen)


def _progress(runs: list[Run]) -> Progress:
    return [(run.run_id, len(cached.history(run)), is_going(run.status())) for run in runs]


def _show(selected: Selection, seen: Progress) -> None:
    """The charts. Where an epoch or a run has ended since `seen`, the whole page is rerun."""
    if _progress(selected.chosen) != seen:
        st.rerun()
    _show_states(selected.chosen)
    histories = selected.histories()
    if not histories:
        st.info("Choose a run above to see its curves.")
        return
    described = _describe(summary(histories))
    metrics = (Metric.ACCURACY, Metric.LOSS)
    for column, metric in zip(st.columns(2, gap="medium"), metrics, strict=True):
        log = selected.log and metric is Metric.LOSS
        text = f"{metric.capitalize()} by epoch. {described}."
        with column:
            _draw(selected, histories, metric, log, text, f"{metric}_curves")
    _show_notes(selected)


def _draw(
    selected: Selection, histories: Histories, metric: Metric, log: bool, alt: str, key: str
) -> None:
    figure = charts.kept(curves_figure)
    weight = selected.smoothing
    fig = figure(histories, selected.drawn_as, metric, weight=weight, log=log)
    charts.show(fig, alt, key=key)


def show_more(selected: Selection) -> None:
    """The chosen metric of every history that recorded it."""
    histories = selected.histories()
    if not histories:
        st.caption("Choose a run above to see more of its curves.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        title = choices.one_of("Metric", list(_TITLES.values()), "metric", wrap=True)
        log = st.toggle("Log scale", key="metric-log", bind="query-params")
    metric = next((key for key, text in _TITLES.items() if text == title), Metric.GAP)
    recorded = {name: with_gap(history) for name, history in histories.items()}
    missing = [name for name, history in recorded.items() if history[metric].isna().all()]
    recorded = {name: recorded[name] for name in recorded if name not in missing}
    if missing:
        st.caption(f"Not recorded: {', '.join(missing)}.")
    if not recorded:
        st.info(f"None of the chosen runs recorded this ({title}). Choose another run above.")
        return
    last = {name: history[metric].dropna().iloc[-1] for name, history in recorded.items()}
    described = "; ".join(
        f"{name} ends at {metric.scale * value:{metric.digits}}" for name, value in last.items()
    )
    # The gap may be negative, which has no logarithm.
    log = log and metric is not Metric.GAP
    _draw(selected, recorded, metric, log, f"{title} by epoch. {described}.", "metric-chart")


def _show_states(runs: list[Run]) -> None:
    """What is to be said of runs that are going, unfinished or without a curve."""
    unfinished = []
    for run in runs:
        history, status = cached.history(run), run.status()
        epochs = run.config.train.epochs
        if is_going(status):
            left = remaining_seconds(history, epochs)
            about = f", about {formats.duration(left)} to go" if left == left else ""
            st.caption(
                f"In training: {run.run_id}, {len(history)} of {epochs} epochs{about}. The charts "
                f"are updated every {REFRESH} seconds."
            )
        elif status.state is not State.DONE:
            unfinished.append(frame.run_name(run))
        if history.empty and status.state is State.DONE:
            st.info(f"{run.run_id} was not trained in epochs, so it has no curve.")
        elif history.empty:
            st.info(f"{run.run_id}: no epoch has ended yet. The curve begins with the first.")
    if unfinished:
        st.caption("Not finished: " + ", ".join(unfinished) + ".")


def _describe(figures: pd.DataFrame) -> str:
    """The charts in words, for those who do not see them."""
    return "; ".join(
        f"{row.run}: validation best {formats.percent(row.best_val_accuracy)} in epoch "
        f"{row.best_epoch:.0f}, gap {100 * row.gap:.1f} points at the end"
        if pd.notna(row.best_epoch)
        else f"{row.run}: no validation figures"
        for row in figures.itertuples()
    )


def _show_notes(selected: Selection) -> None:
    """How to read the charts, and what they leave unsaid of their runs."""
    phases = (
        " Thin line: start of a phase; where it is dashed, losses measure something else from "
        "there on."
        if any(len(run.config.train.phases) > 1 for run in selected.chosen)
        else ""
    )
    st.caption(
        "Dashed, open marks: training. Solid, filled marks: validation. Shaded: the gap between "
        "them, which grows as a network overfits. Ring: the epoch of the best validation "
        f"accuracy.{phases}"
    )
    for run in selected.chosen:
        if note := _training_note(run):
            st.caption(note)
    optimistic = [
        run.run_id
        for run in selected.chosen
        if run.config.train.validation is Validation.REPORT and not run.config.synthetic
    ]
    optimistic += [REPORT] if REPORT in selected.names else []
    if optimistic:
        copied = published_copies().leaked_validation_images
        images = int(published_class_table()["validation"].sum())
        st.caption(
            f"Validation of {', '.join(optimistic)} follows the report's split, in which "
            f"{copied:,} of the {images:,} validation images have an identical copy among the "
            "training images, so it is slightly optimistic."
        )


def _training_note(run: Run) -> str:
    """Where the run began, its phases, and where its loss changes; or ''."""
    config, said = run.config.train, []
    if config.initial_run:
        said.append(f"was initialised from {config.initial_run}")
    if len(config.phases) > 1:
        epochs = " + ".join(str(phase.epochs) for phase in config.phases)
        said.append(f"was trained in {len(config.phases)} phases of {epochs} epochs")
    history = histories_of([run])[run.run_id]
    for epoch in history.loc[history["new_loss"], "epoch"]:
        said.append(f"is measured by another loss from epoch {epoch} on")
    return f"{run.run_id} {', '.join(said)}." if said else ""
