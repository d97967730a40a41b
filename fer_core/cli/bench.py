"""`python -m fer_core bench`: measures what the project promises."""

from typing import Annotated, Literal

import typer

app = typer.Typer(help="Measure speed, memory and the framing of faces.", no_args_is_help=True)

RunOption = Annotated[
    str | None,
    typer.Option("--model", "--run", help="Run to measure; the app's own when not given."),
]


@app.command()
def inference(
    run: RunOption = None,
    rounds: Annotated[int, typer.Option(min=5, help="Calls timed for each row.")] = 200,
    folder: Annotated[
        bool, typer.Option("--folder", help="Time a folder read by one core and by several.")
    ] = False,
    pictures: Annotated[int, typer.Option(min=4, help="Pictures of that folder.")] = 200,
) -> None:
    """Time one face in Keras predict, a Keras call and ONNX Runtime, on one thread."""
    if folder:
        from fer_core.bench.folder import run_folder_benchmark

        run_folder_benchmark(run, pictures)
        return

    from fer_core.bench.inference import run_inference_benchmark

    run_inference_benchmark(run, rounds)


@app.command()
def framing(
    images: Annotated[int, typer.Option(min=10, help="Training images to search.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the choice of images and angles.")] = 0,
    alignment: Annotated[
        bool, typer.Option(help="Also measure accuracy on rotated validation images.")
    ] = False,
    run: RunOption = None,
) -> None:
    """Measure where each face detector's box lies in FER2013's own images."""
    from fer_core.bench.framing import run_framing_benchmark

    run_framing_benchmark(images, seed, alignment=alignment, run_id=run)


@app.command()
def pasting(
    run: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "--run",
            help="Run to read with; may be given several times; the app's own when not given.",
        ),
    ] = None,
    images: Annotated[int, typer.Option(min=10, help="Test images to paste.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of images, places and backgrounds.")] = 0,
    detector: Annotated[
        Literal["both", "yunet", "haar"], typer.Option(help="Face detectors to measure.")
    ] = "both",
    turned: Annotated[
        bool, typer.Option(help="Measure pictures on their side and head, on training images.")
    ] = False,
) -> None:
    """Paste test images into larger pictures and measure how well they are found and read."""
    from fer_core.bench.pasting import run_pasting_benchmark, run_turning_benchmark

    if turned:
        run_turning_benchmark(images, seed)
    else:
        run_pasting_benchmark(run or [], images, seed, detector)


@app.command()
def smoothing(
    run: RunOption = None,
    clips: Annotated[int, typer.Option(min=1, help="Clips of each class.")] = 10,
    seed: Annotated[int, typer.Option(help="Of images, noise and blur.")] = 0,
) -> None:
    """Measure what smoothing over time gains in noisy clips of validation and test images."""
    from fer_core.bench.smoothing import run_smoothing_benchmark

    run_smoothing_benchmark(run, clips, seed)


@app.command()
def training(
    preset: Annotated[str, typer.Option(help="Whose network to train.")] = "report-baseline",
    steps: Annotated[int, typer.Option(min=5, help="Steps timed for each way of feeding it.")] = 30,
) -> None:
    """Time training steps by library, precision and threads, and how long they wait for images."""
    from fer_core.bench.training import run_training_benchmark

    run_training_benchmark(preset, steps)


@app.command(name="app")
def app_command() -> None:
    """Measure the dashboard's start, page changes and memory."""
    from fer_core.bench.app import run_app_benchmark

    run_app_benchmark()


@app.command()
def live(
    run: RunOption = None,
    frames: Annotated[int, typer.Option(min=10, help="Frames to read, without --browser.")] = 300,
    browser: Annotated[
        bool,
        typer.Option(
            "--browser", help="In Chromium, beside server mode and other libraries (npm)."
        ),
    ] = False,
    visitors: Annotated[
        int,
        typer.Option(
            min=0,
            help="Measure the server's load with this many visitors playing live video in "
            "Chromium.",
        ),
    ] = 0,
    seconds: Annotated[
        float, typer.Option(min=1, help="Of video measured, with --browser or --visitors.")
    ] = 20,
) -> None:
    """Measure live video: in this process, in a browser, or with many visitors."""
    if browser or visitors:
        from fer_core.bench.browser_live.run import run_browser_benchmark, run_visitors_benchmark

        if browser:
            run_browser_benchmark(seconds)
        if visitors:
            run_visitors_benchmark(visitors, seconds)
        return
    from fer_core.bench.live import run_live_benchmark

    run_live_benchmark(run, frames)
