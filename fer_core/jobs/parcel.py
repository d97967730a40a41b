"""What a training on another machine is sent, and what comes back.

It is sent this package, without what stays at home. It prints a line for each epoch, from which
this machine draws the curve while it waits, and leaves a ZIP of its run folder: configuration,
history, log and checkpoint. The model is exported and measured at home, from that checkpoint,
by the same code as any other.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd

from fer_core import archives, paths
from fer_core.errors import JobError
from fer_core.files import write_bytes
from fer_core.jobs.base import read_spec
from fer_core.runs.store import HISTORY_COLUMNS, Run, RunConfig, write_history

EPOCH_MARK = "FER-EPOCH "
"""Begins a line of the log that holds a history row as JSON."""
RESULT = "run.zip"
RESULT_FILES = (
    *("config.json", "history.csv", "train.log"),
    *("checkpoint/state.json", "checkpoint/variables.npz"),
)
"""What it holds, where the run has it."""
MAX_RESULT_BYTES = 512 * 1024**2
"""Of `run.zip`, packed and unpacked; a checkpoint of the largest preset has a tenth."""

_AT_HOME = ("bench", "cli", "experiments", "inference", "quality", "reporting", "scale")
"""Folders of this package that stay here."""
_WHEN = (1980, 1, 1, 0, 0, 0)
"""Date of every file in the package, so that equal packages have equal bytes."""


def code(extra: Mapping[str, bytes] | None = None) -> bytes:
    """This package as a ZIP, with `extra` files by name beside it."""
    root = paths.PROJECT_ROOT
    sources = sorted((root / "fer_core").rglob("*.py"))
    names = [path.relative_to(root) for path in sources]
    files = {n.as_posix(): (root / n).read_bytes() for n in names if n.parts[1] not in _AT_HOME}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in (files | dict(extra or {})).items():
            file.writestr(zipfile.ZipInfo(name, _WHEN), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def pack(run: Run, target: Path) -> None:
    """Writes what is needed to continue at home into one ZIP."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as file:
        for name in RESULT_FILES:
            if (run.folder / name).exists():
                file.write(run.folder / name, name)


def unpack(folder: Path, packed: bytes, host: str) -> None:
    """Puts what came back from `host` into a run folder: only the files that a run has, each
    written whole.

    Raises:
        JobError: it is damaged, or holds something else or another run than was asked for.
    """
    most = MAX_RESULT_BYTES
    limits = archives.Limits(members=1000, directory=2**20, member=most, total=most)
    try:
        with archives.open_zip(packed, RESULT, limits) as file:
            members = {info.filename: info for info in file.infolist()}
            archives.check_total(members.values(), RESULT, limits)
            if not {"config.json", "checkpoint/variables.npz"} <= set(members):
                raise JobError(f"What came back from {host} is not a run.")
            wanted = [name for name in RESULT_FILES if name in members]
            found = {name: archives.read(file, members[name], name) for name in wanted}
    except archives.ArchiveError as exc:
        raise JobError(
            f"What came back from {host} is damaged or too large to be a run. Resume it, or submit "
            "it again."
        ) from exc
    _check_own(folder, found["config.json"], host)
    (folder / "checkpoint").mkdir(exist_ok=True)
    for name, content in found.items():
        write_bytes(folder / name, content)


def _check_own(folder: Path, config: bytes, host: str) -> None:
    spec = read_spec(folder)
    try:
        run = RunConfig.model_validate_json(config)
    except ValueError as exc:
        raise JobError(f"What came back from {host} is not a run.") from exc
    if run.run_id != folder.name or (spec is not None and run.train != spec.train):
        raise JobError(
            f"What came back from {host} is another run than this one, '{run.run_id}' with its own "
            "settings. Submit this one again."
        )


def take_history(folder: Path, log: str) -> int:
    """Writes the history that a log tells, after the epochs before it that are known here; returns
    the last finished epoch.
    """
    rows = []
    for line in log.splitlines():
        if line.startswith(EPOCH_MARK):
            with suppress(ValueError, KeyError, TypeError):
                row = json.loads(line.removeprefix(EPOCH_MARK))
                names = [*HISTORY_COLUMNS, *(["phase"] if "phase" in row else [])]
                rows.append({name: float(row[name]) for name in names})
    known = _known(folder)
    if rows:
        known = [row for row in known if row["epoch"] < rows[0]["epoch"]]
        write_history(folder, [*known, *rows])
    return int(max((row["epoch"] for row in [*known, *rows]), default=0))


def _known(folder: Path) -> list[dict[str, float]]:
    """Rows of the history in `folder`; none where it cannot be read."""
    try:
        rows = pd.read_csv(folder / "history.csv").to_dict("records")
        return [{str(name): float(value) for name, value in row.items()} for row in rows]
    except (OSError, ValueError):
        return []


class Printer:
    """Tells the log what the history gains."""

    def on_step(self, epoch: int, step: int, steps: int, logs: dict[str, float]) -> None: ...

    def on_epoch(self, row: dict[str, float]) -> None:
        print(EPOCH_MARK + json.dumps(row), flush=True)
