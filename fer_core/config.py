"""The configuration of a training run, validated and enough to rebuild it."""

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fer_core.errors import ConfigError


class Optimizer(StrEnum):
    """ADAM: Keras' defaults but for the learning rate. SGD: Nesterov momentum 0.9."""

    ADAM = "adam"
    SGD = "sgd"


class Schedule(StrEnum):
    """CONSTANT: one learning rate. PLATEAU: multiplied by `plateau_factor` whenever the
    validation loss has not fallen for `plateau_patience` epochs.
    """

    CONSTANT = "constant"
    PLATEAU = "plateau"


class Augmentation(StrEnum):
    """NONE: images as they are. BASIC: horizontal flip, rotation up to 10 degrees, shift
    and zoom up to 10 %, drawn anew for each image and epoch.
    """

    NONE = "none"
    BASIC = "basic"


class Precision(StrEnum):
    """FLOAT32: everywhere. MIXED_BFLOAT16: bfloat16 arithmetic, float32 weights; faster
    only on processors and GPUs that multiply bfloat16 natively.
    """

    FLOAT32 = "float32"
    MIXED_BFLOAT16 = "mixed_bfloat16"


class TrainConfig(BaseModel):
    """Everything that decides the outcome of a run besides the images."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: str = Field("report-baseline", description="name of the preset it started from")
    model: str = Field("report-baseline", description="network, a name in the model registry")
    epochs: int = Field(50, ge=1, le=1000, description="passes over the training images")
    batch_size: int = Field(64, ge=1, le=4096, description="images a step")
    optimizer: Optimizer = Optimizer.ADAM
    learning_rate: float = Field(1e-3, gt=0, le=10, description="at the start")
    schedule: Schedule = Schedule.CONSTANT
    plateau_factor: float = Field(0.5, gt=0, lt=1, description="of the plateau schedule")
    plateau_patience: int = Field(3, ge=1, le=100, description="epochs, of the plateau schedule")
    dropout: float = Field(0.1, ge=0, lt=1, description="share of activations dropped")
    augmentation: Augmentation = Augmentation.NONE
    precision: Precision = Precision.FLOAT32
    seed: int = Field(0, ge=0, le=2**31 - 1, description="of weights, order, dropout, augmentation")

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


def _explain(error: Any) -> str:
    field = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"Unknown key '{field}'. Valid keys: {', '.join(TrainConfig.model_fields)}."
    return f"'{field}' = {error['input']!r} is not valid: {error['msg']}. {_valid_range(field)}"


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
