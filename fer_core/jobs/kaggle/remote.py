"""What runs on the other machine: one training without dashboard, queue or export.

It is sent there as a part of this package (`fer_core.jobs.kaggle.backend`), and leaves
`run.zip` (`fer_core.jobs.parcel`).
"""

from pathlib import Path

from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import DataMissingError
from fer_core.jobs import parcel


def main(config_json: str, run_id: str, inputs: Path, outputs: Path) -> None:
    """Trains one run of the `TrainConfig` in `config_json` on the data set that lies in `inputs`,
    at any depth, and leaves `run.zip` and the run folder in `outputs`.

    Raises:
        FerError: as data set, configuration or training say.
    """
    from fer_core.training import loop
    from fer_core.training.create import create_run

    dataset = fer2013.load(find_data(inputs))
    config = TrainConfig.model_validate_json(config_json)
    run = create_run(config, dataset, run_id, outputs / "runs")
    loop.train(run, dataset, parcel.Printer())
    parcel.pack(run, outputs / parcel.RESULT)


def find_data(inputs: Path) -> Path:
    """The folder below `inputs` that holds `train/<class>/` and `test/<class>/`.

    Raises:
        DataMissingError: there is none.
    """
    for folder in (inputs, *sorted(path for path in inputs.rglob("train") if path.is_dir())):
        root = folder if folder is inputs else folder.parent
        if fer2013.is_available(root):
            return root
    raise DataMissingError("The data set is not attached: no train and test folder was found.")
