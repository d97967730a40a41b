"""`python -m fer_core results`: writes docs/results.md from committed files."""

from typing import Annotated

import typer
from rich.console import Console

from fer_core.errors import FerError

console = Console()


def results(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether docs/results.md is current.")
    ] = False,
) -> None:
    """Writes docs/results.md: every figure that follows from committed files."""
    from fer_core.files import write_text
    from fer_core.reporting import results as page

    runs = page.committed_runs()
    if not check:
        write_text(page.PATH, page.results(runs))
        console.print(f"Wrote {page.PATH}", highlight=False, soft_wrap=True)
    elif page.is_current(runs):
        console.print("docs/results.md is current.", highlight=False)
    else:
        raise FerError(
            "docs/results.md is not what the committed files give. Write it again: "
            "python -m fer_core results"
        )
