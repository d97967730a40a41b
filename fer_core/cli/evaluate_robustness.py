"""What `python -m fer_core evaluate RUN_ID --robustness` does and prints."""

import os
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from fer_core.classes import CLASS_NAMES
from fer_core.cli.progress import StageBar
from fer_core.cli.tables import PLAIN
from fer_core.errors import RunError

if TYPE_CHECKING:
    import pandas as pd

    from fer_core.runs.store import Run


def measure_and_print(console: Console, run: "Run", against: "Run | None") -> None:
    """Measures `run` under every corruption, writes `robustness.csv` and prints it.

    Args:
        console: to print on.
        run: with a `model.onnx`.
        against: a measured run to compare with, or None.

    Raises:
        RunError: `against` was never measured or on other images, or `run` has no model.
        DataMissingError: the data set is not on this machine.
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
    with StageBar(console) as bar:
        table = measure.measure(
            run,
            threads=os.cpu_count() or 1,
            progress=lambda done, total: bar.advance("Corrupted test images", done, total),
        )
    measure.write(run, table)
    console.print(_accuracy_table(run, table, against, baseline))
    console.print(_share_table(table))
    _print_verdicts(console, table, against, baseline)


def _accuracy_table(
    run: "Run", table: "pd.DataFrame", against: "Run | None", baseline: "pd.DataFrame | None"
) -> Table:
    from fer_core.evaluation.robustness.measure import compare

    count = int(table["n"].iloc[0])
    shown = Table(title=f"{run.run_id} on {count:,} test images, %", **PLAIN)
    shown.add_column("images", no_wrap=True)
    for heading in ("accuracy", "95 %", "macro F1"):
        shown.add_column(heading, no_wrap=True, justify="right")
    points: list[str] = []
    if baseline is not None and against is not None:
        points = [f"{value:+.1f}" for value in compare(table, baseline)["points"]]
        shown.add_column("points\nahead", no_wrap=True, justify="right", style="dim")
    shown.add_column("most repeated", no_wrap=True)
    for i, row in enumerate(table.to_dict("records")):
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
    shown.caption = "most repeated: predicted share of a common class over its true share"
    return shown


def _share_table(table: "pd.DataFrame") -> Table:
    from fer_core.evaluation.robustness.measure import PREDICTED, TRUE

    shown = Table(title="Predicted shares, %", **PLAIN)
    shown.add_column("images", no_wrap=True)
    for name in CLASS_NAMES:
        shown.add_column(name, no_wrap=True, justify="right")
    first = table.iloc[0]
    shown.add_row("true share", *(f"{100 * first[column]:.1f}" for column in TRUE))
    shown.add_section()
    for row in table.to_dict("records"):
        shown.add_row(row["title"], *(f"{100 * row[column]:.1f}" for column in PREDICTED))
    return shown


def _print_verdicts(
    console: Console, table: "pd.DataFrame", against: "Run | None", baseline: "pd.DataFrame | None"
) -> None:
    from fer_core.evaluation.robustness.measure import (
        COMMON_SHARE,
        LARGEST_RATIO,
        WANTED_MARGIN,
        verdicts,
    )

    wanted = {
        "share": f"No class holding over {100 * COMMON_SHARE:.0f} % of the images predicted "
        f"more than {LARGEST_RATIO:g} times as often as it is there",
    }
    if against is not None:
        wanted["margin"] = f"At least {WANTED_MARGIN:g} points above {against.run_id}"
    judged = verdicts(table, baseline)
    for target, text in wanted.items():
        rows = judged[judged["target"] == target]
        failed = rows.loc[~rows["met"], "title"].tolist()
        if failed:
            says, style = f"not under {', '.join(failed)}.", "yellow"
        else:
            says, style = f"met under all {len(rows)} corruptions.", None
        console.print(f"{text}: {says}", style=style, highlight=False, markup=False)
