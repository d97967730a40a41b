"""The phases of a run: what each trains with, and what it takes over from the one before.

A phase is as a run of its own: networks, dropout, teachers and targets are rebuilt with its
seed, the order of its batches and its schedule begin at 0, and its optimizer is fresh. It starts
from the weights that the phase before would export. The frozen epochs of transfer learning are
the first part of a phase; the rest takes over the weights of the last step.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Faces
from fer_core.models.transfer import is_frozen
from fer_core.runs.store import Run
from fer_core.training import checkpoint
from fer_core.training.checkpoint import Progress
from fer_core.training.networks import Networks, build_for_training
from fer_core.training.other_runs import load_teachers
from fer_core.training.schedules import ScheduleState
from fer_core.training.targets import Targets, loss_weights, training_targets


@dataclass(frozen=True)
class Phase:
    """What epochs are trained with: `number` counts from 1, `config` is as of a run of its own,
    `networks` have a fresh optimizer, and the backbone stands still where it `is_frozen`.
    """

    number: int
    config: TrainConfig
    networks: Networks
    targets: Targets
    is_frozen: bool

    def lasts(self, config: TrainConfig, epoch: int) -> bool:
        """Whether it trains an epoch (index from 0) of the run of `config` as well."""
        number, within = config.phase_at(epoch)
        return number == self.number and is_frozen(self.config, within) == self.is_frozen


def build_phase(run: Run, epoch: int, faces: Faces, votes: Path | None) -> Phase:
    """What `epoch` (index from 0, over all phases) of `run` is trained with, weights drawn from
    its seed; `faces` are the training images, `votes` is the CSV of FER+.

    Raises:
        RunError: a teacher does not serve.
        DataError: FER+ votes are asked for and cannot be read.
    """
    number, within = run.config.train.phase_at(epoch)
    config = run.config.train.by_phase()[number - 1]
    targets = training_targets(faces, config, votes)
    teachers = load_teachers(config, run.folder.parent)
    networks = build_for_training(config, loss_weights(faces, config), teachers, within)
    return Phase(number, config, networks, targets, is_frozen(config, within))


def hand_over(before: Phase, after: Phase, progress: Progress) -> Progress:
    """Gives the weights of `before` to `after`; where that stands at the beginning of `after`."""
    core = before.networks.core
    if after.number == before.number:
        after.networks.core.set_weights(core.get_weights())
        return progress
    after.networks.core.set_weights(progress.serving or core.get_weights())
    return Progress(progress.epoch, progress.history, ScheduleState(after.config.learning_rate))


def trained_weights(run: Run) -> tuple[list[NDArray[Any]], Progress]:
    """The weights that `run` exports as of its last finished epoch, and where it stands.

    Raises:
        RunError: there is no checkpoint.
    """
    epoch = checkpoint.finished_epochs(run.checkpoint_path)
    number, within = run.config.train.phase_at(max(0, epoch - 1))
    phase = run.config.train.by_phase()[number - 1]
    # Teachers have no part in what is exported, and may be gone by now.
    networks = build_for_training(phase.model_copy(update={"teachers": ()}), epoch=within)
    progress = checkpoint.restore(run.checkpoint_path, networks)
    return progress.serving or networks.core.get_weights(), progress
