"""`docs/results.md`: every figure that follows from committed files.

python -m fer_core results           # writes it
python -m fer_core results --check   # fails where it is stale
"""

import math
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fer_core.classes import CLASS_NAMES, WEAK_CLASSES
from fer_core.config import Validation
from fer_core.errors import RunError
from fer_core.evaluation import checkpoint_choice, rare_classes, test_time_augmentation, timing
from fer_core.evaluation.calibration import expected_calibration_error
from fer_core.evaluation.comparison import share_alike
from fer_core.evaluation.metrics import Report, evaluate
from fer_core.evaluation.provenance import extra_data
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.subsets import LabelView, Subset, view_test
from fer_core.evaluation.temporal import table as tables
from fer_core.evaluation.temporal.words import decided
from fer_core.evaluation.timing import Timing
from fer_core.models.registry import PRESETS
from fer_core.paths import PROJECT_ROOT
from fer_core.reference import published, student_report
from fer_core.reporting.templates import render
from fer_core.reporting.temporal_card import titled
from fer_core.runs.store import Run, list_runs, unreadable_runs

PATH = PROJECT_ROOT / "docs" / "results.md"
RUNS = PROJECT_ROOT / "artifacts" / "runs"


@dataclass(frozen=True)
class Result:
    """A run and its figures on test images: reports by view (`all`, `PrivateTest`, `leak-free` and
    `FER+ majority`), ECE on all of them (0-1), seconds of training (NaN where its history has
    none), the stored time for a face, its extra training data, and its accuracy on the grouped
    validation images (NaN where it was validated on others).
    """

    run: Run
    reports: dict[str, Report]
    calibration_error: float
    seconds: float
    timing: Timing | None
    extra_data: str
    validation: float


def results(runs: list[Run]) -> str:
    """The page as Markdown, of runs with predictions of the published test images, and of recurrent
    networks over frames with their table.
    """
    over_time = [run for run in runs if run.config.temporal is not None]
    of_images = [run for run in runs if run.config.temporal is None]
    found = sorted(map(_result, of_images), key=lambda r: r.reports["all"].accuracy, reverse=True)
    trained = {run.run_id for run in runs}
    return render(
        "results.md.j2",
        class_names=CLASS_NAMES,
        results=found,
        report=student_report.metrics(),
        weak=WEAK_CLASSES,
        shares=_shares(found),
        alike=_alike(found),
        adjusted=_adjusted(found),
        tried_in_vain=published.tried_in_vain().to_dict("records"),
        people=published.people(),
        peers=published.peers().to_dict("records"),
        published=published.published().to_dict("records"),
        choice=checkpoint_choice.of(published.checkpoint_choice()),
        ablation=published.ablation().to_dict("records"),
        tried=published.weak_classes().to_dict("records"),
        weak_scores=published.WEAK_SCORES,
        robustness=_side_by_side(found),
        test_time=_by_augmentation(found),
        over_time=[_over_time(run) for run in over_time],
        not_trained=[name for name in PRESETS if name not in trained],
    )


def committed_runs(root: Path = RUNS) -> list[Run]:
    """The runs in `root` with figures that git knows; all of them outside of a checkout, or where
    git is not installed.

    Raises:
        RunError: one of them cannot be read.
    """
    known = known_to_git(root)
    for name, reason in unreadable_runs(root).items():
        if name in known or not known:
            raise RunError(f"Run '{name}' cannot be read: {reason}")
    runs = [run for run in list_runs(root) if _has_figures(run) and not run.config.synthetic]
    return [run for run in runs if run.run_id in known] if known else runs


def known_to_git(root: Path = RUNS) -> set[str]:
    """Names of the runs in `root` whose figures git knows; none outside of a checkout, or where
    git is not installed.
    """
    # In a hook git names its own repository to what it starts.
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--", "*/predictions.npz", f"*/{tables.FILE_NAME}"],
            cwd=root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
    except FileNotFoundError:
        return set()
    return {line.split("/")[0] for line in listed.stdout.splitlines()}


def _has_figures(run: Run) -> bool:
    return run.has_predictions() or (run.folder / tables.FILE_NAME).exists()


def _over_time(run: Run) -> dict[str, Any]:
    """A recurrent network's name, its tables and what they decided."""
    facts, measured = run.config.temporal, tables.read_table(run)
    assert facts is not None
    assert measured is not None
    says = decided(measured, facts.default_in)
    return {"run_id": run.run_id, "tables": titled(measured), "decided": says}


def is_current(runs: list[Run], path: Path | None = None) -> bool:
    """Whether `path`, `PATH` by default, holds what `results` gives."""
    path = path or PATH
    return path.exists() and path.read_text(encoding="utf-8") == results(runs)


def _result(run: Run) -> Result:
    predictions, fingerprint = run.predictions(), run.config.data_fingerprint
    views = {
        "all": (Subset.ALL, LabelView.FER2013),
        "PrivateTest": (Subset.PRIVATE, LabelView.FER2013),
        "leak-free": (Subset.LEAK_FREE, LabelView.FER2013),
        "FER+ majority": (Subset.ALL, LabelView.FERPLUS),
    }
    reports = {}
    for name, (subset, labels) in views.items():
        view = view_test(predictions, subset, labels, data_fingerprint=fingerprint)
        reports[name] = evaluate(view.predictions, view.groups)
    test, validation = predictions.subset("test"), predictions.subset("validation")
    train = run.config.train
    grouped = train.validation is Validation.GROUPED and train.label_review is None
    return Result(
        run=run,
        reports=reports,
        calibration_error=expected_calibration_error(test.y_score, test.y_true),
        seconds=float(run.history()["seconds"].sum(min_count=1)),
        timing=timing.read(run),
        extra_data=str(extra_data(run)),
        validation=evaluate(validation).accuracy if grouped and len(validation) else math.nan,
    )


def _shares(found: list[Result]) -> dict[str, float]:
    """Of each class among all test images, 0-1."""
    if not found:
        return {}
    support = found[0].reports["all"].per_class.set_index("class")["support"]
    return dict(support / support.sum())


def _alike(found: list[Result]) -> list[tuple[str, str, float]]:
    """Of each quantized run: its name, that of the run it was made from, and the share of the test
    images (0-1) that both give the same class.
    """
    tests = {result.run.run_id: result.run.predictions().subset("test") for result in found}
    made_from = {result.run.run_id: result.run.config.quantized_from for result in found}
    return [
        (name, source, share_alike(tests[name], tests[source]))
        for name, source in made_from.items()
        if source in tests
    ]


def _adjusted(found: list[Result]) -> dict[str, rare_classes.Adjusted]:
    """The best run and the best single network, with the rarity of classes taken out."""
    single = [result for result in found if not result.run.config.is_derived]
    runs = {result.run.run_id: result.run for result in (*found[:1], *single[:1])}
    return {
        name: rare_classes.adjusted(run.predictions(), WEAK_CLASSES) for name, run in runs.items()
    }


def _by_augmentation(found: list[Result]) -> list[tuple[str, str, dict[str, Any]]]:
    """Of each run that was measured: its name, a part of the test set, and the row of each
    augmentation by its name.
    """
    tables = [(result.run.run_id, test_time_augmentation.read(result.run)) for result in found]
    return [
        (run_id, str(images), {row["looks"]: row for row in rows.to_dict("records")})
        for run_id, table in tables
        if table is not None
        for images, rows in table.groupby("images", sort=False)
    ]


def _side_by_side(found: list[Result]) -> pd.DataFrame:
    """Accuracy (0-1) under each corruption, a row each, a column a run that was measured."""
    tables = {
        result.run.run_id: table.set_index("title")["accuracy"]
        for result in found
        if (table := measure.read(result.run)) is not None
    }
    return pd.DataFrame(tables)
