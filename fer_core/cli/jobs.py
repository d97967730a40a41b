"""`fer jobs`: training in the background, as the Train page does it."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from fer_core.cli.options import Changes
from fer_core.cli.train import configure, names_precision
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.data.label_review import read_review
from fer_core.errors import JobError
from fer_core.jobs.base import DataSource, Job, KerasBackend, Place
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.ray.settings import ADDRESS_VARIABLE, RaySettings
from fer_core.runs.packing import pack_to
from fer_core.runs.store import get_run, set_default_run, unreadable_runs
from fer_core.terminal import console, table

app = typer.Typer(help="Train in the background; one job runs, others wait.", no_args_is_help=True)

REMOTE_SECONDS = 30.0  # between two questions about a job on another machine, over the internet

RunId = Annotated[str, typer.Argument(help="Name of the job and of its run folder.")]
Preset = Annotated[str, typer.Option("--preset", help="Named configuration.")]
Address = Annotated[
    str, typer.Option(help=f"Of Ray's dashboard, as http://HEAD:8265; or {ADDRESS_VARIABLE}.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print it for other programs.")]


@app.command()
def submit(
    preset: Preset = "report-baseline",
    changes: Changes = None,
    run_id: Annotated[str | None, typer.Option(help="Its name; from the preset's if none.")] = None,
    data: Annotated[
        DataSource, typer.Option(help="The data set, or drawn faces that need no download.")
    ] = DataSource.FER2013,
    backend: Annotated[
        KerasBackend | None,
        typer.Option(help="What Keras computes with; the fastest here when not given."),
    ] = None,
    place: Annotated[
        Place, typer.Option(help="This machine, a GPU of your Kaggle account, or a Ray cluster.")
    ] = Place.LOCAL,
    address: Address = "",
    gpus: Annotated[
        int,
        typer.Option(
            min=0, max=64, help="GPUs of one Ray node to train on together; 0: processors only."
        ),
    ] = 1,
    cluster_data: Annotated[
        str,
        typer.Option(metavar="PATH", help="The data set as the Ray cluster sees it; else fetched."),
    ] = "",
    storage: Annotated[
        str,
        typer.Option(metavar="PATH", help="Shared with the Ray cluster: a folder or s3://BUCKET."),
    ] = "",
    install: Annotated[
        bool, typer.Option(help="Install the pinned packages on the Ray cluster.")
    ] = True,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="ImageNet weights of a transfer preset; copied."),
    ] = None,
    label_review: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV of decisions on labels; copied."),
    ] = None,
) -> None:
    """Queue a training and return at once; it continues when this terminal is closed."""
    from fer_core.jobs.backends import backend_at

    config = configure(preset, changes or [])
    review = read_review(label_review, fer2013.load()) if label_review else None
    ray = None
    if place is Place.RAY:
        ray = RaySettings(
            address=_address(address),
            gpus=gpus,
            data=cluster_data,
            storage=storage,
            install=install,
        )
    elif address or cluster_data or storage:
        raise JobError("--address, --cluster-data and --storage are of --place ray.")
    if backend is None and names_precision(changes or []):
        backend = KerasBackend.TENSORFLOW
    job = backend_at(place, ray=ray).submit(config, run_id, data, backend, weights, review)
    _tell(job)
    console.print(f"Follow it with `python -m fer_core jobs logs {job.run_id} --follow`.")


@app.command("list")
def list_(
    active: Annotated[bool, typer.Option("--active", help="Only those that wait or run.")] = False,
) -> None:
    """Show all jobs and runs, the latest first."""
    headings = "name", "state", "epoch", "submitted (UTC)", "remark"
    shown = table("Jobs", *headings, left=headings)
    shown.columns[-1].no_wrap = False
    for job in LocalBackend().list():
        if job.is_active or not active:
            epochs = f"{job.status.epoch} of {job.status.epochs}" if job.status.epochs else ""
            since = f"{job.since:%Y-%m-%d %H:%M}" if job.since else ""
            shown.add_row(job.run_id, job.status.state, epochs, since, _remark(job))
    if shown.row_count:
        console.print(shown)
    else:
        console.print(f"{'No job waits or runs' if active else 'No jobs and no runs'} here.")
    if not active:
        for name, why in unreadable_runs().items():
            console.print(f"Run '{name}' is left out: {why}")


@app.command()
def show(run_id: RunId, as_json: AsJson = False) -> None:
    """Show one job: its state, what it trains, and why it ended."""
    job = _backend(run_id).status(run_id)
    train = job.train.model_dump(mode="json") if job.train else {}
    if as_json:
        status = job.status.model_dump(mode="json")
        facts = {"run_id": run_id, "ahead": job.ahead, "status": status, "train": train}
        typer.echo(json.dumps(facts, indent=1))
        return
    _tell(job)
    for name, value in train.items():
        console.print(f"  {name} = {value}")


@app.command()
def logs(
    run_id: RunId,
    lines: Annotated[int, typer.Option(min=1, help="How many of the last lines.")] = 50,
    follow: Annotated[bool, typer.Option("--follow", help="Keep printing until it ends.")] = False,
) -> None:
    """Print what a job printed."""
    jobs = _backend(run_id)
    job = jobs.status(run_id)
    text = jobs.logs(run_id, lines)
    if not text and not job.is_active:
        console.print(f"'{run_id}' has left no log here.")
        return
    typer.echo(text or _remark(job))
    while follow and job.is_active:
        time.sleep(REMOTE_SECONDS if job.status.host and not job.is_followed else 1)
        job = jobs.status(run_id)
        before, text = text.splitlines(), jobs.logs(run_id, lines)
        for line in _new_lines(before, text.splitlines()):
            typer.echo(line)


@app.command()
def stop(
    run_id: RunId,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="End its process at once; for a job on Kaggle or Ray, stop following it.",
        ),
    ] = False,
) -> None:
    """Ask a job to stop; it can be resumed after its last finished epoch."""
    _tell(_backend(run_id).stop(run_id, at_once=now))


@app.command()
def resume(run_id: RunId) -> None:
    """Queue a stopped or failed job again."""
    _tell(_backend(run_id).resume(run_id))


@app.command()
def delete(
    run_id: RunId, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Remove the folder of a job that has ended, with everything that it trained."""
    jobs = LocalBackend()
    jobs.status(run_id)
    if not yes:
        typer.confirm(f"Delete '{run_id}' with everything that it trained?", abort=True)
    jobs.delete(run_id)
    console.print(f"{run_id}: deleted.")


@app.command()
def default(run_id: RunId) -> None:
    """Make the app predict with a run that has a model."""
    set_default_run(run_id)
    console.print(f"The app predicts with {run_id} from now on.")


@app.command()
def pack(
    run_id: RunId,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The ZIP; RUN_ID.zip here by default.")
    ] = None,
) -> None:
    """Write a run folder, without checkpoint and log, into one ZIP for another copy of the app."""
    target = out or Path(f"{run_id}.zip")
    pack_to(get_run(run_id), target)
    console.print(f"Written to {target}. Unpack it into artifacts/runs of another copy of the app.")


@app.command()
def devices(as_json: AsJson = False, address: Address = "") -> None:
    """Show what training would compute on, and how a GPU that it leaves idle is put to use; with
    an address, what a Ray cluster has.
    """
    if address:
        from fer_core.jobs.ray.rest import Cluster

        console.print(Cluster(address).devices().in_words())
        return
    from fer_core.jobs.devices import devices as ask_for_devices
    from fer_core.training.probe import list_devices

    if as_json:
        typer.echo(json.dumps(list_devices()))
        return
    found = ask_for_devices()
    for name, installed in found.backends.items():
        console.print(f"{name} {installed}")
    console.print(f"Devices: {', '.join(found.devices)}")
    if found.unused_gpu:
        console.print(f"{found.unused_gpu} is not used. {found.advice}")


@app.command()
def probe(
    preset: Preset = "report-baseline",
    changes: Changes = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Read a configuration from stdin, print JSON.")
    ] = False,
) -> None:
    """Time some training steps on noise."""
    from fer_core.training.probe import measure_step

    if as_json:
        typer.echo(json.dumps(measure_step(TrainConfig.parse(json.loads(sys.stdin.read())))))
        return
    config = configure(preset, changes or [])
    found = measure_step(config)
    console.print(
        f"{1000 * found['step_seconds']:.0f} ms a step of {config.batch_size} images, "
        f"{found['memory_mb']:.0f} MB."
    )


@app.command(hidden=True)
def follow(run_id: RunId) -> None:
    """What the process does that follows a job on a Ray cluster."""
    from fer_core.jobs.ray.follow import follow as to_end

    sys.exit(to_end(run_id))


@app.command(hidden=True)
def work(run_id: RunId) -> None:
    """What a job's own process does; started by submit and resume."""
    from fer_core.jobs.worker import work as carry_out

    sys.exit(carry_out(run_id))


def _address(given: str) -> str:
    return given or os.environ.get(ADDRESS_VARIABLE, "")


def _backend(run_id: str) -> LocalBackend:
    from fer_core.jobs.backends import backend_of

    return backend_of(run_id)


def _tell(job: Job) -> None:
    console.print(f"{job.run_id}: {job.status.state}. {_remark(job)}")


def _remark(job: Job) -> str:
    if job.is_active and job.ahead:
        return f"{job.ahead} before it"
    return job.status.message or job.status.stage


def _new_lines(before: list[str], after: list[str]) -> list[str]:
    """The lines that were added to the end of a log of which only the last are seen."""
    for keep in range(min(len(before), len(after)), 0, -1):
        if before[-keep:] == after[:keep]:
            return after[keep:]
    return after
