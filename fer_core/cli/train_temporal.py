"""`train --preset temporal`: a recurrent network over frames, on made clips or a user's own."""

from pathlib import Path

from fer_core.cli.evaluate import write_card
from fer_core.cli.evaluate_temporal import print_table
from fer_core.cli.progress import CountBar, StageBar, TrainingProgress
from fer_core.cli.stopping import resumable
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.runs.store import Run
from fer_core.temporal.seen import See
from fer_core.terminal import console

_LISTED = 20
"""Sentences on what was left out of a folder that are printed."""


def begin(
    config: TrainConfig, run_id: str, data_dir: Path | None, clips: Path | None
) -> tuple[Run, See]:
    """The folder of a new run, and its clips."""
    from fer_core.temporal import run as runs
    from fer_core.temporal.folder import KeptClips
    from fer_core.temporal.seen import MadeClips
    from fer_core.training.create import create_run

    if clips is None:
        dataset = fer2013.load(data_dir)
        run = create_run(config, dataset, run_id)
        return run, MadeClips.of(run, dataset)
    with CountBar("Reading videos") as bar:
        run, told = runs.create_of_clips(config, clips, run_id, bar.step)
    for sentence in told[:_LISTED]:
        console.print(sentence, soft_wrap=True, markup=False, highlight=False)
    if len(told) > _LISTED:
        console.print(f"and {len(told) - _LISTED:,} more")
    return run, KeptClips(run)


def continue_run(run_id: str, data_dir: Path | None) -> tuple[Run, See]:
    """The run to resume, and its clips."""
    from fer_core.temporal import run as runs

    return runs.resume_temporal(run_id, lambda: fer2013.load(data_dir))


def train_to_end(run: Run, see: See) -> None:
    """Trains and measures the run, and prints its table."""
    from fer_core.temporal.training import train_temporal

    facts = run.config.temporal
    assert facts is not None
    console.print(
        f"Run '{run.run_id}': a recurrent network over the features of '{facts.features_of[0]}', "
        f"Keras on {run.config.backend} ({run.config.device}).",
        soft_wrap=True,
    )
    if run.config.synthetic:
        console.print("These are drawn faces: no figure of this run says anything about people.")

    with resumable(run):
        with StageBar() as stages:
            for part in ("train", "validation"):
                see(part, see.networks[0], stages.advance)
        with TrainingProgress(run) as progress:
            train_temporal(run, see, progress)
    finish(run, see)


def finish(run: Run, see: See) -> None:
    """Exports and measures the run as of its last finished epoch, and prints its table."""
    from fer_core.runs.store import get_run
    from fer_core.temporal.finish import finish_temporal

    with resumable(run), StageBar() as stages:
        finish_temporal(run, see, stages.advance)
    finished = get_run(run.run_id)
    write_card(finished)
    print_table(finished)
