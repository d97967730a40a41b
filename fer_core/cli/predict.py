"""`python -m fer_core predict`: faces and emotions of pictures, folders, ZIPs and videos."""

import json
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fer_core.cli.predict_annotated import AnnotatedFolder
from fer_core.cli.predict_video import read_video_file
from fer_core.cli.progress import ReadingBar
from fer_core.cli.stopping import STOPPED, continues
from fer_core.errors import FerError, ImageError, VideoError
from fer_core.inference.results import time_code, to_dict, to_frame
from fer_core.tables import to_csv
from fer_core.terminal import print_utf_8, say

if TYPE_CHECKING:
    from fer_core.inference.batch import PictureSettings
    from fer_core.inference.predictor import ImageResult, Predictor
    from fer_core.inference.sources import Input
    from fer_core.inference.video.reader import VideoSettings


DetectorChoice = Literal["best", "haar"]
OverTimeChoice = Literal["none", "exponential", "recurrent"]


def predict(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Pictures, folders, ZIPs and videos; with --ray also lists (.txt, a path or "
            "address a line) and addresses, as s3://bucket/folder.",
            metavar="PATH...",
        ),
    ],
    run: Annotated[
        str | None,
        typer.Option("--model", "--run", help="Run to use; the app's own when not given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, one row a face.")] = False,
    excel: Annotated[
        bool, typer.Option("--excel", help="Print CSV with the mark by which Excel knows UTF-8.")
    ] = False,
    annotate: Annotated[
        Path | None,
        typer.Option(help="Folder for annotated pictures and videos.", metavar="DIR"),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            help="As --annotate; with --ray the folder or address for the results.",
            metavar="DIR",
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Where no face is found, classify the whole picture.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.1, max=60, help="Samples a second of video.")] = 5.0,
    smoothing: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=10,
            help="Half-life of exponential smoothing in video, seconds; 0 for none. 0.5 if not "
            "given.",
        ),
    ] = None,
    over_time: Annotated[
        OverTimeChoice | None,
        typer.Option(
            help="Smoothing over time in video; `recurrent` is the network that `train --preset "
            "temporal` trains. If not given, it is used where it was better on validation clips "
            "and no --smoothing is given."
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(min=0.3, max=0.95, help="Lowest confidence of a face, by YuNet.")
    ] = 0.6,
    max_faces: Annotated[
        int | None,
        typer.Option(
            min=1, help="Most faces read in a picture or sample, the largest; all when not given."
        ),
    ] = None,
    min_face: Annotated[
        float | None,
        typer.Option(
            min=8,
            help="Pixels of the smallest face to look for. By the picture's size if not given: 24 "
            "up to 2 megapixels, 60 in 12, 90 in 24. In 12, 40 takes 1.4 times as long, 24 three "
            "times, 16 eight times.",
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Pictures read at a time; one a core if not given.")
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            help="Read on a Ray cluster, by HOST:PORT of its head, or on all cores here (`local`), "
            "into a folder of Parquet files (--out).",
            metavar="ADDRESS",
        ),
    ] = None,
    shard: Annotated[
        int,
        typer.Option(min=1, max=100_000, help="With --ray: pictures in one shard, a Parquet file."),
    ] = 200,
    zip_encoding: Annotated[
        str | None,
        typer.Option(help="Of names in ZIPs that do not say it, as gbk or cp850; else guessed."),
    ] = None,
    detector: Annotated[
        DetectorChoice, typer.Option(help="`haar` forces the cascade that needs no download.")
    ] = "best",
) -> None:
    """Find the faces in pictures and videos and print the emotion of each.

    Folders are searched, ZIPs read without unpacking, results printed as they come, in the order of
    the files. A file that cannot be read gets one sentence, and the others are still read; what is
    left out is listed at the end. With --ray the same command continues where it was interrupted.
    Exit code 0: all were read, with a face or without; 1: something could not be read, or its
    annotated copy not be written, or there was nothing to read; 2: wrong use.
    """
    if as_json + as_csv + excel > 1:
        raise typer.BadParameter("--json, --csv and --excel exclude each other. Choose one.")
    if ray is not None:
        _check_for_ray(ray, out, annotate or as_json or as_csv or excel)
    elif (address := next((path for path in paths if "://" in path), None)) is not None:
        raise typer.BadParameter(f"{address} is an address. Read it with --ray local --out DIR.")

    from fer_core.inference.batch import PictureSettings
    from fer_core.inference.pictures.zip_names import check_encoding
    from fer_core.inference.sources import LeftOut, find_inputs
    from fer_core.inference.video.reader import VideoSettings, with_smoothing

    # Pillow warns of damaged metadata; the picture itself is what counts here.
    warnings.filterwarnings("ignore", module=r"PIL\..*")
    try:
        encoding = None if zip_encoding is None else check_encoding(zip_encoding)
        files = [Path(path) for path in paths]
        kept = annotate or (Path(out) if out is not None and ray is None else None)
        folder = AnnotatedFolder(kept, files, say) if kept is not None else None
        predictor, half_life = with_smoothing(_load(run, detector), over_time, smoothing)
    except FerError as exc:
        say(str(exc))
        raise typer.Exit(2) from exc
    if ray is not None:
        from fer_core.cli.predict_ray import Asked, predict_on_ray

        settings = {
            **{"threshold": threshold, "max_faces": max_faces, "min_face": min_face},
            **{"whole": whole, "rate": rate, "smoothing": half_life, "zip_encoding": encoding},
        }
        asked = Asked(paths, out or "", settings, shard)
        with continues():
            raise typer.Exit(predict_on_ray(ray, asked, predictor, jobs, say))
    video = VideoSettings(rate, threshold, half_life, max_faces, min_face)
    pictures = PictureSettings(threshold, max_faces, min_face, whole, draw=folder is not None)
    reader = _Reader(predictor, folder, pictures, video, jobs)
    form = _as_json if as_json else _as_csv if as_csv or excel else _as_lines
    left_out = LeftOut()
    inputs = find_inputs(files, kept, left_out=left_out, zip_encoding=encoding)
    count = failed = 0

    def results() -> "Iterator[ImageResult]":
        nonlocal count, failed
        for result in reader.read(inputs):
            count += 1
            failed += result.error is not None
            yield result

    if form is not _as_lines:
        print_utf_8(mark=excel)
    try:
        for text in form(results()):
            typer.echo(text, nl=False)
    except KeyboardInterrupt:
        say("Stopped.")
        raise typer.Exit(STOPPED) from None
    for sentence in left_out.sentences():
        say(sentence)
    if count == 0:
        say("Nothing was read. Name a picture, a video, a ZIP or a folder that holds some.")
    if failed or not count or left_out.empty or (folder is not None and folder.failed):
        raise typer.Exit(1)


def _check_for_ray(address: str, out: str | None, other_output: object) -> None:
    from fer_core.scale import cluster

    if out is None or other_output:
        raise typer.BadParameter(
            "With --ray a table is written: give its folder by --out DIR, and neither --annotate "
            "nor --json, --csv or --excel."
        )
    cluster.check_ready(address)


def _load(run_id: str | None, choice: DetectorChoice) -> "Predictor":
    from fer_core.inference.classifier import Classifier, served_run
    from fer_core.inference.detector import haar_detector, load_detector
    from fer_core.inference.predictor import Predictor

    run = served_run(run_id)
    classifier = Classifier(run)
    detector = haar_detector() if choice == "haar" else load_detector()
    if detector.note:
        say(detector.note)
    return Predictor(classifier, detector, unsure_below=run.config.abstain_below or 0.0)


@dataclass(frozen=True)
class _Reader:
    """Reads inputs in their order, writes annotated copies and says what goes wrong."""

    predictor: "Predictor"
    folder: AnnotatedFolder | None
    pictures: "PictureSettings"
    video: "VideoSettings"
    jobs: int | None

    def read(self, inputs: "Iterator[Input]") -> "Iterator[ImageResult]":
        from fer_core.inference.batch import read_all

        with ReadingBar() as bar:
            for reading in read_all(inputs, self.predictor, self.pictures, self.jobs):
                bar.begin(reading.source.name)
                if reading.result is None:
                    yield from self._read_video(reading.source, bar.at)
                    continue
                for sentence in self._remarks(reading.result):
                    say(sentence)
                if self.folder is not None and reading.drawn is not None:
                    self.folder.add_picture(reading.source.stem, reading.drawn)
                yield reading.result

    def _remarks(self, result: "ImageResult") -> Iterator[str]:
        """What to say of a picture beside its faces."""
        name = result.name
        if result.error is not None:
            yield result.error
        elif not result.faces:
            yield f"{name}: no face found. Add --whole to take the whole picture as one."
        elif result.faces[0].box is None:
            yield f"{name}: no face found; the whole picture is taken as one."
        if result.note:
            yield f"{name}: {result.note}"
        if result.left_out:
            yield (
                f"{name}: {result.left_out} of {result.left_out + len(result.faces)} faces "
                f"were left out, as --max-faces is {self.pictures.max_faces}."
            )

    def _read_video(
        self, source: "Input", at: Callable[[float, float | None], None]
    ) -> "Iterator[ImageResult]":
        try:
            yield from read_video_file(source, self.predictor, self.video, self.folder, at, say)
        except (ImageError, VideoError) as exc:
            say(str(exc))
            yield self.predictor.failed(source.name, str(exc))


def _as_lines(results: "Iterable[ImageResult]") -> Iterator[str]:
    """A line a face."""
    for result in results:
        when = f"{time_code(result.seconds)}  " if result.seconds is not None else ""
        for index, face in enumerate(result.faces, start=1):
            number = f"face {face.number}" if face.number else f"{index} of {len(result.faces)}"
            place = "whole picture" if face.box is None else face.box.describe()
            place += f", picture turned by {face.turn} degrees" if face.turn else ""
            yield (
                f"{result.name}  {when}{number}  {face.named} {face.confidence:.1%}, then "
                f"{face.runner_up}  [{place}]\n"
            )


def _as_json(results: "Iterable[ImageResult]") -> Iterator[str]:
    """An array that grows an object at a time, and is closed before a stop as well."""
    before = "["
    try:
        for result in results:
            yield f"{before}\n{json.dumps(to_dict(result), ensure_ascii=False)}"
            before = ","
    except (Exception, KeyboardInterrupt):
        yield _end(before)
        raise
    yield _end(before)


def _end(before: str) -> str:
    return "[]\n" if before == "[" else "\n]\n"


def _as_csv(results: "Iterable[ImageResult]") -> Iterator[str]:
    """A header and a row a face."""
    for number, some in enumerate(_at_once(results)):
        yield to_csv(to_frame(some), header=number == 0)


def _at_once(results: "Iterable[ImageResult]") -> "Iterator[list[ImageResult]]":
    """All of about half a second: a table of a single row takes as long as reading a face.

    The first one comes without waiting, and what was read before a stop is given as well.
    """
    some: list[ImageResult] = []
    due = 0.0
    try:
        for result in results:
            some.append(result)
            if time.monotonic() >= due:
                yield some
                some, due = [], time.monotonic() + 0.5
    except (Exception, KeyboardInterrupt):
        yield some
        raise
    if some or not due:
        yield some
