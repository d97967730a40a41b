"""`python -m fer_core sweep`: many settings of a preset tried side by side, the best one kept."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fer_core import formats
from fer_core.cli.evaluate import write_and_print_report
from fer_core.cli.options import Changes, Cpus, DataDir, Gpus, Ray
from fer_core.cli.stopping import continues
from fer_core.cli.train import parse_changes
from fer_core.data import fer2013
from fer_core.scale.cluster import LOCAL
from fer_core.scale.sweep_files import (
    MOST_TRIALS,
    Sweep,
    SweepFolder,
    Trial,
    TrialState,
    best_trials,
    trial_table,
)
from fer_core.terminal import console, table

_SHOWN = 20


@continues()
def sweep(
    space: Annotated[
        Path, typer.Option(metavar="FILE", help="TOML file of what is tried, a setting a line.")
    ],
    preset: Annotated[str, typer.Option(help="Preset whose settings are varied.")] = "tiny",
    trials: Annotated[int, typer.Option(min=1, max=MOST_TRIALS, help="How many are tried.")] = 30,
    epochs: Annotated[int, typer.Option(min=1, help="Of a trial, at most.")] = 20,
    grace: Annotated[
        int | None,
        typer.Option(min=1, help="Epochs before a trial may be stopped; a ninth when not given."),
    ] = None,
    keep: Annotated[int, typer.Option(min=0, help="Trials that stay as runs, the best.")] = 1,
    name: Annotated[
        str | None, typer.Option(help="Of the sweep; sweep-PRESET when not given.")
    ] = None,
    set_: Changes = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the search.")] = 0,
    ray: Ray = None,
    cpus: Cpus = 2,
    gpus: Gpus = 0,
    data_dir: DataDir = None,
) -> None:
    """Tries many settings of a preset side by side and keeps the best on validation images.

    Optuna proposes them, Ray trains them, and what does worse than others after a few epochs is
    stopped early. Stopped or killed, the same command continues it. The Train page shows it.
    """
    from fer_core.scale.space import full_config, read_space, trial_config
    from fer_core.scale.sweep import run_sweep

    changes = parse_changes(set_ or [])
    base = trial_config(preset, changes, epochs)
    settings = read_space(space, base)
    full_config(preset, changes, {})
    dataset = fer2013.load(data_dir)
    asked = Sweep(
        name=name or f"sweep-{preset}",
        preset=preset,
        changes=changes,
        space=settings,
        trials=trials,
        epochs=epochs,
        grace=min(grace or max(1, round(epochs / 9)), epochs),
        keep=keep,
        seed=seed,
        data_fingerprint=dataset.fingerprint,
        synthetic=dataset.synthetic,
    )
    console.print(
        f"Sweep '{asked.name}': {formats.counted(trials, 'trial')} of {preset}, "
        f"{formats.counted(epochs, 'epoch')} at most. Ctrl-C stops it; the same command continues."
    )
    folder, kept = run_sweep(
        asked, dataset, ray or LOCAL, _Printed(asked), data_dir=data_dir, cpus=cpus, gpus=gpus
    )
    console.print(_table(folder))
    for trial in folder.trials():
        if trial.state is TrialState.FAILED:
            console.print(f"Trial {trial.number} failed. {trial.reason}", soft_wrap=True)
    _tell_best(folder)
    for run in kept:
        write_and_print_report(run)


class _Printed:
    """Prints a line when a trial begins, ends, fails or waits for another machine."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._states: dict[int, TrialState] = {}

    def __call__(self, trial: Trial) -> None:
        before = self._states.get(trial.number)
        self._states[trial.number] = trial.state
        if trial.state is before:
            return
        words = f"trial {trial.number} of {self._sweep.trials}: {trial.state.value}"
        if before is None and trial.state is TrialState.RUNNING:
            for name, value in trial.values.items():
                words += f", {name} {formats.setting_text(value)}"
        elif trial.state is TrialState.FAILED:
            words += f". {trial.reason}"
        elif trial.val_accuracy is not None:
            accuracy = formats.percent(trial.val_accuracy)
            words += f", validation {accuracy} after {formats.counted(trial.epoch, 'epoch')}"
        console.print(words, soft_wrap=True)


def _table(folder: SweepFolder) -> Table:
    settings = [setting.name for setting in folder.sweep.space]
    rows = trial_table(folder.sweep, folder.trials())
    title = f"The {min(_SHOWN, len(rows))} best of {formats.counted(len(rows), 'trial')}"
    shown = table(title, "trial", "validation", "epochs", "state", *settings)
    for row in rows.head(_SHOWN).to_dict("records"):
        shown.add_row(
            str(row["trial"]),
            formats.percent(row["val_accuracy"]),
            str(row["epoch"]),
            row["state"],
            *(formats.setting_text(row[name]) for name in settings),
        )
    return shown


def _tell_best(folder: SweepFolder) -> None:
    best = best_trials(folder.trials())
    if not best:
        console.print("No trial trained to its end, so none is kept.")
        return
    changes = folder.sweep.changes | best[0].values
    options = " ".join(f"--set {_as_option(name, value)}" for name, value in changes.items())
    run_id = f"{folder.name}-full"
    console.print(
        f"Trial {best[0].number} is best. Train it in full, on this machine:\n"
        f"python -m fer_core train --preset {folder.sweep.preset} {options} --run-id {run_id}",
        soft_wrap=True,
    )


def _as_option(name: str, value: Any) -> str:
    """As sh and cmd take it: `learning_rate=0.05`, `"phases=[]"`."""
    text = f"{name}={value if isinstance(value, str) else json.dumps(value)}"
    if re.fullmatch(r"[\w=.+-]+", text):
        return text
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'
