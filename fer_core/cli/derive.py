"""`python -m fer_core quantize` and `ensemble`: runs made from finished runs without training."""

from typing import Annotated

import typer

from fer_core.cli.evaluate import write_and_print_report
from fer_core.cli.options import DataDir
from fer_core.data import fer2013
from fer_core.runs.store import get_run
from fer_core.terminal import console


def quantize(
    run_id: Annotated[str, typer.Argument(help="A finished run with a model.")],
    name: Annotated[
        str | None,
        typer.Option("--run-id", help="Name of the new run folder; RUN_ID-int8 when not given."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Quantizes a network to int8, as a run of its own: a quarter of the size, and faster.

    Nothing is trained. The new run is measured as any other; on processors without int8
    instructions (VNNI on Intel and AMD) it may be no faster.
    """
    from fer_core.export.quantization import quantize_run

    run = get_run(run_id)
    dataset = fer2013.load(data_dir)
    with console.status("Quantizing; predicting validation and test images"):
        quantized = quantize_run(run, dataset, name or f"{run_id}-int8")
    write_and_print_report(quantized)


def ensemble(
    members: Annotated[list[str], typer.Argument(help="Runs to average, two or more.")],
    run_id: Annotated[str, typer.Option(help="Name of the new run folder.")] = "ensemble",
) -> None:
    """Averages the probabilities of several runs into a run of its own.

    Nothing is trained and no model is written: the run shows what its members reach together.
    """
    from fer_core.export.ensemble import make_ensemble

    write_and_print_report(make_ensemble(members, run_id))
