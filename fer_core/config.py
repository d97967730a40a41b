"""The configuration of a training run, validated and enough to rebuild it.

A run has one phase or several, each continuing from the weights of the one before. The
settings of `TrainConfig` are those of a run with one phase; `phases` lists what several ones
change, each with its own number of epochs:

    TrainConfig(model="compact", epochs=5)
    TrainConfig(
        model="compact",
        learning_rate=0.1,  # of every phase that sets no other
        phases=({"epochs": 42}, {"epochs": 4, "learning_rate": 0.015, "seed": 1}),
    )

    python -m fer_core train --set model=compact --set epochs=5 --run-id mine
    python -m fer_core train --preset compact --set "phases=[]" --set epochs=5 --run-id mine
"""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError, model_validator

from fer_core.errors import ConfigError


class Optimizer(StrEnum):
    """ADAM: Keras' defaults but for the learning rate. SGD: Nesterov momentum 0.9."""

    ADAM = "adam"
    SGD = "sgd"


class Schedule(StrEnum):
    """CONSTANT: one learning rate. PLATEAU: multiplied by `plateau_factor` whenever the
    validation loss has not fallen for `plateau_patience` epochs (Keras' ReduceLROnPlateau).
    COSINE: from the start down to 0 along half a cosine (Loshchilov & Hutter 2017,
    arXiv:1608.03983). Every one may begin with `warmup_epochs`.
    """

    CONSTANT = "constant"
    PLATEAU = "plateau"
    COSINE = "cosine"


class Validation(StrEnum):
    """REPORT: a quarter of each class, as the report held out. GROUPED: a tenth of each
    class, identical images always on the same side.
    """

    REPORT = "report"
    GROUPED = "grouped"


class Labels(StrEnum):
    """FER2013: one class an image. FERPLUS: `ferplus_share` of the target are the votes of
    ten annotators (Barsoum et al. 2016, arXiv:1608.01041), the rest is FER2013's class.
    """

    FER2013 = "fer2013"
    FERPLUS = "ferplus"


class Loss(StrEnum):
    """CROSSENTROPY, or FOCAL: weighted by (1 - p) ** `focal_gamma`, so that hard images
    count more (Lin et al. 2017, arXiv:1708.02002).
    """

    CROSSENTROPY = "crossentropy"
    FOCAL = "focal"


class Augmentation(StrEnum):
    """NONE: images as they are. BASIC: horizontal flip, rotation up to 10 degrees, shift
    and zoom up to 10 %. MEDIUM: the same, resampled once, and mild brightness and contrast.
    STRONG: flip, rotation up to 15 degrees, shift up to 12 %, zoom up to 20 %, brightness,
    contrast and random erasing. Drawn again for each image and epoch.
    """

    NONE = "none"
    BASIC = "basic"
    MEDIUM = "medium"
    STRONG = "strong"


class Precision(StrEnum):
    """FLOAT32: everywhere. MIXED_BFLOAT16: bfloat16 arithmetic, float32 weights; faster
    only on processors and GPUs that multiply bfloat16 natively.
    """

    FLOAT32 = "float32"
    MIXED_BFLOAT16 = "mixed_bfloat16"


MAX_EPOCHS = 1000


class Phase(BaseModel):
    """The settings that may differ between the phases of a run.

    In `TrainConfig.phases` only those that were set count; the others are the run's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(ge=1, le=MAX_EPOCHS, description="passes over the training images")
    seed: int = Field(
        0, ge=0, le=2**31 - 1, description="seed of weights, order, dropout, augmentation"
    )

    labels: Labels = Field(Labels.FER2013, description="what training images are labelled by")
    ferplus_share: float = Field(1.0, gt=0, le=1, description="share of FER+ votes in the target")

    batch_size: int = Field(64, ge=1, le=4096, description="images per step")
    optimizer: Optimizer = Field(Optimizer.ADAM, description="how a step follows from gradients")
    learning_rate: float = Field(1e-3, gt=0, le=10, description="at the start, after warm-up")
    schedule: Schedule = Field(
        Schedule.CONSTANT, description="how the learning rate changes by epoch"
    )
    warmup_epochs: int = Field(0, ge=0, le=100, description="epochs of rising learning rate")
    plateau_factor: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="factor on the learning rate when the plateau schedule lowers it",
    )
    plateau_patience: int = Field(
        3,
        ge=1,
        le=100,
        description="epochs without a lower validation loss before the plateau schedule lowers "
        "the learning rate",
    )
    early_stopping: int = Field(
        0, ge=0, le=1000, description="ends the run after so many epochs without gain; 0: never"
    )
    keep_best: bool = Field(
        False, description="export the epoch of the best validation accuracy, not the last"
    )

    loss: Loss = Field(Loss.CROSSENTROPY, description="what training minimises")
    focal_gamma: float = Field(2.0, ge=0, le=10, description="focusing exponent of the focal loss")
    label_smoothing: float = Field(
        0.0, ge=0, lt=1, description="share of the target that is spread over all classes"
    )
    class_weights: bool = Field(
        False, description="each class weighted inversely to its number of images"
    )

    augmentation: Augmentation = Field(
        Augmentation.NONE, description="random changes to each training image"
    )
    degradation: float = Field(
        0.0, ge=0, le=1, description="chance of blur, few pixels, light, JPEG, noise, cover, each"
    )
    mixup: float = Field(
        0.0, ge=0, le=10, description="Beta parameter of mixing pairs of images; 0: off"
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="share of activations dropped")
    weight_decay: float = Field(
        0.0, ge=0, lt=1, description="share of each kernel taken off a step, times learning rate"
    )
    weight_average: float = Field(
        0.0, ge=0, lt=1, description="decay a step of the weights' moving average; 0: off"
    )

    teachers: tuple[str, ...] = Field((), description="runs whose answers are learned from")
    distillation_share: float = Field(
        0.7,
        ge=0,
        le=1,
        description="share of the loss that compares with the teachers' predictions; the rest "
        "compares with the labels",
    )
    distillation_temperature: float = Field(
        2.0, ge=1, le=20, description="softens the teachers' and the own answers"
    )
    frozen_epochs: int = Field(
        5, ge=0, le=1000, description="of transfer: epochs before the backbone is trained as well"
    )
    fine_tuning_rate: float = Field(
        1e-5, gt=0, le=10, description="of transfer: learning rate once the backbone is trained"
    )
    precision: Precision = Field(
        Precision.FLOAT32, description="number format of the training arithmetic"
    )


_SET_ONES = PlainSerializer(lambda phase: phase.model_dump(mode="json", exclude_unset=True))


class TrainConfig(Phase):
    """Everything that decides the outcome of a run besides the images.

    `epochs` are those of all phases; where only `phases` are given it follows from them.
    """

    epochs: int = Field(50, ge=1, le=MAX_EPOCHS, description="passes over the training images")
    preset: str = Field("report-baseline", description="name of the preset it started from")
    model: str = Field("report-baseline", description="network, a name in the model registry")
    validation: Validation = Field(
        Validation.REPORT, description="which training images are held out"
    )
    exclude_list: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="sha256 of the training images left out; they stand in the run's "
        "excluded.csv, set by --exclude-list",
    )
    label_review: str | None = Field(
        None,
        pattern=r"^[0-9a-f]{64}$",
        description="sha256 of the decisions on labels of training and validation images that it "
        "is trained with; they stand in the run's label_review.csv, set by --label-review",
    )
    features_of: str | None = Field(
        None, description="of temporal: run whose network's features of each frame are read"
    )
    initial_run: str | None = Field(
        None, description="run of the same network and split whose weights it starts from"
    )
    phases: tuple[Annotated[Phase, _SET_ONES], ...] = Field(
        (),
        description="parts of the training in their order, each continuing from the weights of "
        "the one before: their epochs and what each changes; empty: one phase",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.phases:
            return self
        each = [phase.epochs for phase in self.phases]
        if sum(each) > MAX_EPOCHS:
            raise ValueError(
                f"phases take {sum(each):,} epochs together, at most {MAX_EPOCHS} are trained. "
                "Make them shorter"
            )
        if "epochs" not in self.model_fields_set:
            object.__setattr__(self, "epochs", sum(each))  # frozen for everybody else
        if self.epochs != sum(each):
            raise ValueError(
                f"epochs = {self.epochs}, but the phases take {' + '.join(map(str, each[:9]))}"
                f"{' + ...' if each[9:] else ''} = {sum(each)}. Change the phases, or set "
                "phases=[] to train in one phase"
            )
        if any(phase.early_stopping for phase in self.by_phase()[:-1]):
            raise ValueError("early_stopping ends the run: set it in the last of the phases only")
        return self

    def by_phase(self) -> tuple["TrainConfig", ...]:
        """The configuration of each phase as that of a run of its own; itself if it has one."""
        if not self.phases:
            return (self,)
        return tuple(
            self.model_copy(
                update={"phases": ()} | {name: getattr(p, name) for name in p.model_fields_set}
            )
            for p in self.phases
        )

    def phase_at(self, epoch: int) -> tuple[int, int]:
        """The phase (from 1) of an epoch (index from 0, over all phases; one behind the last counts
        as the last phase's), and its index within that.
        """
        number = 1
        for phase in self.phases[:-1]:
            if epoch < phase.epochs:
                break
            epoch -= phase.epochs
            number += 1
        return number, epoch

    def epoch_in_words(self, epoch: int) -> str:
        """As `epoch 43 of 98, phase 2 of 3`; `epoch` counts from 1, over all phases."""
        words = f"epoch {epoch} of {self.epochs}"
        if not self.phases:
            return words
        return f"{words}, phase {self.phase_at(epoch - 1)[0]} of {len(self.phases)}"

    def all_teachers(self) -> tuple[str, ...]:
        """The teachers of every phase, each once."""
        return tuple(dict.fromkeys(name for phase in self.by_phase() for name in phase.teachers))

    def learns_from(self) -> tuple[str, ...]:
        """The runs that a training reads: its start, whose features it takes, its teachers."""
        return tuple(
            name for name in (self.initial_run, self.features_of, *self.all_teachers()) if name
        )

    @property
    def uses_ferplus(self) -> bool:
        """Whether a phase is trained on FER+ votes."""
        return any(phase.labels is Labels.FERPLUS for phase in self.by_phase())

    @classmethod
    def parse(cls, values: dict[str, Any]) -> "TrainConfig":
        """Validates `values`.

        Raises:
            ConfigError: names each wrong field and what is valid.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as exc:
            raise ConfigError("\n".join(_explain(error) for error in exc.errors())) from exc


def check_used(config: TrainConfig, used: tuple[str, ...], why: str, plain: TrainConfig) -> None:
    """Refuses settings that would silently be ignored.

    Args:
        config: to be trained.
        used: fields that are taken, `preset` and `model` first.
        why: what `config.model` is, as "is no network".
        plain: what the other fields have to be.

    Raises:
        ConfigError: names each setting, and what is valid.
    """
    values, valid = config.model_dump(mode="json"), plain.model_dump(mode="json")
    wrong = [name for name in values if name not in used and values[name] != valid[name]]
    if wrong:
        leave = ", ".join(f"{name}={valid[name]}" for name in wrong)
        raise ConfigError(
            f"{config.model} {why} and has no use for {', '.join(wrong)}: leave {leave}. "
            f"It takes {', '.join(used[2:])}."
        )


_TOLD_BY_RANGE = ("enum", "greater_than", "greater_than_equal", "less_than", "less_than_equal")
"""Kinds of errors of which the valid range says all."""


def _explain(error: Any) -> str:
    field = ".".join(str(part) for part in error["loc"])
    if not field:
        return f"{error['msg'].removeprefix('Value error, ')}."
    if error["type"] == "extra_forbidden":
        valid = Phase.model_fields if "." in field else TrainConfig.model_fields
        return f"Unknown key '{field}'. Valid keys: {', '.join(valid)}."
    valid_range = _valid_range(field.rpartition(".")[2])
    why = "" if error["type"] in _TOLD_BY_RANGE else f": {error['msg']}"
    return f"'{field}' = {error['input']!r} is not valid{why}. {valid_range}"


def _valid_range(field: str) -> str:
    schema = TrainConfig.model_json_schema()
    properties = schema["properties"].get(field, {})
    if "$ref" in properties:
        properties = schema["$defs"][properties["$ref"].rsplit("/", 1)[-1]]
    if "enum" in properties:
        return f"Valid: {', '.join(map(str, properties['enum']))}."
    words = {
        "minimum": "at least",
        "exclusiveMinimum": "above",
        "maximum": "at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{word} {properties[key]}" for key, word in words.items() if key in properties]
    return f"Valid: {properties.get('type', 'value')} {' and '.join(bounds)}".rstrip() + "."
