"""`python -m fer_core quantize`: an int8-quantized copy of a run's network."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

console = Console()


def quantize(
    run_id: Annotated[str, typer.Argument(help="A finished run with a model.")],
    name: Annotated[
        str | None,
        typer.Option("--run-id", help="Name of the new run folder; RUN_ID-int8 when not given."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Data set it was trained on, if not the downloaded one.")
    ] = None,
) -> None:
    """Quantizes a network to int8, as a run of its own: a quarter of the size, and faster.

    Nothing is trained. The new run is measured as any other; on processors without int8
    instructions (VNNI on Intel and AMD) it may be no faster.
    """
    from fer_core.cli.evaluate import write_and_print_report
    from fer_core.data import fer2013
    from fer_core.export.quantization import quantize_run
    from fer_core.runs.store import get_run

    run = get_run(run_id)
    dataset = fer2013.load(data_dir)
    with console.status("Quantizing; predicting validation and test images"):
        quantized = quantize_run(run, dataset, name or f"{run_id}-int8")
    write_and_print_report(quantized)
