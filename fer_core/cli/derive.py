"""`python -m fer_core quantize` and `ensemble`: runs made from other runs."""

from pathlib import Path
from typing import Annotated

import typer

from fer_core import paths
from fer_core.cli.evaluate import write_and_print_report
from fer_core.cli.options import Changes, Cpus, DataDir, Gpus, Ray
from fer_core.cli.progress import TrainingProgress, print_standing
from fer_core.cli.stopping import continues
from fer_core.cli.train import configure
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import ConfigError
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.temporal import TEMPORAL
from fer_core.runs.store import check_name_free, get_run
from fer_core.scale.many import train_many
from fer_core.terminal import console


def quantize(
    run_id: Annotated[str, typer.Argument(help="A finished run with a model.")],
    name: Annotated[
        str | None,
        typer.Option("--run-id", help="Name of the new run folder; RUN_ID-int8 when not given."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Quantizes a network to int8, as a run of its own: a quarter of the size, and faster.

    Nothing is trained. The new run is measured as any other; on processors without int8
    instructions (VNNI on Intel and AMD) it may be no faster.
    """
    from fer_core.export.quantization import quantize_run

    run = get_run(run_id)
    dataset = fer2013.load(data_dir)
    with console.status("Quantizing; predicting validation and test images"):
        quantized = quantize_run(run, dataset, name or f"{run_id}-int8")
    write_and_print_report(quantized)


@continues()
def ensemble(
    members: Annotated[
        list[str] | None, typer.Argument(help="Runs to average, two or more.")
    ] = None,
    run_id: Annotated[str, typer.Option(help="Name of the new run folder.")] = "ensemble",
    train: Annotated[
        int, typer.Option(metavar="N", help="Train N members first, alike but for their seed.")
    ] = 0,
    preset: Annotated[str, typer.Option(help="With --train: what each member is.")] = "compact",
    set_: Changes = None,
    data_dir: DataDir = None,
    ray: Ray = None,
    cpus: Cpus = 2,
    gpus: Gpus = 0,
) -> None:
    """Averages the probabilities of several runs into a run of its own.

    No model is written: the run shows what its members reach together. With --train they are
    trained as runs RUN_ID-1, RUN_ID-2 ..., with --ray side by side on a cluster; stopped, the same
    command continues.
    """
    from fer_core.export.ensemble import make_ensemble

    check_name_free(paths.runs_dir() / run_id)
    if not train:
        write_and_print_report(make_ensemble(members or [], run_id))
        return
    if members or train < 2:
        raise ConfigError("--train N trains N members, two or more. Name no runs beside it.")
    own = configure(preset, set_ or [])
    if own.model in CLASSIC:
        raise ConfigError(f"'{own.model}' is no network, so its members would be alike.")
    if own.model == TEMPORAL:
        raise ConfigError("An ensemble averages answers to single images. Use another preset.")
    configs = {f"{run_id}-{n}": _with_seed(own, own.seed + n - 1) for n in range(1, train + 1)}
    _train_members(configs, data_dir, ray, cpus, gpus)
    write_and_print_report(make_ensemble(list(configs), run_id))


def _with_seed(config: TrainConfig, seed: int) -> TrainConfig:
    return TrainConfig.parse(config.model_dump(mode="json") | {"seed": seed})


def _train_members(
    configs: dict[str, TrainConfig], data_dir: Path | None, ray: str | None, cpus: int, gpus: float
) -> None:
    """Each to its end, in the runs folder; those that are done are kept."""
    from fer_core.experiments.single import run_to_end
    from fer_core.training import machine

    if ray is not None:
        train_many(
            "member",
            list(configs),
            paths.runs_dir(),
            ray,
            print_standing,
            data_dir=data_dir,
            cpus=cpus,
            gpus=gpus,
            configs={name: config.model_dump(mode="json") for name, config in configs.items()},
        )
        return
    machine.check_memory()
    dataset = fer2013.load(data_dir)
    for name, config in configs.items():
        console.print(f"{name}, {config.epochs} epochs")
        run_to_end(config, name, dataset, paths.runs_dir(), TrainingProgress)
