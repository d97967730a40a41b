"""`python -m fer_core live ...`: what live video in visitors' browsers needs."""

from typing import Annotated

import typer

from fer_core.cli.progress import CountBar
from fer_core.errors import DetectorError
from fer_core.inference import detector_file
from fer_core.terminal import console

app = typer.Typer(no_args_is_help=True, help="Prepare live video that browsers read themselves.")


@app.command()
def fetch(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="The npm package onnxruntime-web (.tgz), or a folder with its two files, on this "
            "machine or by http.",
        ),
    ] = "",
) -> None:
    """Keep a copy of what browsers read faces with, for demos and networks without internet.

    ONNX Runtime Web (14 MB), from a CDN or npm, and the face detector go into the cache folder; the
    dashboard then gives them to browsers itself. They are compared with their checksums.
    """
    from fer_core.inference.live import fetch_runtime, web_runtime

    with CountBar("Downloading", size=True) as bar:
        folder = fetch_runtime.fetch(source, bar.step)
    console.print(f"ONNX Runtime Web {web_runtime.VERSION} is in {folder}", soft_wrap=True)
    try:
        detector = detector_file.locate(retry=True)
    except DetectorError as exc:
        raise DetectorError(
            f"{exc} Browsers need it too: fetch {detector_file.URL} elsewhere, and set "
            "FER_DETECTOR to the file."
        ) from exc
    console.print(f"The face detector is {detector}", soft_wrap=True)
