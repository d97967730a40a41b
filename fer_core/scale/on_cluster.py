"""What trainings on a cluster have in common: room, a folder that all see, the data set, losses.

Called in the child of `fer_core.scale.cluster`, and by the cluster's workers.
"""

import dataclasses
import os
import uuid
from pathlib import Path

import numpy as np

from fer_core import paths
from fer_core.data.fer2013 import Dataset
from fer_core.errors import ScaleError

MOST_LOSSES = 2
"""How often a training goes on after its process or its machine was lost."""


def in_memory(dataset: Dataset) -> Dataset:
    """The data set as the cluster's machines get it: not as files of this one."""
    train, test = (
        dataclasses.replace(faces, images=np.array(faces.images))
        for faces in (dataset.train, dataset.test)
    )
    return dataclasses.replace(dataset, train=train, test=test, measures=None)


def check_room(cpus: int, gpus: float) -> None:
    """Raises `ScaleError` unless a machine of the cluster has so many cores and GPUs."""
    import ray

    found = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(each.get("CPU", 0) >= cpus and each.get("GPU", 0) >= gpus for each in found):
        return
    most = max((int(each.get("CPU", 0)) for each in found), default=0)
    what = f"{cpus} cores" + (f" and {gpus:g} GPUs" if gpus else "")
    raise ScaleError(
        f"No machine of the cluster has {what}, as each training is to get; the largest has {most} "
        "cores. Ask for fewer by --cpus and --gpus."
    )


def check_shared(folder: Path) -> None:
    """Raises `ScaleError` unless every machine of the cluster sees `folder`."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    marker = folder / f".seen-{uuid.uuid4().hex}"
    marker.touch()

    def sees() -> bool:
        return marker.is_file()

    look = ray.remote(num_cpus=0)(sees)
    alive = [node for node in ray.nodes() if node["Alive"]]
    asked = [
        look.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote()
        for node in alive
    ]
    try:
        answers = ray.get(asked)
    finally:
        marker.unlink()
    hosts = [node["NodeManagerHostname"] for node in alive]
    blind = [host for host, seen in zip(hosts, answers, strict=True) if not seen]
    if blind:
        raise ScaleError(
            f"{len(blind)} of {len(alive)} machines of the cluster do not see {folder} (as "
            f"{blind[0]}). Put it on storage that all of them share, at the same path: "
            f"{paths.RUNS_DIR_VARIABLE} and {paths.CACHE_DIR_VARIABLE} name folders."
        )


def variables(cpus: int) -> dict[str, str]:
    """Environment variables of a worker that trains on so many cores, for `prepare`."""
    return {
        "TF_NUM_INTRAOP_THREADS": str(cpus),
        "TF_NUM_INTEROP_THREADS": str(cpus),
        paths.FERPLUS_VARIABLE: str(paths.ferplus_file()),
    }


def prepare(own: dict[str, str]) -> None:
    """Sets a worker's variables, before TensorFlow is loaded in it."""
    os.environ |= own


def explain(error: str) -> str:
    """Why a trial ended that did not say so itself."""
    if "Died" in error or "Crashed" in error or "NodeDied" in error or not error:
        return (
            f"Its process or its machine was lost {MOST_LOSSES + 1} times, often for too little "
            "memory. Give each more of a machine by --cpus."
        )
    last = [line for line in error.splitlines() if line.strip()][-1].strip()
    return f"It ended with an error it did not foresee: {last[:300]}"
