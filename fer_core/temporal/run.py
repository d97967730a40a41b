"""A run of a recurrent network from its folder to its end, of made clips or of a user's own."""

from collections.abc import Callable
from pathlib import Path

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset
from fer_core.errors import DataError, RunError
from fer_core.inference.temporal import network_of
from fer_core.progress import Progress, StageProgress, silent
from fer_core.runs.store import Run, RunConfig, State, Status, check_name_free, get_run, utc_now
from fer_core.temporal.finish import finish_temporal
from fer_core.temporal.folder import (
    KEPT_FILE,
    KeptClips,
    fingerprint_of,
    keep_clips,
    see_folder,
    split_clips,
    to_keep,
)
from fer_core.temporal.seen import MadeClips, See
from fer_core.temporal.training import train_temporal
from fer_core.training.create import check_resumable, making, temporal_facts
from fer_core.training.loop import Observer
from fer_core.training.other_runs import find_features


def create_of_clips(
    config: TrainConfig, folder: Path, run_id: str, progress: Progress, root: Path | None = None
) -> tuple[Run, list[str]]:
    """The folder of a run on a user's own clips, which has not started, and a sentence for each
    file that was left out and each class with too few clips.

    Raises:
        RunError: the name is not valid or taken, or the run whose features it reads does not serve.
        ConfigError: a setting has no effect on it.
        DataError: the folder has no clip to train on, or none to validate on.
    """
    place = (paths.runs_dir() if root is None else root) / run_id
    check_name_free(place)
    facts = temporal_facts(config, place)
    network = find_features(config, place.parent)
    found = see_folder(folder, network, progress)
    part, told = split_clips(found.labels, config.seed)
    if not (part == 1).any():
        raise DataError(
            f"{folder} has no class with two clips, so none can be held out for validation. "
            f"{' '.join(told)}"
        )
    kept = to_keep(found, part)
    frames = [
        sum(len(clip.scores) for clip, at in zip(found.clips, part, strict=True) if at == index)
        for index in range(3)
    ]
    run = Run(
        place,
        RunConfig(
            run_id=run_id,
            train=config,
            data_fingerprint=fingerprint_of(kept),
            synthetic=network.config.synthetic,
            counts=dict(zip(("train", "validation", "test"), frames, strict=True)),
            started=utc_now(),
            **facts,
        ),
    )
    with making(run):
        keep_clips(place, kept)
        run.write_config()
        run.write_status(Status(state=State.QUEUED, epochs=config.epochs))
    return run, [*found.problems, *told]


def resume_temporal(
    run_id: str, load: Callable[[], Dataset], root: Path | None = None
) -> tuple[Run, See]:
    """The run to continue and its clips; arguments and what is raised are those of `clips_of`.

    Raises:
        RunError: there is no such run, or as `check_resumable`.
    """
    run = get_run(run_id, root)
    check_resumable(run)
    return run, clips_of(run, load)


def clips_of(run: Run, load: Callable[[], Dataset]) -> See:
    """The clips that a run is trained and measured on; `load` gives the data set.

    Raises:
        RunError: its images, its clips or the network that it reads are not here any more.
    """
    network_of(run)
    if (run.folder / KEPT_FILE).exists():
        return KeptClips(run)
    dataset = load()
    if run.config.data_fingerprint != dataset.fingerprint:
        raise RunError(
            f"Run '{run.run_id}' was trained on other images or clips than are here now. Measure "
            f"it on a folder: python -m fer_core evaluate-folder PATH --model {run.run_id}"
        )
    return MadeClips.of(run, dataset)


def train_to_end(
    run: Run, see: See, observer: Observer | None = None, progress: StageProgress = silent
) -> Run:
    """Trains, exports and measures `run`; raises as `train_temporal` and `finish_temporal`."""
    train_temporal(run, see, observer, progress)
    finish_temporal(run, see, progress)
    return get_run(run.run_id, run.folder.parent)
