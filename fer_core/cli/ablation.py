"""`python -m fer_core ablation`: each training technique alone and all together, at one budget."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from fer_core import formats, paths
from fer_core.classes import FINGERPRINT
from fer_core.cli.options import Changes, Cpus, DataDir, Gpus, Ray
from fer_core.cli.progress import TrainingProgress, print_standing
from fer_core.cli.stopping import continues
from fer_core.cli.train import parse_changes
from fer_core.data import fer2013
from fer_core.files import write_text
from fer_core.reference import files, published
from fer_core.scale.many import train_many
from fer_core.tables import to_csv
from fer_core.terminal import console, table


@continues()
def ablation(
    epochs: Annotated[int, typer.Option(min=1, help="Budget of every variant.")] = 6,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Variants to train; all by default. The others of the same budget stay in the "
            "table.",
        ),
    ] = None,
    set_: Changes = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the runs lie; artifacts/ablation by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The table; artifacts/reference/ablation.csv by default.")
    ] = None,
    data_dir: DataDir = None,
    ray: Ray = None,
    cpus: Cpus = 2,
    gpus: Gpus = 0,
) -> None:
    """Trains the report's network with each training technique and writes a table of the gains.

    With --ray they are trained side by side on a cluster.

    Stop it with Ctrl-C at any time: called again it continues, and finished variants are kept.
    """
    from fer_core.errors import ConfigError, DataError
    from fer_core.experiments.ablation import (
        VARIANTS,
        run_variant,
        summarize_variant,
        to_table,
        variant_config,
    )
    from fer_core.training import machine

    names = [variant.name for variant in VARIANTS]
    unknown = [name for name in only or [] if name not in names]
    if unknown:
        raise ConfigError(f"There is no variant '{unknown[0]}'. Variants: {', '.join(names)}.")
    common = parse_changes(set_ or [])
    variant_config(VARIANTS[0], epochs, common)
    if ray is None:
        machine.check_memory()
    dataset = fer2013.load(data_dir)
    if out is None and not dataset.synthetic and dataset.fingerprint != FINGERPRINT:
        raise DataError(
            "The reference table is of the published images, and here are other images. Name "
            "another file by --out."
        )
    root = folder or paths.ablation_dir()
    chosen = [variant for variant in VARIANTS if not only or variant.name in only]
    if ray is not None:
        train_many(
            "variant",
            [variant.name for variant in chosen],
            root,
            ray,
            print_standing,
            data_dir=data_dir,
            cpus=cpus,
            gpus=gpus,
            epochs=epochs,
            common=common,
        )
    rows = []
    for variant in chosen:
        console.print(f"{variant.name}, {epochs} epochs")
        run = run_variant(variant, epochs, dataset, root, TrainingProgress, common)
        rows.append(summarize_variant(variant, run, common))
    path = out or files.folder() / published.ABLATION_FILE
    measured = to_table(rows, None if dataset.synthetic else published.ablation(path))
    console.print(_printed(measured))
    if not dataset.synthetic:
        write_text(path, to_csv(measured))
        console.print(f"Written to {path}.")


def _printed(measured: pd.DataFrame) -> Table:
    """The figures; the changes of each variant stand in the CSV."""
    headings = "variant", "accuracy", "95 % interval", "macro F1", "recall disgusted", "gap"
    printed = table("Report's network, test images", *headings)
    for row in measured.to_dict("records"):
        printed.add_row(
            str(row["variant"]),
            formats.percent(row["accuracy"]),
            formats.bounds((row["low"], row["high"])),
            formats.percent(row["macro_f1"]),
            formats.percent(row["recall_disgusted"]),
            formats.percent(row["train_validation_gap"]),
        )
    return printed
