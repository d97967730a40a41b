"""`python -m fer_core card RUN_ID`: writes a run's model card from its files."""

from typing import Annotated

import typer
from rich.console import Console

console = Console()


def card(
    run_ids: Annotated[list[str], typer.Argument(help="Folder names under artifacts/runs.")],
) -> None:
    """Writes MODEL_CARD.md into the folder of each run, generated from its files."""
    from fer_core.reporting.model_card import write_model_card
    from fer_core.runs.store import get_run

    for run in [get_run(run_id) for run_id in run_ids]:
        console.print(f"Wrote {write_model_card(run)}", highlight=False, soft_wrap=True)
