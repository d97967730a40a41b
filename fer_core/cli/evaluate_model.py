"""`evaluate --robustness`, `--test-time-augmentation` and `--time`: the model predicts again."""

import os

import pandas as pd
from rich.table import Table

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.cli.progress import StageBar
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.progress import of_stage
from fer_core.runs.store import Run
from fer_core.terminal import console, kept_if_possible, table


def print_test_time(run: Run) -> None:
    """Measures `run` with each augmentation, or an ensemble from what its members kept; writes
    `test_time.csv` and `ten_crops.npz` and prints the table.
    """
    from fer_core.evaluation import test_time_augmentation
    from fer_core.evaluation.predict import open_run

    if run.config.members:
        measured = test_time_augmentation.measure_ensemble(run)
    else:
        predict = open_run(run, threads=os.cpu_count() or 1)
        dataset = fer2013.load()
        with StageBar() as bar:
            progress = of_stage(bar.advance, "Passes over the test images")
            measured = test_time_augmentation.measure(run, predict, dataset, progress=progress)
    with kept_if_possible():
        test_time_augmentation.write(run, measured)
    texts = "prediction", "images"
    headings = "prediction", "passes", "images", "count", "accuracy", "95 %"
    shown = table(f"{run.run_id}, test images, %", *headings, left=texts)
    for row in measured.table.to_dict("records"):
        shown.add_row(
            row["looks"],
            str(row["passes"]),
            row["images"],
            f"{row['n']:,}",
            f"{100 * row['accuracy']:.2f}",
            f"{100 * row['low']:.1f}-{100 * row['high']:.1f}",
        )
    console.print(shown)


def print_timing(run: Run) -> None:
    """Measures how long one face takes here, writes `timing.json` and prints it."""
    from fer_core.evaluation import timing

    measured = timing.measure(run)
    with kept_if_possible():
        timing.write(run, measured)
    took = formats.milliseconds(measured.ms_per_face)
    console.print(f"{run.run_id}: {took} a face on {measured.machine}; load {measured.load:.1f}.")


def print_robustness(run: Run, against: Run | None) -> None:
    """Measures `run` on corrupted test images, writes `robustness.csv` and prints it, compared
    with the table of the run `against`.
    """
    from fer_core.evaluation.robustness import measure

    baseline = None
    if against is not None:  # read before minutes of work, not after
        baseline = measure.read(against)
        if baseline is None:
            raise RunError(
                f"Run '{against.run_id}' has no robustness table to compare with. Measure it "
                f"first: {measure.command(against)}"
            )
    with StageBar() as bar:
        progress = of_stage(bar.advance, "Corrupted test images")
        measured = measure.measure(run, threads=os.cpu_count() or 1, progress=progress)
    with kept_if_possible():
        measure.write(run, measured)
    console.print(_accuracy_table(run, measured, baseline))
    console.print(_share_table(measured))
    _print_verdicts(measured, against, baseline)


def _accuracy_table(run: Run, measured: pd.DataFrame, baseline: pd.DataFrame | None) -> Table:
    from fer_core.evaluation.robustness.measure import compare

    count = int(measured["n"].iloc[0])
    title = f"{run.run_id} on {count:,} test images, %"
    shown = table(title, "images", "accuracy", "95 %", "macro F1")
    points: list[str] = []
    if baseline is not None:
        points = [f"{value:+.1f}" for value in compare(measured, baseline)["points"]]
        shown.add_column("points\nahead", no_wrap=True, justify="right", style="dim")
    shown.add_column("most over-\npredicted", no_wrap=True)
    for i, row in enumerate(measured.to_dict("records")):
        shown.add_row(
            row["title"],
            f"{100 * row['accuracy']:.1f}",
            f"{100 * row['accuracy_low']:.1f}-{100 * row['accuracy_high']:.1f}",
            f"{100 * row['macro_f1']:.1f}",
            *points[i : i + 1],
            f"{row['worst_class']} x{row['worst_ratio']:.1f}" if row["worst_class"] else "",
        )
        if i == 0:
            shown.add_section()
    shown.caption = "most over-predicted class: its predicted share over its true share"
    return shown


def _share_table(measured: pd.DataFrame) -> Table:
    from fer_core.evaluation.robustness.measure import PREDICTED, TRUE

    shown = table("Predicted shares, %", "images", *CLASS_NAMES)
    first = measured.iloc[0]
    shown.add_row("true share", *(f"{100 * first[column]:.1f}" for column in TRUE))
    shown.add_section()
    for row in measured.to_dict("records"):
        shown.add_row(row["title"], *(f"{100 * row[column]:.1f}" for column in PREDICTED))
    return shown


def _print_verdicts(
    measured: pd.DataFrame, against: Run | None, baseline: pd.DataFrame | None
) -> None:
    from fer_core.evaluation.robustness import measure

    wanted = {
        "share": f"No class holding over {100 * measure.COMMON_SHARE:.0f} % of the images "
        f"predicted more than {measure.LARGEST_RATIO:g} times as often as it is there"
    }
    if against is not None:
        wanted["margin"] = f"At least {measure.WANTED_MARGIN:g} points above {against.run_id}"
    judged = measure.verdicts(measured, baseline)
    for target, text in wanted.items():
        rows = judged[judged["target"] == target]
        failed = rows.loc[~rows["met"], "title"].tolist()
        if failed:
            says, style = f"not under {', '.join(failed)}.", "yellow"
        else:
            says, style = f"met under all {len(rows)} corruptions.", None
        console.print(f"{text}: {says}", style=style)
