"""`python -m fer_core report RUN_ID`: a run's figures as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fer_core.errors import ConfigError

console = Console()


def report(
    run_id: Annotated[str, typer.Argument(help="Folder name under artifacts/runs.")],
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
    from fer_core.files import write_file
    from fer_core.reporting.html_report import file_name, html_report
    from fer_core.runs.store import get_run

    run = get_run(run_id)
    path = out or Path(file_name(run))
    if path.is_dir():
        raise ConfigError(f"{path} is a folder. Name a file, as --out {path / file_name(run)}.")
    if not path.parent.is_dir():
        raise ConfigError(f"There is no folder {path.parent}. Make it first, or name another file.")
    content = html_report(run, with_pictures=pictures)
    write_file(path, lambda temporary: _write(temporary, content))
    console.print(f"Wrote {path} ({len(content) / 1e6:.1f} MB)", highlight=False, soft_wrap=True)
    if pictures:
        console.print("It holds images of the data set: do not pass it on.", style="yellow")


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
