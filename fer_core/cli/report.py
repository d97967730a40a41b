"""`python -m fer_core report`, `card` and `results`: documents generated from runs' files."""

from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.options import RunId
from fer_core.errors import ConfigError, FerError
from fer_core.files import write_bytes, write_text
from fer_core.runs.store import get_run
from fer_core.terminal import console


def report(
    run_id: RunId,
    out: Annotated[
        Path | None, typer.Option(help="Where to write it.", show_default="RUN_ID-report.html")
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option(
            "--pictures", help="Include the most confident errors as pictures; needs the data set."
        ),
    ] = False,
) -> None:
    """Writes one self-contained HTML file with every figure and chart of a run.

    It opens offline, in any browser. Images of the data set are in it only with --pictures.
    """
    from fer_core.reporting.html_report import file_name, html_report

    run = get_run(run_id)
    path = out or Path(file_name(run))
    if path.is_dir():
        raise ConfigError(f"{path} is a folder. Name a file, as --out {path / file_name(run)}.")
    if not path.parent.is_dir():
        raise ConfigError(f"There is no folder {path.parent}. Make it first, or name another file.")
    content = html_report(run, with_pictures=pictures)
    write_bytes(path, content)
    console.print(f"Wrote {path} ({len(content) / 1e6:.1f} MB)", soft_wrap=True)
    if pictures:
        console.print("It holds images of the data set: do not pass it on.", style="yellow")


def card(
    run_ids: Annotated[list[str], typer.Argument(help="Folder names under artifacts/runs.")],
) -> None:
    """Writes MODEL_CARD.md into the folder of each run, generated from its files."""
    from fer_core.reporting.model_card import write_model_card

    for run in [get_run(run_id) for run_id in run_ids]:
        console.print(f"Wrote {write_model_card(run)}", soft_wrap=True)


def results(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether docs/results.md is current.")
    ] = False,
) -> None:
    """Writes docs/results.md: every figure that follows from committed files."""
    from fer_core.reporting import results as page

    runs = page.committed_runs()
    if not runs:
        raise FerError("There is no run with predictions to write figures of.")
    if not check:
        write_text(page.PATH, page.results(runs))
        console.print(f"Wrote {page.PATH}", soft_wrap=True)
    elif page.is_current(runs):
        console.print("docs/results.md is current.")
    else:
        raise FerError(
            "docs/results.md is not what the committed files give. Write it again: "
            "python -m fer_core results"
        )
