"""`python -m fer_core predict`: faces and emotions of image files."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fer_core.errors import FerError, ImageError

if TYPE_CHECKING:
    from fer_core.inference.predictor import ImageResult, Predictor
    from fer_core.runs.store import Run


def predict(
    images: Annotated[list[Path], typer.Argument(help="Image files.", metavar="IMAGE...")],
    run: Annotated[
        str | None, typer.Option("--run", help="Run to use; the app's own when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one row a face.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for annotated pictures.", metavar="DIR")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Where no face is found, take the whole picture.")
    ] = False,
) -> None:
    """Find the faces in images and print the emotion of each.

    A file that cannot be read gets one sentence; the others are done all the same, and
    the exit code is 1 at the end.
    """
    if as_json and as_csv:
        raise FerError("--json and --csv exclude each other. Choose one.")

    from fer_core.inference.classifier import Classifier
    from fer_core.inference.faces import load_detector
    from fer_core.inference.predictor import Predictor, to_frame, to_json

    # Pillow warns of damaged metadata; the picture itself is what counts here.
    warnings.filterwarnings("ignore", module=r"PIL\..*")
    targets = _targets(out, images) if out is not None else [None] * len(images)
    classifier = Classifier(_find_run(run))
    detector = load_detector()
    if detector.note:
        _say(detector.note)
    predictor = Predictor(classifier, detector)
    results = [
        _predict_file(predictor, path, target, whole)
        for path, target in zip(images, targets, strict=True)
    ]
    if as_json:
        typer.echo(to_json(results))
    elif as_csv:
        typer.echo(to_frame(results).to_csv(index=False), nl=False)
    else:
        _print_table(results)
    if any(result.error for result in results):
        raise typer.Exit(1)


def _find_run(run_id: str | None) -> "Run":
    from fer_core.runs.store import default_run, get_run

    if run_id is not None:
        return get_run(run_id)
    run = default_run()
    if run is None:
        raise FerError(
            "There is no trained model yet. Train one with "
            "`python -m fer_core train --preset report-baseline`."
        )
    return run


def _predict_file(
    predictor: "Predictor", path: Path, target: Path | None, whole: bool
) -> "ImageResult":
    """One file's result, its annotated picture written; says what a user should know."""
    import cv2

    from fer_core.files import write_file
    from fer_core.inference.images import decode_image, read_bytes
    from fer_core.inference.predictor import ImageResult, annotate

    name = os.fsencode(path).decode("utf-8", errors="replace")
    try:
        frame = decode_image(read_bytes(path), name)
    except ImageError as exc:
        _say(str(exc))
        return ImageResult(name, 0, 0, (), str(exc), predictor.detector.name)
    result = predictor.predict(frame, name)
    if not result.faces and whole:
        result = predictor.whole_picture(frame, name)
        _say(f"{name}: no face found; the whole picture is taken as one.")
    elif not result.faces:
        _say(f"{name}: no face found. Add --whole to take the whole picture as one.")
    if target is not None:
        png = cv2.imencode(".png", annotate(frame, result))[1].tobytes()
        try:
            write_file(target, lambda temporary: _write(temporary, png))
        except OSError as exc:
            raise FerError(f"{target} cannot be written: {exc.strerror}.") from exc
    return result


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _targets(folder: Path, images: Sequence[Path]) -> list[Path]:
    """A file in `folder` for each image: all different, and none of them an input."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise FerError(f"{folder} cannot be made into a folder: {exc.strerror}.") from exc
    taken = {path.resolve() for path in images}
    targets = []
    for path in images:
        stem = path.resolve().stem or "image"
        names = (f"{stem}-faces{'' if n == 1 else f'-{n}'}.png" for n in range(1, len(images) + 9))
        target = next(folder / name for name in names if (folder / name).resolve() not in taken)
        taken.add(target.resolve())
        targets.append(target)
    return targets


def _print_table(results: "Sequence[ImageResult]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Image", "Face", "Emotion", "Confidence", "Runner-up", "Place")
    for column in table.columns[3:4]:
        column.justify = "right"
    for result in results:
        for number, face in enumerate(result.faces, start=1):
            box = face.box
            table.add_row(
                Text(result.name, overflow="fold"),
                f"{number} of {len(result.faces)}",
                face.label,
                f"{face.confidence:.1%}",
                face.runner_up,
                "whole picture" if box is None else box.describe(),
            )
    if table.row_count:
        Console().print(table)


def _say(message: str) -> None:
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(message, markup=False, highlight=False)
