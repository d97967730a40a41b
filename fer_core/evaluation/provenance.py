"""What a run learned from besides the data set: by itself, or by the runs it was made from."""

from dataclasses import dataclass

from fer_core import formats
from fer_core.errors import RunError
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.residual import SIZES
from fer_core.models.transfer import BACKBONES, Backbone
from fer_core.runs.store import Run, get_run


@dataclass(frozen=True)
class ExtraData:
    """Images and labels from elsewhere that the answers of a run depend on.

    It, a member, a teacher or the run whose weights it starts from or whose features it reads
    began with the ImageNet weights of `backbones`, learned from FER+'s votes, or from `reviewed`
    labels; that of `missing` runs is not known.
    """

    backbones: tuple[Backbone, ...]
    ferplus: bool
    reviewed: bool
    missing: tuple[str, ...]

    def __str__(self) -> str:
        """As in the column `extra_training_data` of `artifacts/reference/published.csv`."""
        parts = ["ImageNet"] if self.backbones else []
        parts += ["FER+ labels"] if self.ferplus else []
        parts += ["reviewed labels"] if self.reviewed else []
        parts += [f"not known for {', '.join(self.missing)}"] if self.missing else []
        return ", ".join(parts) or "no"


def extra_data(run: Run) -> ExtraData:
    """Follows members, the quantized run, initial weights, features and teachers to their own."""
    seen: dict[str, Run | None] = {run.run_id: run}
    waiting = [run]
    while waiting:
        for name in _made_from(waiting.pop()):
            if name in seen:
                continue
            try:
                seen[name] = found = get_run(name, run.folder.parent)
            except RunError:
                seen[name] = None
            else:
                waiting.append(found)
    known = [found.config.train for found in seen.values() if found is not None]
    backbones = [BACKBONES[train.model] for train in known if train.model in BACKBONES]
    return ExtraData(
        backbones=tuple(dict.fromkeys(backbones)),
        ferplus=any(train.uses_ferplus for train in known),
        reviewed=any(train.label_review is not None for train in known),
        missing=tuple(name for name, found in seen.items() if found is None),
    )


_KINDS = {"report-baseline": "the report's network, trained here", "vgg": "VGG-like network"}
"""Of networks that are neither residual nor from ImageNet; others go by their own name."""


def in_short(run: Run) -> str:
    """What the run is, in a few words: `residual network, 1.3 million parameters`, or what it was
    made of where nothing was trained for it.
    """
    config = run.config
    if config.members:
        return f"mean of {formats.counted(len(config.members), 'run')}"
    if config.quantized_from:
        return f"{config.quantized_from}, int8-quantized"
    if config.train.model in CLASSIC:
        return CLASSIC[config.train.model].title
    backbone = BACKBONES.get(config.train.model)
    name = _KINDS.get(config.train.model, config.train.model)
    if config.train.model in SIZES:
        name = "residual network"
    if backbone is not None:
        name = f"{backbone.title} from ImageNet"
    return f"{name}, {formats.large(config.parameters.get('total', 0))} parameters"


def _made_from(run: Run) -> list[str]:
    train = run.config.train
    names = [*run.config.members, run.config.quantized_from, train.initial_run, train.features_of]
    return [name for name in (*names, *train.all_teachers()) if name]
