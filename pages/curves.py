"""Training curves: did it learn, did it overfit?"""

import pandas as pd
import streamlit as st

from fer_core import formats
from fer_core.config import Validation
from fer_core.evaluation.history import (
    has_same_loss,
    joined,
    long_table,
    remaining_seconds,
    summary,
    with_new_losses,
)
from fer_core.plots.history import Metric, curves_figure
from fer_core.plots.run_styles import Style, styles
from fer_core.reference import student_report
from fer_core.reference.images import published_class_table, published_copies
from fer_core.runs.store import Run, State, lineage
from fer_core.runs.table import is_going
from fer_core.tables import to_csv
from pages.parts.curves import ablation, config_diff, metric_overlay, runs_table
from pages.parts.shared import cached, charts, choices, frame
from pages.parts.shared.navigation import enter

REPORT = "the report"
REFRESH = 10  # seconds between two looks at a run in training
Progress = list[tuple[str, int, bool]]
SECTIONS = ("Figures", "More metrics", "All runs", "Settings", "Remedies")


def choose(names: list[str]) -> tuple[list[str], float, bool, bool]:
    """The row of controls: which runs, how smooth, which scale for the loss, from where on."""
    served = cached.default_run()
    first = served.run_id if served else names[0]
    twin = served.config.train.twin if served else None
    choices.tell_unknown("run", "runs", names)
    default = list(dict.fromkeys([first, *([twin] if twin in names else []), REPORT]))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = st.pills(
            "Runs",
            names,
            selection_mode="multi",
            default=default,
            key="runs",
            bind="query-params",
            wrap=True,
        )
        weight = st.slider(
            "Smoothing",
            0.0,
            0.9,
            0.0,
            0.1,
            key="moving-average",
            bind="query-params",
            help="Share of the past in a moving average. Tables, marks and downloads stay raw.",
            width=180,
        )
        log = st.toggle("Loss on a log scale", key="log", bind="query-params")
        whole = st.toggle(
            "From the first epoch on",
            value=True,
            key="whole",
            bind="query-params",
            help="A run that goes on from another's weights is drawn with the epochs before it.",
        )
    # In the order of the chips, whatever was clicked first.
    return [name for name in names if name in chosen], weight, log, whole


def has_copies(name: str, runs: list[Run]) -> bool:
    """Whether validation images of this curve have copies among its training images."""
    config = next((run.config for run in runs if run.run_id == name), None)
    if config is None:
        return name == REPORT
    return config.train.validation is Validation.REPORT and not config.synthetic


def copies_note(names: list[str]) -> str:
    """What the copies in the report's split do to the validation of these curves."""
    copied = published_copies().leaked_validation_images
    images = int(published_class_table()["validation"].sum())
    return (
        f"Validation of {', '.join(names)} follows the report's split, in which {copied:,} of the "
        f"{images:,} validation images have an identical copy among the training images, so it is "
        "a little optimistic."
    )


def origin_note(run: Run, earlier: list[Run]) -> str:
    """What a curve leaves unsaid: where its run began, and why it has no validation; or ''.

    Args:
        run: whose curve it is.
        earlier: runs whose epochs are drawn before its own.
    """
    config = run.config.train
    said = []
    if earlier:
        epochs = sum(len(cached.history(other)) for other in earlier)
        same = all(has_same_loss(other.config.train, config) for other in earlier)
        losses = "" if same else ", without losses that measure something else"
        names = " and ".join(other.run_id for other in earlier)
        said.append(
            f"goes on from the weights of {names} (their {epochs} epochs come first{losses})"
        )
    elif config.initial_run:
        said.append(f"goes on from the weights of {config.initial_run}")
    if config.validation is Validation.NONE:
        twin = f" (that of {config.twin} stands for it)" if config.twin else ""
        said.append(f"learned from every training image, so it has no validation{twin}")
    return f"{run.run_id} {' and '.join(said)}." if said else ""


def histories_of(names: list[str], runs: list[Run]) -> dict[str, pd.DataFrame]:
    """The epochs so far of each name, read anew."""
    by_id = {run.run_id: run for run in runs}
    report = student_report.history().rename(columns={"epoch_seconds": "seconds"})
    return {name: report if name == REPORT else cached.history(by_id[name]) for name in names}


def runs_before(run: Run, runs: list[Run], *, whole: bool) -> list[Run]:
    """The runs whose epochs are drawn before those of `run`."""
    return lineage(run, runs)[:-1] if whole else []


def drawn(names: list[str], runs: list[Run], *, whole: bool) -> dict[str, pd.DataFrame]:
    """The epochs to draw of each name that has any, those of the runs before it included."""
    own = histories_of(names, runs)
    histories = {name: history for name, history in own.items() if not history.empty}
    for run in runs:
        if run.run_id not in histories:
            continue
        if earlier := runs_before(run, runs, whole=whole):
            stages = [(other.config.train, cached.history(other)) for other in earlier]
            histories[run.run_id] = joined([*stages, (run.config.train, own[run.run_id])])
        histories[run.run_id] = with_new_losses(histories[run.run_id], run.config.train)
    return histories


def progress(runs: list[Run], histories: dict[str, pd.DataFrame]) -> Progress:
    """Name, epochs so far and whether it is going, of each run."""
    return [(run.run_id, len(histories[run.run_id]), is_going(run.status())) for run in runs]


def show_states(runs: list[Run], histories: dict[str, pd.DataFrame]) -> None:
    """What is to be said of runs that are going, unfinished or without a curve."""
    unfinished = []
    for run in runs:
        history, status = histories[run.run_id], run.status()
        epochs = run.config.train.epochs
        if is_going(status):
            left = remaining_seconds(history, epochs)
            about = f", about {formats.duration(left)} to go" if left == left else ""
            st.caption(
                f"In training: {run.run_id}, {len(history)} of {epochs} epochs{about}. The charts "
                f"follow every {REFRESH} seconds."
            )
        elif status.state is not State.DONE:
            unfinished.append(frame.run_name(run))
        if history.empty and status.state is State.DONE:
            st.info(f"{run.run_id} was trained in one go, not in epochs, so it has no curve.")
        elif history.empty:
            st.info(f"{run.run_id}: no epoch has ended yet. The curve begins with the first.")
    if unfinished:
        st.caption("Not finished: " + ", ".join(unfinished) + ".")


def show_curves(
    names: list[str],
    runs: list[Run],
    drawn_as: dict[str, Style],
    smoothing: float,
    log_scale: bool,
    whole: bool,
    seen: Progress,
) -> None:
    """The two charts. Where an epoch or a run has ended since `seen`, the page is drawn anew."""
    ours = [run for run in runs if run.run_id in names]
    available = histories_of(names, runs)
    if progress(ours, available) != seen:
        st.rerun()
    show_states(ours, available)
    histories = drawn(names, runs, whole=whole)
    if not histories:
        st.info("Choose a run above to see its curves.")
        return
    figures = summary(histories)
    described = "; ".join(
        f"{row.run}: validation best {formats.percent(row.best_val_accuracy)} in epoch "
        f"{row.best_epoch:.0f}, gap {100 * row.gap:.1f} points at the end"
        if pd.notna(row.best_epoch)
        else f"{row.run}: trained without validation images"
        for row in figures.itertuples()
    )
    left, right = st.columns(2, gap="medium")
    with left:
        fig = charts.kept(curves_figure)(histories, drawn_as, Metric.ACCURACY, weight=smoothing)
        charts.show(fig, f"Accuracy by epoch. {described}.", key="accuracy_curves")
    with right:
        fig = charts.kept(curves_figure)(
            histories, drawn_as, Metric.LOSS, weight=smoothing, log=log_scale
        )
        charts.show(fig, f"Loss by epoch. {described}.", key="loss_curves")
    st.caption(
        "Dashed, open marks: training. Solid, filled marks: validation. Shaded: the gap between "
        "them, which grows as a network overfits. Ring: the epoch of the best validation "
        "accuracy."
        + (
            " Thin line: start of a phase; where it is dashed, losses measure something else from "
            "there on."
            if any("phase" in h and h["phase"].nunique() > 1 for h in histories.values())
            else ""
        )
    )
    for run in ours:
        if note := origin_note(run, runs_before(run, runs, whole=whole)):
            st.caption(note)
    flattered = [name for name in histories if has_copies(name, runs)]
    if flattered:
        st.caption(copies_note(flattered))


def show_figures(histories: dict[str, pd.DataFrame]) -> None:
    """The table behind the charts, and every epoch to take away."""
    if not histories:
        st.caption("Choose a run above to see its figures.")
        return
    show_table(summary(histories))
    st.download_button(
        "Download epochs (CSV)",
        to_csv(long_table(histories)),
        file_name="training-curves.csv",
        mime="text/csv",
        on_click="ignore",
    )


def show_sections(
    names: list[str],
    runs: list[Run],
    drawn_as: dict[str, Style],
    smoothing: float,
    whole: bool,
) -> None:
    """What stands beneath the charts; only the open part is computed."""
    tabs = st.tabs(SECTIONS, key="curves", on_change="rerun", bind="query-params")
    figures, more, every, settings, remedies = tabs
    histories = drawn(names, runs, whole=whole)
    with figures:
        if figures.open:
            show_figures(histories)
    with more:
        if more.open and histories:
            metric_overlay.section(histories, drawn_as, smoothing)
        elif more.open:
            st.caption("Choose a run above to see more of its curves.")
    with every:
        if every.open:
            runs_table.section(runs, histories_of([run.run_id for run in runs], runs))
    with settings:
        if settings.open:
            ours = [run for run in runs if run.run_id in names]
            config_diff.section(ours, [name for name in names if name == REPORT])
    with remedies:
        if remedies.open:
            ablation.section()


def show_table(table: pd.DataFrame) -> None:
    """The figures behind the charts."""
    number = st.column_config.NumberColumn
    shown = table.assign(
        **{
            name: 100 * table[name]
            for name in ("best_val_accuracy", "last_accuracy", "last_val_accuracy", "gap")
        }
    )
    st.dataframe(
        shown,
        hide_index=True,
        key="summary",
        placeholder="–",
        alt="Best epoch, accuracies, gap and lowest loss of each chosen run",
        column_config={
            "run": st.column_config.TextColumn("run", pinned=True),
            "epochs": number("epochs"),
            "best_epoch": number("best epoch"),
            "best_val_accuracy": number("validation there", format="%.1f %%"),
            "last_accuracy": number("training at the end", format="%.1f %%"),
            "last_val_accuracy": number("validation at the end", format="%.1f %%"),
            "gap": number("gap at the end", format="%.1f points"),
            "lowest_val_loss": number("lowest validation loss", format="%.3f"),
            "lowest_val_loss_epoch": number("in epoch"),
        },
    )


enter()
frame.page_header("Training curves", "Did it learn, did it overfit?")
runs = cached.runs()
names = [*(run.run_id for run in runs), REPORT]
drawn_as = styles([run.run_id for run in reversed(runs)], REPORT)

chosen, smoothing, log_scale, whole = choose(names)
ours = [run for run in runs if run.run_id in chosen]
seen = progress(ours, histories_of(chosen, runs))
going = any(is_running for _, _, is_running in seen)
follow = st.fragment(show_curves, run_every=REFRESH if going else None)
follow(chosen, runs, drawn_as, smoothing, log_scale, whole, seen)
show_sections(chosen, runs, drawn_as, smoothing, whole)

if not runs:
    frame.empty_state(
        "No run of your own yet",
        "The curves above are the published ones, from the report's training log.",
        "Train the same network, which takes hours without a GPU, and watch its curve grow here:",
        command=frame.TRAIN_COMMAND,
    )
frame.footer()
