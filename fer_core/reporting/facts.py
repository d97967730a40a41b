"""Everything that a card or a report says about a run, read from its folder alone."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from fer_core.classes import CLASS_NAMES
from fer_core.errors import RunError
from fer_core.evaluation import test_time_augmentation
from fer_core.evaluation.calibration import Answered, Calibrated, answered_above, before_and_after
from fer_core.evaluation.metrics import Report, evaluate
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.subsets import View, known_views, view_test
from fer_core.reference.images import copy_groups
from fer_core.runs.store import Predictions, Run, RunConfig, State, Status


@dataclass(frozen=True)
class Figures:
    """One view of the test set and how well the run does in it."""

    view: View
    report: Report


@dataclass(frozen=True)
class Confusion:
    """How often one class is taken for another: `share` (0-1) of the `true` faces."""

    true: str
    predicted: str
    images: int
    share: float


@dataclass(frozen=True)
class RunFacts:
    """What the files of a run say.

    `report` is on all `test` images by the data set's labels. The tables of `robustness` and of
    test-time augmentation are None where they were not measured; `robustness_note` says why, or
    that the table is of an older model.
    """

    run: Run
    status: Status
    test: Predictions
    report: Report
    history: pd.DataFrame
    robustness: pd.DataFrame | None
    robustness_note: str
    test_time: pd.DataFrame | None

    @property
    def config(self) -> RunConfig:
        return self.run.config

    @cached_property
    def figures(self) -> tuple[Figures, ...]:
        """Every view of the test set that is known for the run's images and holds one of
        them; the first is all test images by the data set's labels.
        """
        fingerprint = self.config.data_fingerprint
        views = [
            view_test(self.test, subset, labels, data_fingerprint=fingerprint)
            for subset, labels in known_views(fingerprint)
        ]
        return tuple(
            Figures(view, evaluate(view.predictions, view.groups))
            for view in views
            if len(view.predictions)
        )

    @cached_property
    def calibrations(self) -> tuple[Calibrated, Calibrated]:
        """Of the confidence on all test images, without the temperature and with it."""
        return before_and_after(self.test, self.config.temperature)

    @property
    def answered(self) -> Answered | None:
        """What the app answers where it says "not sure" to the rest; None where it never does."""
        threshold = self.config.abstain_below
        return answered_above(self.test, threshold) if threshold else None

    @property
    def is_finished(self) -> bool:
        return self.status.state is State.DONE

    @property
    def epoch(self) -> int:
        """The epoch that the figures are of."""
        return self.config.exported_epoch or self.status.epoch

    @property
    def has_model(self) -> bool:
        """Whether the run left a model that the app can serve."""
        return self.run.onnx_path.exists()


def gather(run: Run) -> RunFacts:
    """Reads and computes everything. Takes well under a second; nothing is predicted.

    Raises:
        RunError: the run has no predictions yet, they are damaged, or cover no test image.
    """
    test = run.predictions().subset("test")
    if not len(test):
        raise RunError(f"Run '{run.run_id}' has no predictions of test images to report on.")
    table, note = _robustness(run)
    test_time = None
    with suppress(RunError):
        test_time = test_time_augmentation.read(run)
    return RunFacts(
        run=run,
        status=run.status(),
        test=test,
        report=evaluate(test, copy_groups(test.path, run.config.data_fingerprint)),
        history=run.history(),
        robustness=table,
        robustness_note=note,
        test_time=test_time,
    )


def worst_confusions(report: Report, n: int = 5) -> list[Confusion]:
    """The `n` most frequent mistakes by their share of the true class, the worst first."""
    found = [
        Confusion(true, predicted, int(images), images / report.confusion[i].sum())
        for i, true in enumerate(CLASS_NAMES)
        for j, predicted in enumerate(CLASS_NAMES)
        if i != j and (images := report.confusion[i, j])
    ]
    return sorted(found, key=lambda item: item.share, reverse=True)[:n]


def weakest_class(report: Report) -> tuple[str, float]:
    """The class with the lowest recall among those that have images, and that recall."""
    present = report.per_class.dropna(subset="recall")
    row = present.loc[present["recall"].idxmin()]
    return str(row["class"]), float(row["recall"])


def _robustness(run: Run) -> tuple[pd.DataFrame | None, str]:
    try:
        table = measure.read(run)
    except RunError as exc:
        return None, str(exc)
    if table is None and not run.onnx_path.exists():
        return None, "Not measured: the run left no model file to measure."
    if table is None:
        return None, f"Not measured. To measure it: `{measure.command(run)}`"
    stamp = run.model_stamp()
    if stamp and stamp != table["model"].iloc[0]:
        return table, "The model was re-exported after this was measured."
    return table, ""
