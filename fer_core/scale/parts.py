"""`part-00007.parquet`: the answers to one shard, with the columns of `predict --csv`.

Its last bytes say how many rows it has and which manifest it belongs to, so one that was cut off,
or that answers something else, does not count as written. `pandas.read_parquet(FOLDER)` reads all.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from fer_core.classes import CLASS_NAMES
from fer_core.inference.results import COLUMNS, WHOLE_NUMBERS, ImageResult, to_frame
from fer_core.scale.folder import Folder

_KEY = b"fer_shard"
_RESULTS = 2_000  # held in memory until they are written


@dataclass
class Counts:
    """What a part holds: pictures and videos, those that could not be read, faces, rows."""

    inputs: int = 0
    failed: int = 0
    faces: int = 0
    rows: int = 0


def name_of(shard: int) -> str:
    return f"part-{shard:05d}.parquet"


def write_part(
    folder: Folder, shard: int, digest: str, results: Iterable[ImageResult], counts: Counts
) -> None:
    """Writes a part whole; `counts` are taken once the results have ended, and get the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema()
    following = iter(results)

    def fill(path: Path) -> None:
        with pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for some in _batches(following, _RESULTS):
                table = pa.Table.from_pandas(to_frame(some), schema, preserve_index=False)
                counts.rows += table.num_rows
                writer.write_table(table)
            said = {"digest": digest, "shard": shard, **asdict(counts)}
            writer.add_key_value_metadata({_KEY: json.dumps(said)})

    folder.fill(name_of(shard), fill)


def read_counts(folder: Folder, shard: int, digest: str) -> Counts | None:
    """What a part holds, None where it is not there, cut off, or answers something else."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with folder.open(name_of(shard)) as file:
            metadata = pq.read_metadata(file)
            said = json.loads(metadata.metadata[_KEY])
    except (FileNotFoundError, pa.ArrowInvalid, OSError, KeyError, TypeError, ValueError):
        return None
    if (said.pop("digest"), said.pop("shard")) != (digest, shard):
        return None
    counts = Counts(**said)
    return counts if counts.rows == metadata.num_rows else None


def all_counts(folder: Folder, shards: int, digest: str) -> list[Counts] | None:
    """What each part holds, where all are there and whole; else None."""
    if not {name_of(shard) for shard in range(shards)} <= set(folder.names()):
        return None
    found = []
    for shard in range(shards):
        if (counts := read_counts(folder, shard, digest)) is None:
            return None
        found.append(counts)
    return found


def _batches(results: Iterator[ImageResult], size: int) -> Iterator[list[ImageResult]]:
    while some := list(islice(results, size)):
        yield some


def _schema() -> Any:
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    types = {
        **dict.fromkeys(("width", "height", *WHOLE_NUMBERS), pa.int64()),
        **dict.fromkeys(("seconds", "confidence", "face_confidence", *CLASS_NAMES), number),
        "unsure": pa.bool_(),
    }
    # What lets pandas read whole numbers that may be missing as such.
    note = pa.Schema.from_pandas(to_frame([]), preserve_index=False).metadata
    return pa.schema([(name, types.get(name, text)) for name in COLUMNS], note)
