"""`evaluate-folder` with a recurrent network: a user's own labelled videos, frame by frame."""

import json
from pathlib import Path

import pandas as pd
import typer
from rich.console import Console

from fer_core import formats
from fer_core.cli.progress import CountBar
from fer_core.errors import FerError
from fer_core.evaluation.temporal import words
from fer_core.runs.store import Run
from fer_core.tables import to_csv
from fer_core.terminal import console, say, table

_LISTED = 10


def evaluate_clips(path: Path, run: Run, *, as_csv: bool, as_json: bool) -> bool:
    """Prints the figures of `run` beside single frames and exponential smoothing on the videos in
    a folder; whether every one could be used.

    Raises:
        FerError: the folder has no video of a class, or none could be used.
    """
    from fer_core.inference.temporal import TemporalModel, network_of
    from fer_core.temporal.folder import see_folder
    from fer_core.temporal.own_clips import measure_clips

    model = TemporalModel(run)
    network = network_of(run)
    with CountBar("Reading videos", on=Console(stderr=True)) as bar:
        found = see_folder(path, network, bar.step)
    for sentence in found.problems[:_LISTED]:
        say(sentence)
    if len(found.problems) > _LISTED:
        say(f"and {len(found.problems) - _LISTED:,} more")
    measured = measure_clips(model, found)
    if as_csv:
        typer.echo(to_csv(measured.round(6)), nl=False)
    elif as_json:
        rows = json.loads(measured.to_json(orient="records"))
        told = {"clips": len(found.clips), "left_out": found.problems, "methods": rows}
        typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        _print(measured)
    return not found.problems


def check_alone(runs: list[Run]) -> bool:
    """Whether a recurrent network is asked about, which must then be the only one.

    Raises:
        FerError: another model was named besides.
    """
    recurrent = [run.run_id for run in runs if run.config.temporal is not None]
    if recurrent and len(runs) > 1:
        raise FerError(
            f"'{recurrent[0]}' reads videos and the other models pictures. Name one --model."
        )
    return bool(recurrent)


def _print(measured: pd.DataFrame) -> None:
    clips, frames = measured[["n_clips", "frames"]].iloc[0]
    title = f"{formats.counted(int(clips), 'clip')}, {int(frames):,} frames with a face"
    shown = table(title, "method", "frames right", "95 %", "clips right", "flicker")
    for row in measured.to_dict("records"):
        shown.add_row(
            words.method(row),
            formats.percent(row["accuracy"]),
            formats.bounds((row["accuracy_low"], row["accuracy_high"])),
            formats.percent(row["clip_accuracy"]),
            formats.hundredths(row["flicker"], " /s"),
        )
    console.print(shown)
    console.print(
        "A clip is right where the class named in most of its frames is. Intervals are of 95 %, by "
        "bootstrap over clips.",
        style="dim",
        soft_wrap=True,
    )
