"""What `python -m fer_core evaluate RUN_ID --test-time-augmentation` does and prints."""

import os
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from fer_core.cli.progress import StageBar
from fer_core.cli.tables import PLAIN

if TYPE_CHECKING:
    from fer_core.runs.store import Run


def measure_and_print_augmented(console: Console, run: "Run") -> None:
    """Measures `run` with each augmentation, writes `test_time.csv` and prints it.

    Raises:
        RunError: `run` or a member of it has no model, or was trained on other images.
        DataMissingError: the data set is not on this machine.
    """
    from fer_core.data import fer2013
    from fer_core.evaluation import test_time_augmentation
    from fer_core.evaluation.networks import open_run

    predict = open_run(run, threads=os.cpu_count() or 1)
    dataset = fer2013.load()
    with StageBar(console) as bar:
        table = test_time_augmentation.measure(
            run,
            predict,
            dataset,
            progress=lambda done, total: bar.advance("Passes over the test images", done, total),
        )
    test_time_augmentation.write(run, table)
    shown = Table(title=f"{run.run_id}, test images, %", **PLAIN)
    for heading in ("prediction", "passes", "images", "count", "accuracy", "95 %"):
        left = heading in ("prediction", "images")
        shown.add_column(heading, no_wrap=True, justify="left" if left else "right")
    for row in table.to_dict("records"):
        shown.add_row(
            row["looks"],
            str(row["passes"]),
            row["images"],
            f"{row['n']:,}",
            f"{100 * row['accuracy']:.2f}",
            f"{100 * row['low']:.1f}-{100 * row['high']:.1f}",
        )
    console.print(shown)
