"""`python -m fer_core predict`: faces and emotions of pictures, folders, ZIPs and videos."""

import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from fer_core.cli.predict_annotated import AnnotatedFolder
from fer_core.cli.predict_video import read_video_file
from fer_core.cli.progress import ReadingBar
from fer_core.errors import FerError
from fer_core.inference.results import time_code, to_dict, to_frame
from fer_core.tables import to_csv

if TYPE_CHECKING:
    from fer_core.inference.predictor import ImageResult, Predictor
    from fer_core.inference.sources import Input
    from fer_core.inference.video.reader import VideoSettings


DetectorChoice = Literal["best", "haar"]


def predict(
    paths: Annotated[
        list[Path], typer.Argument(help="Pictures, folders, ZIPs and videos.", metavar="PATH...")
    ],
    run: Annotated[
        str | None, typer.Option("--run", help="Run to use; the app's own when not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one row a face.")] = False,
    annotate: Annotated[
        Path | None,
        typer.Option(
            "--annotate", "--out", help="Folder for annotated pictures and videos.", metavar="DIR"
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Where no face is found, classify the whole picture.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.1, max=60, help="Samples a second of video.")] = 5.0,
    smoothing: Annotated[
        float,
        typer.Option(min=0, max=10, help="Half-life of smoothing in video, seconds; 0 for none."),
    ] = 0.5,
    threshold: Annotated[
        float, typer.Option(min=0.3, max=0.95, help="Lowest confidence of a face, by YuNet.")
    ] = 0.6,
    max_faces: Annotated[
        int | None,
        typer.Option(
            min=1, help="Most faces read in a picture or sample, the largest; all when not given."
        ),
    ] = None,
    detector: Annotated[
        DetectorChoice, typer.Option(help="`haar` forces the cascade that needs no download.")
    ] = "best",
) -> None:
    """Find the faces in pictures and videos and print the emotion of each.

    Folders are searched, ZIPs read without unpacking, results printed as they come. A file
    that cannot be read gets one sentence; the others are still read, and the exit
    code is 1 at the end.
    """
    if as_json and as_csv:
        raise FerError("--json and --csv exclude each other. Choose one.")

    from fer_core.inference.sources import find_inputs
    from fer_core.inference.video.reader import VideoSettings

    # Pillow warns of damaged metadata; the picture itself is what counts here.
    warnings.filterwarnings("ignore", module=r"PIL\..*")
    folder = AnnotatedFolder(annotate, paths) if annotate is not None else None
    predictor = _load(run, detector)
    video = VideoSettings(rate, threshold, smoothing, max_faces)
    reader = _Reader(predictor, folder, whole, threshold, video)
    form = _as_json if as_json else _as_csv if as_csv else _as_lines
    failed = False

    def results() -> "Iterator[ImageResult]":
        nonlocal failed
        for result in reader.read(find_inputs(paths, leave_out=annotate)):
            failed |= result.error is not None
            yield result

    for text in form(results()):
        typer.echo(text, nl=False)
    if failed:
        raise typer.Exit(1)


def _load(run_id: str | None, choice: DetectorChoice) -> "Predictor":
    from fer_core.inference.classifier import Classifier, served_run
    from fer_core.inference.detector import haar_detector, load_detector
    from fer_core.inference.predictor import Predictor

    run = served_run(run_id)
    classifier = Classifier(run)
    detector = haar_detector() if choice == "haar" else load_detector()
    if detector.note:
        _say(detector.note)
    return Predictor(classifier, detector, unsure_below=run.config.abstain_below or 0.0)


@dataclass(frozen=True)
class _Reader:
    """Reads inputs one after another, writes annotated copies and says what goes wrong."""

    predictor: "Predictor"
    folder: AnnotatedFolder | None
    whole: bool
    threshold: float
    video: "VideoSettings"

    def read(self, inputs: "Iterator[Input]") -> "Iterator[ImageResult]":
        from fer_core.inference.sources import Kind

        with ReadingBar() as bar:
            for source in inputs:
                bar.begin(source.name)
                if source.kind is Kind.VIDEO:
                    yield from self._read_video(source, bar.at)
                else:
                    yield self._read_picture(source)

    def _read_picture(self, source: "Input") -> "ImageResult":
        from fer_core.inference.pictures.decode import read_image

        try:
            data = source.read()
            image = read_image(data, source.name)
        except FerError as exc:
            return self._failed(source.name, str(exc))
        frame = image.frame_bgr
        result = self.predictor.predict(
            frame, source.name, min_confidence=self.threshold, max_faces=self.video.max_faces
        )
        if result.left_out:
            _say(
                f"{source.name}: {result.left_out} of {result.left_out + len(result.faces)} faces "
                f"were left out, as --max-faces is {self.video.max_faces}."
            )
        if not result.faces and self.whole:
            result = self.predictor.whole_picture(frame, source.name)
            _say(f"{source.name}: no face found; the whole picture is taken as one.")
        elif not result.faces:
            _say(f"{source.name}: no face found. Add --whole to take the whole picture as one.")
        result = image.about(result)
        if self.folder is not None:
            self.folder.add_picture(source.stem, frame, result)
        return result

    def _read_video(
        self, source: "Input", at: Callable[[float, float | None], None]
    ) -> "Iterator[ImageResult]":
        try:
            yield from read_video_file(source, self.predictor, self.video, self.folder, at, _say)
        except FerError as exc:
            yield self._failed(source.name, str(exc))

    def _failed(self, name: str, error: str) -> "ImageResult":
        _say(error)
        return self.predictor.failed(name, error)


def _as_lines(results: "Iterable[ImageResult]") -> Iterator[str]:
    """A line a face."""
    for result in results:
        when = f"{time_code(result.seconds)}  " if result.seconds is not None else ""
        for index, face in enumerate(result.faces, start=1):
            number = f"face {face.number}" if face.number else f"{index} of {len(result.faces)}"
            place = "whole picture" if face.box is None else face.box.describe()
            yield (
                f"{result.name}  {when}{number}  {face.named} {face.confidence:.1%}, then "
                f"{face.runner_up}  [{place}]\n"
            )


def _as_json(results: "Iterable[ImageResult]") -> Iterator[str]:
    """An array that grows an object at a time."""
    before = "["
    for result in results:
        yield f"{before}\n{json.dumps(to_dict(result), ensure_ascii=False)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _as_csv(results: "Iterable[ImageResult]") -> Iterator[str]:
    """A header and a row a face."""
    header = True
    for result in results:
        yield to_csv(to_frame([result]), header=header)
        header = False
    if header:
        yield to_csv(to_frame([]))


def _say(message: str) -> None:
    Console(stderr=True, soft_wrap=True).print(message, markup=False, highlight=False)
