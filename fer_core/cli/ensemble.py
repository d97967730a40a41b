"""`python -m fer_core ensemble`: the averaged probabilities of several runs, as a run."""

from typing import Annotated

import typer


def ensemble(
    members: Annotated[list[str], typer.Argument(help="Runs to average, two or more.")],
    run_id: Annotated[str, typer.Option(help="Name of the new run folder.")] = "ensemble",
) -> None:
    """Averages the probabilities of several runs into a run of its own.

    Nothing is trained and no model is written: the run shows what its members reach together.
    """
    from fer_core.cli.evaluate import write_and_print_report
    from fer_core.export.ensemble import make_ensemble

    write_and_print_report(make_ensemble(members, run_id))
