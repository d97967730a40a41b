"""`temporal.csv` in the run folder of a recurrent network: how its answers go over time, beside
single frames and exponential smoothing, on the same clips.

| column | what |
|---|---|
| `split`, `place` | clips of `validation` or `test` images, as in a `video` or `live` |
| `method`, `half_life`, `features_of` | what answered; seconds of exponential smoothing; whose \
features |
| `rate`, `n_clips`, `frames` | frames a second, clips, frames in all |
| `accuracy` | share of right frames, 0-1 |
| `lag_median`, `lag_p90`, `lag_mean` | seconds after a change until the answer follows |
| `flicker` | changes of answer a second where nothing changes |
| `at_same_lag` | accuracy of the recurrent network less the others' best at its lag or less |

Each figure has 95 % ends, `_low` and `_high`.
"""

from collections.abc import Iterable

import pandas as pd

from fer_core.errors import RunError
from fer_core.evaluation.temporal.measures import FIGURES
from fer_core.files import write_text
from fer_core.runs.records import Place
from fer_core.runs.store import Run
from fer_core.tables import to_csv

FILE_NAME = "temporal.csv"
SINGLE, EXPONENTIAL, RECURRENT = "single frames", "exponential", "recurrent"
"""The methods."""


def columns() -> Iterable[str]:
    """Of the table, in order."""
    figures = [
        f"{name}{end}" for name in (*FIGURES, "at_same_lag") for end in ("", "_low", "_high")
    ]
    about = ("split", "place", "rate", "method", "half_life", "features_of", "n_clips", "frames")
    return (*about, *figures)


def write_table(run: Run, table: pd.DataFrame) -> None:
    """Writes the table into the run's folder, its figures to six digits."""
    write_text(run.folder / FILE_NAME, to_csv(table.round(6)))


def read_table(run: Run) -> pd.DataFrame | None:
    """The table of `run`; None where nothing was measured.

    Raises:
        RunError: it is damaged.
    """
    path = run.folder / FILE_NAME
    if not path.exists():
        return None
    try:
        table = pd.read_csv(path)
        return table[list(columns())]
    except (OSError, KeyError, ValueError, pd.errors.ParserError) as exc:
        raise RunError(
            f"The table of run '{run.run_id}' over time is damaged. Measure it again: "
            f"python -m fer_core evaluate {run.run_id} --again"
        ) from exc


def better_in(table: pd.DataFrame, features_of: str) -> tuple[Place, ...]:
    """Where the recurrent network is better on validation clips in accuracy at the same lag: the
    whole 95 % interval of its gain is above 0.
    """
    rows = table[
        (table["split"] == "validation")
        & (table["method"] == RECURRENT)
        & (table["features_of"] == features_of)
        & (table["at_same_lag_low"] > 0)
    ]
    return tuple(place for place in Place if str(place) in set(rows["place"]))
