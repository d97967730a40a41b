"""`python -m fer_core jobs`: training in the background, as the Train page does it."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from fer_core.jobs.base import DataSource, KerasBackend, Place

if TYPE_CHECKING:
    from fer_core.jobs.base import Job

app = typer.Typer(help="Train in the background; one job runs, others wait.", no_args_is_help=True)
console = Console()

REMOTE_SECONDS = 30.0
"""Between two looks at a job on another machine, which is asked over the internet."""

RunId = Annotated[str, typer.Argument(help="Name of the job and of its run folder.")]


@app.command()
def submit(
    preset: Annotated[str, typer.Option(help="Named configuration to train.")] = "report-baseline",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the preset."),
    ] = None,
    run_id: Annotated[
        str | None, typer.Option(help="Name of the job; made from the preset's when not given.")
    ] = None,
    data: Annotated[
        DataSource, typer.Option(help="The data set, or drawn faces that need no download.")
    ] = DataSource.FER2013,
    backend: Annotated[
        KerasBackend, typer.Option(help="What Keras computes with.")
    ] = KerasBackend.TENSORFLOW,
    place: Annotated[
        Place, typer.Option(help="This machine, or a GPU of your Kaggle account.")
    ] = Place.LOCAL,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="ImageNet weights of a transfer preset; copied."),
    ] = None,
) -> None:
    """Queue a training and return at once; it goes on when this terminal is closed."""
    from fer_core.cli.train import configure
    from fer_core.jobs.backends import backend_at

    config = configure(preset, set_ or [])
    job = backend_at(place).submit(config, run_id, data, backend, weights)
    _tell(job)
    console.print(f"Follow it with `python -m fer_core jobs logs {job.run_id} --follow`.")


@app.command("list")
def list_(
    active: Annotated[bool, typer.Option("--active", help="Only those that wait or run.")] = False,
) -> None:
    """Show all jobs and runs, the latest first."""
    from fer_core.jobs.local import LocalBackend

    table = Table(title="Jobs")
    for heading in ("name", "state", "epoch", "asked for (UTC)", ""):
        table.add_column(heading, justify="right" if heading == "epoch" else "left")
    for job in LocalBackend().list():
        if active and not job.is_active:
            continue
        since = f"{job.since:%Y-%m-%d %H:%M}" if job.since else ""
        table.add_row(job.run_id, job.status.state, _epochs(job), since, _remark(job))
    console.print(table)


@app.command()
def show(
    run_id: RunId,
    json_: Annotated[bool, typer.Option("--json", help="Print it for other programs.")] = False,
) -> None:
    """Show one job: its state, what it trains, and why it ended."""
    from fer_core.jobs.backends import backend_of

    job = backend_of(run_id).status(run_id)
    train = job.train.model_dump(mode="json") if job.train else {}
    if json_:
        status = job.status.model_dump(mode="json")
        facts = {"run_id": run_id, "ahead": job.ahead, "status": status, "train": train}
        typer.echo(json.dumps(facts, indent=1))
        return
    _tell(job)
    for name, value in train.items():
        console.print(f"  {name} = {value}", highlight=False, markup=False)


@app.command()
def logs(
    run_id: RunId,
    lines: Annotated[int, typer.Option(min=1, help="How many of the last lines.")] = 50,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on printing until the job ends.")
    ] = False,
) -> None:
    """Print what a job printed."""
    from fer_core.jobs.backends import backend_of

    jobs = backend_of(run_id)
    job = jobs.status(run_id)
    text = jobs.logs(run_id, lines)
    if not text and not job.is_active:
        console.print(f"'{run_id}' has left no log here.", highlight=False, markup=False)
        return
    typer.echo(text)
    while follow and job.is_active:
        time.sleep(REMOTE_SECONDS if job.status.host else 1)
        job = jobs.status(run_id)
        before, text = text.splitlines(), jobs.logs(run_id, lines)
        for line in _new_lines(before, text.splitlines()):
            typer.echo(line)


@app.command()
def stop(
    run_id: RunId,
    now: Annotated[
        bool,
        typer.Option("--now", help="End its process without asking it; give up one on Kaggle."),
    ] = False,
) -> None:
    """Ask a job to stop; it can be resumed after its last finished epoch."""
    from fer_core.jobs.backends import backend_of

    _tell(backend_of(run_id).stop(run_id, at_once=now))


@app.command()
def resume(run_id: RunId) -> None:
    """Queue a stopped or failed job again."""
    from fer_core.jobs.backends import backend_of

    _tell(backend_of(run_id).resume(run_id))


@app.command()
def delete(
    run_id: RunId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove the folder of a job that has ended, with everything that it trained."""
    from fer_core.jobs.local import LocalBackend

    jobs = LocalBackend()
    jobs.status(run_id)
    if not yes:
        typer.confirm(f"Delete '{run_id}' with everything that it trained?", abort=True)
    jobs.delete(run_id)
    console.print(f"{run_id}: deleted.", highlight=False, markup=False)


@app.command()
def default(run_id: RunId) -> None:
    """Make a run with a model the one that the app predicts with."""
    from fer_core.runs.store import set_default_run

    set_default_run(run_id)
    console.print(
        f"{run_id} is what the app predicts with from now on.", highlight=False, markup=False
    )


@app.command()
def pack(
    run_id: RunId,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The ZIP; RUN_ID.zip here by default.")
    ] = None,
) -> None:
    """Write a run folder, without checkpoint and log, into one ZIP for another copy of the app."""
    from fer_core.errors import RunError
    from fer_core.runs import packing
    from fer_core.runs.store import get_run

    run = get_run(run_id)
    target = out or Path(f"{run_id}.zip")
    try:
        with target.open("xb") as file:
            packing.pack(run, file)
    except FileExistsError as exc:
        raise RunError(f"{target} is there already. Name another file by --out.") from exc
    except OSError as exc:
        target.unlink(missing_ok=True)
        raise RunError(f"{target} cannot be written: {exc.strerror}.") from exc
    console.print(
        f"Written to {target}. Unpack it into artifacts/runs of another copy of this app.",
        highlight=False,
        markup=False,
    )


@app.command()
def devices(
    json_: Annotated[bool, typer.Option("--json", help="Print it for other programs.")] = False,
) -> None:
    """Show what training would compute on, and how a GPU that it leaves idle is put to use."""
    from fer_core.jobs.devices import devices as ask_for_devices
    from fer_core.training.probe import list_devices

    if json_:
        typer.echo(json.dumps(list_devices()))
        return
    found = ask_for_devices()
    for name, installed in found.backends.items():
        console.print(f"{name} {installed}", highlight=False)
    console.print(f"Devices: {', '.join(found.devices)}", highlight=False)
    if found.unused_gpu:
        console.print(f"{found.unused_gpu} is not used. {found.advice}", highlight=False)


@app.command()
def probe(
    preset: Annotated[str, typer.Option(help="Named configuration to try.")] = "report-baseline",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change one value of the preset."),
    ] = None,
    json_: Annotated[
        bool, typer.Option("--json", help="Read a configuration from stdin, print for programs.")
    ] = False,
) -> None:
    """Time some training steps on noise."""
    from fer_core.cli.train import configure
    from fer_core.config import TrainConfig
    from fer_core.training.probe import measure_step

    if json_:
        found = measure_step(TrainConfig.parse(json.loads(sys.stdin.read())))
        typer.echo(json.dumps(found))
        return
    config = configure(preset, set_ or [])
    found = measure_step(config)
    console.print(
        f"{1000 * found['step_seconds']:.0f} ms a step of {config.batch_size} images, "
        f"{found['memory_mb']:.0f} MB.",
        highlight=False,
    )


@app.command(hidden=True)
def work(run_id: RunId) -> None:
    """What a job's own process does; started by submit and resume."""
    from fer_core.jobs.worker import work as carry_out

    sys.exit(carry_out(run_id))


def _tell(job: "Job") -> None:
    console.print(
        f"{job.run_id}: {job.status.state}. {_remark(job)}", highlight=False, markup=False
    )


def _epochs(job: "Job") -> str:
    return f"{job.status.epoch} of {job.status.epochs}" if job.status.epochs else ""


def _remark(job: "Job") -> str:
    if job.is_active and job.ahead:
        return f"{job.ahead} before it"
    return job.status.message or job.status.stage


def _new_lines(before: list[str], after: list[str]) -> list[str]:
    """The lines that were added to the end of a log of which only the last are seen."""
    for keep in range(min(len(before), len(after)), 0, -1):
        if before[-keep:] == after[:keep]:
            return after[keep:]
    return after
