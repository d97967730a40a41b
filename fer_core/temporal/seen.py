"""The clips of a run as the network whose features it reads sees them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from fer_core.data.fer2013 import Dataset
from fer_core.inference.classifier import Classifier
from fer_core.progress import StageProgress, of_stage
from fer_core.runs.records import Place
from fer_core.runs.store import Run, get_run, list_runs
from fer_core.temporal.clips import MEASURING, TRAINING
from fer_core.temporal.features import SeenClip, see_clips
from fer_core.training.parts import Parts, split_parts

CLIPS = {"train": 900, "validation": 150, "test": 150}
"""At most; of few images there are fewer, one for each `IMAGES` of them."""
IMAGES = 12
_SEEDS = {"validation": 1, "test": 2}
"""Fixed, so that every recurrent network is measured on the same clips."""
EACH = {Place.VIDEO: 3, Place.LIVE: 1}
"""Each third frame of the clips for measuring makes those of a video, 5 a second; all of them make
those of a camera, 15 a second."""

ByPlace = dict[Place, list[SeenClip]]


class See(Protocol):
    """Gives clips."""

    @property
    def networks(self) -> tuple[str, ...]:
        """Runs whose networks can see them; first the one that is trained on."""

    def __call__(self, part: str, network: str, progress: StageProgress) -> list[SeenClip]:
        """The clips of `train`, `validation` or `test` as the network of a run sees them."""


@dataclass(frozen=True)
class MadeClips:
    """A `See`: clips made from the images of a run's parts."""

    run: Run
    parts: Parts

    @classmethod
    def of(cls, run: Run, dataset: Dataset) -> "MadeClips":
        """Of the run's own parts of the data set."""
        return cls(run, split_parts(dataset, run.config.train))

    @cached_property
    def networks(self) -> tuple[str, ...]:
        """The run's own and its quantized copies, which stand beside it."""
        root, own = self.run.folder.parent, str(self.run.config.train.features_of)
        made = get_run(own, root).config.finished
        copies = [
            other
            for other in list_runs(root)
            if other.config.quantized_from == own
            and (made is None or other.config.started >= made)  # not of a network before this one
        ]
        with_model = [other for other in copies if other.onnx_path.exists()]
        return (own, *sorted(o.run_id for o in with_model if Classifier(o).has_features))

    def __call__(self, part: str, network: str, progress: StageProgress) -> list[SeenClip]:
        source = get_run(network, self.run.folder.parent)
        faces = getattr(self.parts, part)
        return see_clips(
            source,
            Classifier(source),
            faces,
            TRAINING if part == "train" else MEASURING,
            max(2, min(CLIPS[part], len(faces) // IMAGES)),
            _SEEDS.get(part, self.run.config.train.seed),
            of_stage(progress, f"{part} clips, seen by {network}".capitalize()),
        )


def by_place(clips: list[SeenClip]) -> ByPlace:
    """The same clips as they come in each place."""
    return {place: [clip.every(step) for clip in clips] for place, step in EACH.items()}
