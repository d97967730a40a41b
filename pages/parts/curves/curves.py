"""The charts of accuracy and loss, which follow runs in training."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.classes import FINGERPRINT
from fer_core.config import Validation
from fer_core.evaluation.history import (
    loss_kinds,
    losses_of_kind,
    remaining_seconds,
    summary,
)
from fer_core.plots.curves import curves_figure, most_named
from fer_core.plots.history import Metric
from fer_core.plots.run_styles import css
from fer_core.reference.images import published_class_table, published_copies
from fer_core.runs.store import Run, State
from fer_core.runs.table import is_going, why_no_curve
from pages.parts.curves.selection import REPORT, Histories, Selection, histories_of
from pages.parts.shared import cached, charts, choices, frame

REFRESH = 10
"""Seconds between two looks at a run in training."""
_MOST_TOLD = 4
"""Runs up to which each is told by its name."""
Progress = list[tuple[str, int, bool]]
"""Name, epochs so far and whether it is going, of each run."""


@dataclass(frozen=True)
class _Look:
    """How the charts are drawn: weight of the past in a moving average, 0-0.9; lines of training
    besides those of validation; losses on a log scale.
    """

    smoothing: float
    training: bool
    log: bool


def show(selected: Selection) -> None:
    """Draws both charts, again and again while a chosen run is in training."""
    look = _choose_look()
    seen = _progress(selected.chosen)
    going = any(is_running for _, _, is_running in seen)
    frame.fragment(run_every=REFRESH if going else None)(_follow)(selected, look, seen)


def smoothing(key: str) -> float:
    """The slider of the moving average, behind a button; the address keeps it under `key`."""
    with st.popover("Smoothing"):
        return st.slider(
            "Weight of earlier epochs in a moving average",
            0.0,
            0.9,
            0.0,
            0.1,
            key=key,
            bind="query-params",
        )


def _choose_look() -> _Look:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        training = st.toggle("Training lines", key="training-lines", bind="query-params")
        log = st.toggle("Log loss", key="log", bind="query-params")
        weight = smoothing("moving-average")
    return _Look(weight, training, log)


def _progress(runs: list[Run]) -> Progress:
    return [(run.run_id, len(cached.history(run)), is_going(run.status())) for run in runs]


def _follow(selected: Selection, look: _Look, seen: Progress) -> None:
    """The charts. Where an epoch or a run has ended since `seen`, the whole page is rerun."""
    if _progress(selected.chosen) != seen:
        st.rerun()
    _show_states(selected.chosen)
    histories = selected.histories()
    if not histories:
        st.info("Show a run by its eye in the list to see its curves.")
        return
    described = _describe(summary(histories))
    draw(
        histories,
        selected,
        Metric.ACCURACY,
        f"Accuracy by epoch. {described}.",
        "accuracy_curves",
        weight=look.smoothing,
        training=look.training,
    )
    losses, kind = _choose_loss(histories)
    draw(
        losses,
        selected,
        Metric.LOSS,
        f"Loss ({kind}) by epoch. {described}.",
        "loss_curves",
        weight=look.smoothing,
        training=look.training,
        log=look.log,
    )
    _show_notes(selected, look, histories)


def draw(
    histories: Histories, selected: Selection, metric: Metric, alt: str, key: str, **look: object
) -> None:
    """Draws one metric of the chosen runs; `look` holds further arguments of `curves_figure`."""
    figure = charts.kept(curves_figure)(histories, selected.drawn_as, metric, **look)
    with st.container(key=f"lines-{key}"):
        st.html(f"<style>{css(f'.st-key-lines-{key}')}</style>")
        charts.show(figure, alt, key=key)


def _choose_loss(histories: Histories) -> tuple[Histories, str]:
    """The histories with losses of one kind, as different ones do not compare; and that kind."""
    kinds = loss_kinds(histories)
    kind = kinds[0]
    if len(kinds) > 1:
        kind = choices.one_of(
            "Loss",
            kinds,
            "loss-kind",
            wrap=True,
            help="These runs minimise different losses. Their values do not compare, so one kind "
            "is drawn at a time.",
        )
    return losses_of_kind(histories, kind), kind


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
                f"In training: {run.run_id}, {len(history)} of {formats.counted(epochs, 'epoch')}"
                f"{about}. The charts "
                f"are updated every {REFRESH} seconds."
            )
        elif status.state is not State.DONE:
            unfinished.append(frame.run_name(run))
        if why := why_no_curve(run, history):
            st.info(f"{run.run_id} has no curve: {why}.")
    if unfinished:
        st.caption(f"Not finished: {_named(unfinished)}.")


def _describe(figures: pd.DataFrame) -> str:
    """The charts in words, for those who do not see them."""
    return "; ".join(
        f"{row.run}: validation best {formats.percent(row.best_val_accuracy)} in epoch "
        f"{row.best_epoch:.0f}, gap {100 * row.gap:.1f} points at the end"
        if pd.notna(row.best_epoch)
        else f"{row.run}: no validation figures"
        for row in figures.itertuples()
    )


def _show_notes(selected: Selection, look: _Look, histories: Histories) -> None:
    """How to read the charts, and what they leave unsaid of their runs."""
    told = ["Validation is solid, training dotted." if look.training else "Lines: validation."]
    told.append("Ring: best value.")
    if any(len(run.config.train.phases) > 1 for run in selected.chosen):
        told.append("Stroke across a line: a new phase.")
    if (named := most_named(len(histories))) < len(histories):
        told.append(f"Only {named} names fit: point at a line for its own.")
    if len(selected.chosen) <= _MOST_TOLD:
        told += [note for run in selected.chosen if (note := _training_note(run))]
    if optimistic := _optimistic(selected):
        copied = published_copies().leaked_validation_images
        images = int(published_class_table()["validation"].sum())
        told.append(
            f"Validation of {_named(optimistic)} is slightly optimistic: {copied:,} of its "
            f"{images:,} images have an identical copy among the training images."
        )
    st.caption(" ".join(told))


def _named(names: list[str]) -> str:
    """The names, or how many they are."""
    return " and ".join(names) if len(names) <= _MOST_TOLD else f"{len(names)} of these runs"


def _optimistic(selected: Selection) -> list[str]:
    """Names of those that were validated on the report's split of the published images."""
    found = [
        run.run_id
        for run in selected.chosen
        if run.config.train.validation is Validation.REPORT
        and run.config.data_fingerprint == FINGERPRINT
    ]
    return found + ([REPORT] if REPORT in selected.names else [])


def _training_note(run: Run) -> str:
    """Where the run began, its phases, and where its loss changes; or ''."""
    config, said = run.config.train, []
    if run.config.is_derived:  # its settings are those of the runs that it is made of
        return ""
    if config.initial_run:
        said.append(f"initialised from {config.initial_run}")
    if len(config.phases) > 1:
        epochs = " + ".join(str(phase.epochs) for phase in config.phases)
        said.append(f"{len(config.phases)} phases of {epochs} epochs")
    history = histories_of([run])[run.run_id]
    for epoch in history.loc[history["new_loss"], "epoch"]:
        said.append(f"another loss from epoch {epoch} on")
    return f"{run.run_id}: {', '.join(said)}." if said else ""
