"""`python -m fer_core train` and `export`: train a preset, resume, export what is trained."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from fer_core import formats, paths
from fer_core.cli import train_temporal
from fer_core.cli.evaluate import write_and_print_report
from fer_core.cli.options import Changes, DataDir, Votes
from fer_core.cli.progress import StageBar, TrainingProgress
from fer_core.cli.stopping import STOPPED, resumable
from fer_core.config import Precision, TrainConfig
from fer_core.data import fer2013
from fer_core.data.exclusion import read_list
from fer_core.data.fer2013 import Dataset
from fer_core.data.kept_changes import reduced
from fer_core.data.label_review import Review, read_review
from fer_core.errors import ConfigError
from fer_core.jobs.base import KerasBackend
from fer_core.models.temporal import check_config, is_temporal
from fer_core.runs.store import Run, check_name_free, get_run, list_runs
from fer_core.terminal import console, table


def train(
    preset: Annotated[
        str, typer.Option(help="Named configuration to train; --list shows them.")
    ] = "report-baseline",
    set_: Changes = None,
    run_id: Annotated[
        str | None, typer.Option(help="Name of the run folder; the preset's name when not given.")
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN_ID", help="Continue a run after its last finished epoch."),
    ] = None,
    data_dir: DataDir = None,
    backend: Annotated[
        KerasBackend | None,
        typer.Option(help="What Keras computes with; the fastest here when not given."),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="fer2013, or ferplus: the votes of ten annotators.")
    ] = None,
    votes: Votes = None,
    exclude_list: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV of training images to leave out, by path."),
    ] = None,
    label_review: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="CSV of decisions on labels, as the Dataset page saves."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="ImageNet weights of a transfer preset, as a file.")
    ] = None,
    clips: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="With --preset temporal: your own videos, a folder a class, to train on.",
        ),
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the presets and end.")] = False,
) -> None:
    """Trains a network and leaves a run folder that the dashboard shows.

    Ctrl-C stops it; `--resume RUN_ID` continues. A stop or a kill loses at most the
    epoch in progress.
    """
    if list_:
        console.print(_preset_table())
        return
    from fer_core.jobs import fastest
    from fer_core.jobs.weights import kept_weights
    from fer_core.models.imagenet.weights import pretrained_weights
    from fer_core.training import classical, create, loop, machine
    from fer_core.training.targets import check_votes

    if resume:
        given = {
            "--set": set_,
            "--labels": labels,
            "--backend": backend,
            "--run-id": run_id,
            "--exclude-list": exclude_list,
            "--label-review": label_review,
            "--clips": clips,
        }
        if unwanted := [name for name, value in given.items() if value]:
            raise ConfigError(f"A resumed run keeps its own settings. Omit {', '.join(unwanted)}.")
        resumed = get_run(resume)  # before the data set is asked for
        if is_temporal(resumed.config.train):
            _refuse_beside(resumed.config.train, votes, weights)
            machine.check_memory()
            fastest.keep(resumed)
            train_temporal.train_to_end(*train_temporal.continue_run(resume, data_dir))
            return
    changes = [*(set_ or []), *([f"labels={labels}"] if labels else [])]
    excluded = read_list(exclude_list) if exclude_list else None
    config = None if resume else configure(preset, changes)
    if config is not None and is_temporal(config):
        _refuse_beside(config, exclude_list, label_review, votes, weights)
        machine.check_memory()
        config = fastest.use(fastest.choose(config, 0, backend), config)
        name = run_id or config.preset
        train_temporal.train_to_end(*train_temporal.begin(config, name, data_dir, clips))
        return
    if clips is not None:
        raise ConfigError("--clips is for recurrent networks: add --preset temporal.")
    if config is not None and classical.is_classic(config) and (backend or votes or weights):
        raise ConfigError(f"{config.model} is no network: omit --backend, --votes and --weights.")
    machine.check_memory()
    everything = fer2013.load(data_dir)
    review = read_review(label_review, everything) if label_review else None
    pretrained = None
    if config is None:
        run = create.resume_run(str(resume), everything)
        fastest.keep(run)
        pretrained = loop.first_weights(run, lambda: weights or kept_weights(run.folder))
    else:
        name = run_id or config.preset
        # Before anything is timed or TensorFlow is loaded.
        check_name_free(paths.runs_dir() / name)
        create.check_sources(config, everything, paths.runs_dir(), review)
        check_votes(config, votes)
        with console.status("Timing some steps with each library and precision, once"):
            chosen = fastest.choose(
                *(config, len(everything.train), backend), is_named=names_precision(changes)
            )
        if chosen.way is not None:
            console.print(f"Trains with {chosen.way}: {chosen.why}.")
        config = fastest.use(chosen, config)
        if not classical.is_classic(config):
            machine.load_backend()
            pretrained = pretrained_weights(config, weights)
        run = create.create_run(
            *(config, everything, name),
            excluded=excluded,
            review=review,
            images_per_second=chosen.images_per_second(),
        )
    dataset = reduced(everything, run.config.train, run.folder)
    if excluded is not None:
        console.print(
            f"{run.config.counts['excluded']:,} of {len(excluded):,} listed images are left out of "
            "training; the others are validation images, which stay. "
            f"{excluded.test_paths:,} test images on the list stay."
        )
    if review is not None:
        _tell_review(run, review)
    if classical.is_classic(run.config.train):
        _train_classic(run, dataset)
        return
    _describe(run)
    _train_with_progress(run, dataset, votes, pretrained)
    _finish(run, dataset)


def export(
    run_id: Annotated[str, typer.Argument(help="A run that was stopped before its last epoch.")],
    data_dir: DataDir = None,
) -> None:
    """Writes model and predictions of a stopped run as of its last finished epoch.

    The run can still be resumed; pages name the epoch beside its figures.
    """
    from fer_core.training.create import resume_run

    begun = get_run(run_id)  # before the data set is asked for
    if is_temporal(begun.config.train):
        train_temporal.finish(*train_temporal.continue_run(run_id, data_dir))
        return
    dataset = fer2013.load(data_dir)
    run = resume_run(run_id, dataset)
    _finish(run, reduced(dataset, run.config.train, run.folder))


def _refuse_beside(config: TrainConfig, *files: Path | None) -> None:
    """Refuses what a recurrent network has no use for, before anything is read."""
    check_config(config)
    if any(files):
        raise ConfigError(
            f"{config.model} reads clips and the features of another run: omit --exclude-list, "
            "--label-review, --votes and --weights."
        )


def configure(preset: str, changes: list[str]) -> TrainConfig:
    """The preset's configuration with `KEY=VALUE` changes, validated."""
    from fer_core.models.registry import get_preset

    values: dict[str, Any] = get_preset(preset).config.model_dump(mode="json")
    changed = parse_changes(changes)
    if "phases" in changed:  # they say how many epochs there are
        del values["epochs"]
    return TrainConfig.parse(values | changed)


def names_precision(changes: list[str]) -> bool:
    """Whether `KEY=VALUE` changes say what precision to train in."""
    return any(change.partition("=")[0] == "precision" for change in changes)


def parse_changes(changes: list[str]) -> dict[str, Any]:
    """`KEY=VALUE` as a mapping; values are read as JSON, or as text where they are none.

    Raises:
        ConfigError: one has no `=`.
    """
    values: dict[str, Any] = {}
    for change in changes:
        key, separator, text = change.partition("=")
        if not separator:
            raise ConfigError(f"'{change}' is not KEY=VALUE, as in --set epochs=10.")
        try:
            values[key] = json.loads(text)
        except ValueError:
            values[key] = text
    return values


def _tell_review(run: Run, review: Review) -> None:
    on_test = sum(ruling.is_test for ruling in review.rulings.values())
    console.print(
        f"By the label review {run.config.counts['review_relabelled']:,} training and validation "
        f"images have another label and {run.config.counts['review_excluded']:,} are left out. "
        f"Test labels stay as published; its {on_test:,} decisions on test images change nothing."
    )


def _train_classic(run: Run, dataset: Dataset) -> None:
    from fer_core.training.classical import train_classic

    try:
        with StageBar() as bar:
            train_classic(run, dataset, bar.advance)
    except KeyboardInterrupt:
        console.print(f"Stopped. `python -m fer_core train --resume {run.run_id}` begins again.")
        raise typer.Exit(STOPPED) from None
    write_and_print_report(get_run(run.run_id))


def _train_with_progress(
    run: Run, dataset: Dataset, votes: Path | None, pretrained: list[Any] | None
) -> None:
    from fer_core.training import loop

    with resumable(run), TrainingProgress(run) as progress:
        loop.train(run, dataset, progress, votes, pretrained)


def _finish(run: Run, dataset: Dataset) -> None:
    from fer_core.export.finish import finish
    from fer_core.jobs.weights import forget_weights

    doing = "Exporting to ONNX and predicting validation and test images"
    with resumable(run), console.status(doing):
        finish(run, dataset)
    forget_weights(run.folder)
    write_and_print_report(get_run(run.run_id))


def _describe(run: Run) -> None:
    from fer_core.training.machine import lacks_bfloat16

    config = run.config
    console.print(
        f"Run '{run.run_id}': {config.train.model}, {config.parameters['total']:,} parameters, "
        f"{config.counts['train']:,} training and {config.counts['validation']:,} validation "
        f"images, Keras on {config.backend} ({config.device})."
    )
    if config.synthetic:
        console.print("These are drawn faces: no figure of this run says anything about people.")
    if config.train.precision is Precision.MIXED_BFLOAT16 and lacks_bfloat16(config.device):
        console.print(
            "This processor has no bfloat16 instructions: mixed_bfloat16 is many times slower here "
            "than float32. Stop with Ctrl-C and start again without precision=mixed_bfloat16.",
            style="yellow",
        )


def _preset_table() -> Table:
    """Presets with their size and, where a run of that name is there, what it reached."""
    from fer_core.models.registry import PRESETS

    runs = {run.run_id: run for run in list_runs()}
    headings = ("preset", "parameters", "epochs", "test accuracy", "why")
    shown = table("Presets", *headings, left=("preset", "why"))
    shown.columns[-1].no_wrap = False
    for preset in PRESETS.values():
        run = runs.get(preset.name)
        shown.add_row(
            preset.name,
            _parameters(preset.config, run),
            " + ".join(str(phase.epochs) for phase in preset.config.by_phase()),
            _measured(run),
            preset.why,
        )
    shown.caption = "Measured figures are those of the runs in the runs folder."
    return shown


def _parameters(config: TrainConfig, run: Run | None) -> str:
    """From the run, or of the network; other systems' depend on the data or on another run."""
    from fer_core.models.registry import WEIGHTS

    if run is not None:
        return f"{run.config.parameters['total']:,}"
    return f"{WEIGHTS[config.model]:,}" if config.model in WEIGHTS else ""


def _measured(run: Run | None) -> str:
    if run is None:
        return "not trained"
    metrics = run.metrics().get("test", {}).get("all", {})
    return formats.percent(metrics.get("accuracy"))
