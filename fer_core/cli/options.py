"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

RunId = Annotated[str, typer.Argument(help="Folder name under artifacts/runs.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a value of the configuration; may be given several times.",
    ),
]
DataDir = Annotated[
    Path | None, typer.Option("--data-dir", help="Data set to use, if not the downloaded one.")
]
Votes = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CSV of FER+ votes, if not FER_FERPLUS.")
]
Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="HOST:PORT of a Ray cluster's head, or local: this machine.",
    ),
]
Cpus = Annotated[int, typer.Option(min=1, help="With --ray: cores of each training.")]
Gpus = Annotated[
    float, typer.Option(min=0, help="With --ray: GPUs of each training; 0.5: two share one.")
]
