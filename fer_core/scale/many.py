"""Several trainings that need nothing of each other, side by side on a cluster: the folds of a
label check, the variants of an ablation, the members of an ensemble.

Each is done by the function that does it on one machine and leaves its files in a folder that the
whole cluster sees; so whoever asked then finds it done. Called again, only the others are trained.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from fer_core.errors import FerError, ScaleError
from fer_core.runs.store import Run
from fer_core.scale.cluster import run_on
from fer_core.scale.on_cluster import (
    MOST_LOSSES,
    check_room,
    check_shared,
    explain,
    in_memory,
    prepare,
    variables,
)

if TYPE_CHECKING:
    from fer_core.training.loop import Observer


def train_many(
    kind: str,
    names: Sequence[str],
    folder: Path,
    address: str,
    tell: Callable[[str, str], None],
    *,
    data_dir: Path | None = None,
    cpus: int = 2,
    gpus: float = 0.0,
    **given: Any,
) -> None:
    """Trains each of `names` to its end on a cluster.

    Args:
        kind: one of `KINDS`.
        names: what to train.
        folder: where they leave their files, which every machine of the cluster sees.
        address: as `cluster.run_on` has it.
        tell: called with a name and how it stands, in words.
        data_dir: where the data set lies, if not where it is downloaded to.
        cpus: cores of each.
        gpus: GPUs of each.
        given: what the kind needs besides, as JSON.

    Raises:
        ModuleNotFoundError: Ray is not installed.
        ScaleError: as `cluster.run_on` says, or some were not trained; the same call continues.
    """
    folder.mkdir(parents=True, exist_ok=True)
    request = {
        "kind": kind,
        "names": list(names),
        "folder": str(folder.resolve()),
        "data_dir": None if data_dir is None else str(data_dir.resolve()),
        "cpus": cpus,
        "gpus": gpus,
        "given": given,
    }

    def heard(message: dict[str, Any]) -> None:
        tell(message["name"], message["words"])

    answer = run_on(address, "fer_core.scale.many", request, heard, gpus=1 if gpus else 0)
    failed = answer["failed"]
    if failed:
        reasons = "\n".join(f"{name}: {reason}" for name, reason in failed.items())
        raise ScaleError(
            f"{len(failed)} of {len(names)} were not trained; the others are kept, and the same "
            f"command trains the rest.\n{reasons}"
        )


def drive(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Trains what `train_many` asks for; why each that failed did, by name."""
    import ray

    folder, data_dir = Path(request["folder"]), request["data_dir"]
    cpus, gpus = int(request["cpus"]), float(request["gpus"])
    check_room(cpus, gpus)
    check_shared(folder)
    dataset = ray.put(in_memory(fer2013.load(Path(data_dir) if data_dir else None)))
    kind, given, own = request["kind"], request["given"], variables(cpus)

    def one(name: str, dataset: Dataset) -> str:
        """Why it failed; empty where it did not."""
        prepare(own)
        try:
            KINDS[kind](name, folder, dataset, given)
        except FerError as exc:
            return str(exc)
        return ""

    # A process for each, so that TensorFlow's memory is given back.
    task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=MOST_LOSSES, max_calls=1)(one)
    names = {task.remote(name, dataset): name for name in request["names"]}
    failed: dict[str, str] = {}
    while names:
        (ready,), _ = ray.wait(list(names))
        name = names.pop(ready)
        try:
            reason = ray.get(ready)
        except ray.exceptions.RayError as exc:
            reason = explain(str(exc))
        if reason:
            failed[name] = reason
        tell({"name": name, "words": "failed" if reason else "done"})
    return {"failed": failed}


def _train_fold(name: str, folder: Path, dataset: Dataset, given: dict[str, Any]) -> None:
    """`name` is as `fold 1`."""
    from fer_core.quality.folds import train_fold

    config = TrainConfig.parse(given["config"])
    train_fold(dataset, config, given["folds"], int(name.split()[1]) - 1, folder)


def _train_variant(name: str, folder: Path, dataset: Dataset, given: dict[str, Any]) -> None:
    from fer_core.experiments.ablation import VARIANTS, run_variant

    variant = next(variant for variant in VARIANTS if variant.name == name)
    run_variant(variant, given["epochs"], dataset, folder, _unseen, given["common"])


def _train_member(name: str, folder: Path, dataset: Dataset, given: dict[str, Any]) -> None:
    """`name` is the run's."""
    from fer_core.experiments.single import run_to_end

    run_to_end(TrainConfig.parse(given["configs"][name]), name, dataset, folder, _unseen)


def _unseen(run: Run) -> AbstractContextManager["Observer"]:
    from fer_core.training.loop import Silent

    return nullcontext(Silent())


KINDS: dict[str, Callable[[str, Path, Dataset, dict[str, Any]], None]] = {
    "fold": _train_fold,
    "variant": _train_variant,
    "member": _train_member,
}
