"""`python -m fer_core checkpoint-choice`: what choosing the checkpoint on test images is worth."""

from pathlib import Path
from typing import Annotated

import typer

from fer_core import paths
from fer_core.cli.options import Changes, DataDir
from fer_core.cli.progress import TrainingProgress
from fer_core.cli.stopping import continues
from fer_core.cli.train import configure
from fer_core.data import fer2013
from fer_core.evaluation import checkpoint_choice as found
from fer_core.files import write_text
from fer_core.reference import files, published
from fer_core.tables import to_csv
from fer_core.terminal import console


@continues()
def checkpoint_choice(
    preset: Annotated[str, typer.Option(help="What is trained; train --list shows them.")] = "tiny",
    set_: Changes = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the run lies; artifacts/ablation by default.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The table; artifacts/reference/checkpoint_choice.csv by default."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Trains a run of its own, tests each epoch, and says what choosing on test images is worth.

    Stop it with Ctrl-C at any time: called again it continues.
    """
    from fer_core.experiments.checkpoint_choice import train_tested
    from fer_core.training import machine

    config = configure(preset, set_ or [])
    machine.check_memory()
    dataset = fer2013.load(data_dir)
    root = folder or paths.ablation_dir()
    table = train_tested(config, dataset, f"checkpoint-choice-{preset}", root, TrainingProgress)
    if choice := found.of(table):
        console.print(choice.sentence)
    if not dataset.synthetic:
        path = out or files.folder() / published.CHOICE_FILE
        write_text(path, to_csv(table))
        console.print(f"Written to {path}.")
