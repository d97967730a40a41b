"""`python -m fer_core ensemble`: several runs' answers averaged, for the scoreboard."""

from typing import Annotated

import typer


def ensemble(
    members: Annotated[list[str], typer.Argument(help="Runs to average, two or more.")],
    run_id: Annotated[str, typer.Option(help="Name of the new run folder.")] = "ensemble",
) -> None:
    """Averages the probabilities of several runs into a run folder of their own.

    Nothing is trained and no model is left: the run shows what the members reach together.
    """
    from fer_core.cli.evaluate import write_and_print_report
    from fer_core.export.ensemble import make_ensemble

    write_and_print_report(make_ensemble(members, run_id))
