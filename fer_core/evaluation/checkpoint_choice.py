"""What it is worth to choose the checkpoint on the test images that the figure is of.

`python -m fer_core checkpoint-choice` tests every epoch of a run; this compares the one that
PrivateTest itself would choose with the one that validation images choose.
"""

from dataclasses import dataclass

import pandas as pd

from fer_core import formats


@dataclass(frozen=True)
class CheckpointChoice:
    """PrivateTest accuracy (0-1) of the best of `epochs` of a run of `preset`: of the one best by
    validation images, and of the one best by PrivateTest itself.
    """

    preset: str
    epochs: int
    by_validation: float
    by_private_test: float

    @property
    def sentence(self) -> str:
        """As `Choosing the checkpoint on PrivateTest itself was worth 0.4 points ...`."""
        points = 100 * (self.by_private_test - self.by_validation)
        return (
            f"Choosing the checkpoint on PrivateTest itself is worth {points:.1f} points in a run "
            f"of {self.preset} measured for this: the best of its {self.epochs} epochs by "
            f"PrivateTest reaches {formats.percent(self.by_private_test)} of it, the one that "
            f"validation images choose {formats.percent(self.by_validation)}."
        )


def of(table: pd.DataFrame) -> CheckpointChoice | None:
    """From the table of `reference.published.checkpoint_choice`; None where it is empty."""
    if table.empty:
        return None
    chosen = table.loc[table["validation"].idxmax()]
    return CheckpointChoice(
        preset=str(chosen["preset"]),
        epochs=len(table),
        by_validation=float(chosen["private_test"]),
        by_private_test=float(table["private_test"].max()),
    )
