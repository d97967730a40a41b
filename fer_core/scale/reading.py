"""Batch prediction: shards of pictures over a pool of workers, one a core.

Ray Data hands the shards out; a worker reads one and writes its part whole, so whatever dies takes
no row with it: the shard is read again, here or by the next run of the same command.
"""

import json
from pathlib import Path
from typing import Any

from fer_core.errors import ScaleError
from fer_core.scale.cluster import Tell
from fer_core.scale.folder import Folder
from fer_core.scale.parts import name_of, read_counts
from fer_core.scale.reader import Model, ShardReader
from fer_core.scale.shards import Manifest, offsets, read_manifest

_TRIES = 5
"""Times that a shard is read anew where its worker dies, as of a picture that crashes it."""
_GIVE_UP = 10  # shards in a row without a part, as on a full disk
_FILES = ("config.json", "model.onnx")  # of a run
_BLOCKS = 20_000
"""Most tasks; with more shards each reads several, and tells of them together."""


def drive(request: dict[str, Any], tell: Tell) -> dict[str, Any]:
    """Reads what the manifest in folder `out` says.

    Args:
        request: `out`; `run`, the model's folder, `temporal`, the recurrent network's or None, and
            `detector`, YuNet's file or None, all on this machine; `workers`, the most at a time, or
            None for one a core.
        tell: gets for each shard what `ShardReader.read` says, as it comes.

    Returns:
        `unread`, the numbers of the shards whose worker died each time.

    Raises:
        ScaleError: parts cannot be written, or not where this machine sees them.
    """
    import ray
    import ray.data

    folder = Folder(request["out"])
    manifest = read_manifest(folder)
    assert manifest is not None
    folder.clean()
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # a shard that kills its workers holds up no other
    lines = offsets(folder)
    items = [{"number": n, "offset": at, "length": size} for n, (at, size) in enumerate(lines)]
    rows = ray.data.from_items(items, override_num_blocks=min(len(items), _BLOCKS)).map(
        _Worker,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=request["workers"]),
        fn_constructor_kwargs={
            "out": request["out"],
            "manifest": manifest,
            "model": ray.put(model_of(request)),
        },
        num_cpus=1,
        max_restarts=-1,
        max_task_retries=_TRIES,
    )
    unread = set(range(len(items)))
    failures = 0
    for row in rows.iter_rows():
        said = json.loads(row["said"])
        failures = failures + 1 if said["problem"] else 0
        if failures == 0:
            unread.discard(said["shard"])
            if said["shard"] == 0:
                _check_seen(folder, manifest)
        elif failures == min(_GIVE_UP, len(items)):
            raise ScaleError(f"No results can be written to {folder}. {said['problem']}.")
        tell(said)
    return {"unread": sorted(unread)}


def _check_seen(folder: Folder, manifest: Manifest) -> None:
    if read_counts(folder, 0, manifest.digest) is None:
        raise ScaleError(
            f"{name_of(0)} was written on another machine and is not in {folder} here. Name a "
            "folder that all machines share, or an address as s3://bucket/folder."
        )


def model_of(request: dict[str, Any]) -> Model:
    run, detector = Path(request["run"]), request["detector"]
    temporal = Path(request["temporal"]) if request["temporal"] else None
    return Model(
        run_id=run.name,
        temporal_id=temporal.name if temporal else None,
        files={
            folder.name: {name: (folder / name).read_bytes() for name in _FILES}
            for folder in (run, temporal)
            if folder
        },
        detector=None if detector is None else Path(detector).read_bytes(),
    )


class _Worker:
    """A `ShardReader` as Ray Data calls it."""

    def __init__(self, out: str, manifest: Manifest, model: Any) -> None:
        self._reader = ShardReader(out, manifest, _received(model).predictor())

    def __call__(self, row: dict[str, int]) -> dict[str, str]:
        return {"said": json.dumps(self._reader.read(**row))}


def _received(model: Any) -> Model:
    import ray

    sent: Model = ray.get(model)
    return sent
