"""`python -m fer_core evaluate-folder PATH`: models on a user's own labelled pictures."""

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from fer_core import formats
from fer_core.cli.evaluate import class_table, confusion_table
from fer_core.cli.evaluate_clips import check_alone, evaluate_clips
from fer_core.cli.progress import CountBar
from fer_core.errors import FerError
from fer_core.evaluation import labelled, metrics
from fer_core.evaluation.labelled import LabelledFaces
from fer_core.evaluation.metrics import Report
from fer_core.evaluation.predict import open_run
from fer_core.inference.classifier import served_run
from fer_core.inference.detector import load_detector
from fer_core.inference.pictures.labelled import open_labelled
from fer_core.tables import to_csv
from fer_core.terminal import console, say, table

_LISTED = 10
"""Files without a result that are named; `--csv` and `--json` name all."""


def evaluate_folder(
    path: Annotated[
        Path, typer.Argument(help="Folder or ZIP with one folder a class.", metavar="PATH")
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(help="Run to use, several times for several; the app's own when not given."),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Every picture is one face; look for none.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one row an answer.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Accuracy with interval, per-class table and confusion matrix on your own pictures.

    Folders are named as the classes (angry, disgusted, fearful, happy, neutral, sad, surprised) or
    as in other data sets (anger, happiness, fear and so on). A picture of 48x48 pixels is a face
    already; in others the largest face is found. Pictures without a face are listed and
    left out of every figure. With --model of a recurrent network over frames the folders hold
    videos, one expression each, and frames are counted. Exit code 0: all were read; 1: some file
    could not be read; 2: wrong use.
    """
    try:
        if as_json and as_csv:
            raise FerError("--json and --csv exclude each other. Choose one.")
        runs = [served_run(name) for name in model] if model else [served_run()]
        if check_alone(runs):
            if not evaluate_clips(path, runs[0], as_csv=as_csv, as_json=as_json):
                raise typer.Exit(1)
            return
        predicts = {run.run_id: open_run(run, threads=os.cpu_count() or 1) for run in runs}
        read, left_out = _read(path, whole)
    except FerError as exc:
        say(str(exc))
        raise typer.Exit(2) from exc
    if left_out:
        say(left_out)
    answers = {name: labelled.answers(read, predict) for name, predict in predicts.items()}
    reports = {name: labelled.evaluate(read, found) for name, found in answers.items() if found}
    if as_csv:
        typer.echo(to_csv(labelled.to_frame(read, answers)), nl=False)
    elif as_json:
        typer.echo(json.dumps(labelled.to_dict(read, reports), indent=1, ensure_ascii=False))
    else:
        _print(read, reports)
    if read.unreadable:
        raise typer.Exit(1)


def _read(path: Path, whole: bool) -> tuple[LabelledFaces, str]:
    """One face of each picture, and what was left out."""
    # Pillow warns of damaged metadata; the picture itself is what counts here.
    warnings.filterwarnings("ignore", module=r"PIL\..*")
    with open_labelled(path) as found, CountBar("Reading", on=Console(stderr=True)) as bar:
        read = labelled.read_faces(found.pictures, load_detector, whole=whole, progress=bar.step)
        return read, found.describe_unknown()


def _print(read: LabelledFaces, reports: Mapping[str, Report]) -> None:
    named = (
        ("could not be read", [f"{name}: {why}" for name, why in read.unreadable.items()]),
        ("without a face that was found, left out", list(read.without_face)),
    )
    for what, names in named:
        if names:
            say(f"{formats.counted(len(names), 'picture')} {what}:")
            say("\n".join(f"  {name}" for name in names[:_LISTED]))
            if len(names) > _LISTED:
                say(f"  and {len(names) - _LISTED:,} more")
    if not reports:
        console.print("No face was read, so there are no figures.")
        return
    shown = table("Accuracy", "model", "faces", "accuracy", "95 % interval", "macro F1")
    for name, report in reports.items():
        shown.add_row(
            name,
            f"{report.n:,}",
            formats.percent(report.accuracy),
            formats.bounds(report.accuracy_interval),
            formats.percent(report.macro_f1),
        )
    console.print(shown)
    report = next(iter(reports.values()))
    told = f"{metrics.describe_intervals(report)} {metrics.describe_absent(report)}"
    console.print(told.strip(), style="dim")
    for name, report in reports.items():
        console.print(class_table(name, report))
        console.print(confusion_table(name, report))
