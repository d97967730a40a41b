"""`evaluate` of a recurrent network over frames: beside single frames and exponential smoothing."""

from pathlib import Path

import pandas as pd
from rich.table import Table

from fer_core import formats
from fer_core.cli.progress import StageBar
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.evaluation.temporal import table as tables
from fer_core.evaluation.temporal import words
from fer_core.runs.records import Place
from fer_core.runs.store import Run, get_run, why_no_model
from fer_core.terminal import console, table


def print_temporal(run: Run, *, again: bool, data_dir: Path | None = None) -> None:
    """Prints the run's table; measures it first where there is none, or `again`."""
    if not run.onnx_path.exists():
        raise RunError(why_no_model(run))
    if again or tables.read_table(run) is None:
        from fer_core.temporal.finish import measure
        from fer_core.temporal.run import clips_of

        see = clips_of(run, lambda: fer2013.load(data_dir))
        with StageBar() as stages:
            measure(run, see, "again", stages.advance)
    print_table(get_run(run.run_id, run.folder.parent))


def print_table(run: Run) -> None:
    """Prints a table a place and part, and what follows from them."""
    measured = tables.read_table(run)
    if measured is None:
        return
    if run.config.synthetic:
        console.print("Drawn faces: these figures say nothing about people.", style="yellow")
    for (split, place), rows in measured.groupby(["split", "place"], sort=False):
        where = words.PLACES[Place(place)]
        console.print(_table(f"{run.run_id}, {split} clips as in {where}", rows))
        for row in rows[rows["at_same_lag"].notna()].to_dict("records"):
            console.print(f"{words.method(row)}: {words.gain(row)}.")
    console.print(
        "Lag: seconds after a change until the answer follows, median and 90th percentile. "
        "Flicker: changes of answer a second where nothing changes. At the same lag: against the "
        "best of the others at the same mean lag or less. Intervals are of 95 %, by bootstrap over "
        "clips.",
        style="dim",
        soft_wrap=True,
    )
    facts = run.config.temporal
    if facts is not None:
        console.print(words.decided(measured, facts.default_in), soft_wrap=True)


def _table(title: str, rows: pd.DataFrame) -> Table:
    shown = table(title, "method", "accuracy", "95 %", "lag", "90th", "flicker")
    for row in rows.to_dict("records"):
        shown.add_row(
            words.method(row),
            formats.percent(row["accuracy"]),
            formats.bounds((row["accuracy_low"], row["accuracy_high"])),
            formats.hundredths(row["lag_median"], " s"),
            formats.hundredths(row["lag_p90"], " s"),
            formats.hundredths(row["flicker"], " /s"),
        )
    return shown
