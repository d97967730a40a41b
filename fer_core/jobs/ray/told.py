"""What a training on a cluster tells its log, and how it is read here.

Each line that begins with a mark holds JSON; all others are for people. A run folder comes home
as lines of base64 with a checksum, as the Jobs API has no download.
"""

import base64
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fer_core.errors import JobError
from fer_core.jobs.parcel import EPOCH_MARK

STAGE = "FER-STAGE "
"""What it does now, in words."""
STEP = "FER-STEP "
"""Steps of the epoch in progress."""
CONFIG = "FER-CONFIG "
"""The run's `config.json`."""
FAILED = "FER-FAILED "
"""Why it ended, as a sentence."""
PART, END = "FER-PART ", "FER-END "
"""A piece of the run's ZIP in base64, and its size and sha256 after the last."""
_MARKS = (STAGE, STEP, CONFIG, FAILED, PART, END, EPOCH_MARK)
_PIECE = 3 * 2**14
"""Bytes of the ZIP in a line."""


@dataclass(frozen=True)
class Told:
    """What a log tells: stage, steps of the epoch in progress, config, reason of a failure, the
    ZIP of the run folder (None before it comes), the lines of its epochs, and those for people.
    """

    stage: str
    step: dict[str, float]
    config: dict[str, Any] | None
    failed: str
    result: bytes | None
    epochs: str
    text: str


def tell(mark: str, what: Any) -> None:
    """Prints a line that `read` understands."""
    print(f"\n{mark}{json.dumps(what)}", flush=True)


def tell_result(packed: bytes) -> None:
    """Prints a ZIP."""
    for start in range(0, len(packed), _PIECE):
        tell(PART, base64.b64encode(packed[start : start + _PIECE]).decode())
    tell(END, {"bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest()})


def read(log: str) -> Told:
    """What `log`, complete or not, tells.

    Raises:
        JobError: the ZIP in it is not what was sent.
    """
    found: dict[str, Any] = {}
    pieces: list[str] = []
    epochs: list[str] = []
    lines: list[str] = []
    for line in log.splitlines():
        mark = next((mark for mark in _MARKS if line.startswith(mark)), None)
        if mark is None:
            lines.append(line)
            continue
        with suppress(ValueError):  # cut where the log was read
            value = json.loads(line.removeprefix(mark))
            if mark == PART:
                pieces.append(str(value))
            else:
                found[mark] = value
        if mark == EPOCH_MARK:
            epochs.append(line)
            found.pop(STEP, None)
    return Told(
        stage=str(found.get(STAGE, "")),
        step=found.get(STEP, {}),
        config=found.get(CONFIG),
        failed=str(found.get(FAILED, "")),
        result=_joined(pieces, found[END]) if END in found else None,
        epochs="\n".join(epochs),
        text="\n".join(_without_gaps(lines)),
    )


def _joined(pieces: list[str], end: Any) -> bytes:
    try:
        packed = b"".join(base64.b64decode(piece, validate=True) for piece in pieces)
        whole = hashlib.sha256(packed).hexdigest() == end["sha256"]
    except (ValueError, TypeError, KeyError):
        whole = False
    if not whole:
        raise JobError("What came back in the job's log is damaged. Resume it to ask again.")
    return packed


def _without_gaps(lines: list[str]) -> list[str]:
    """Each mark is preceded by an empty line, which is dropped with it."""
    return [line for line in lines if line.strip()]
