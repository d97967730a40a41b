"""Accuracy and predicted classes on corrupted test images.

A network that fails on poor images does not answer at random, it falls back on one class
("on my webcam it always says sad"). So beside the accuracy under each corruption stands how
often each class is predicted, against how often it occurs.

    python -m fer_core evaluate compact --robustness --against report-baseline

The table is the file `robustness.csv` of a run folder: one row for the untouched test
images and one a corruption, with `COLUMNS`. Pages read it and never compute it.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.errors import RunError
from fer_core.evaluation.metrics import confusion_matrix, divide, evaluate
from fer_core.evaluation.predict import Predict, check_images
from fer_core.evaluation.robustness.corruptions import CORRUPTIONS, UNTOUCHED, Corruption
from fer_core.files import write_file
from fer_core.progress import Progress
from fer_core.reference.images import copy_groups
from fer_core.runs.store import Predictions, Run

FILE_NAME = "robustness.csv"
BASELINE = "report-baseline"
"""The run that the product's targets are set against."""
CLEAN = UNTOUCHED.name
"""Of the row of untouched images."""

WANTED_MARGIN = 10.0
"""Points of accuracy above the baseline under the same corruption."""
LARGEST_RATIO = 2.0
"""Of a common class's predicted share to its true share."""
COMMON_SHARE = 0.1
"""A class is common that holds more than this share of the test images."""

PREDICTED = tuple(f"predicted_{name}" for name in CLASS_NAMES)
TRUE = tuple(f"true_{name}" for name in CLASS_NAMES)
COLUMNS = (
    *("corruption", "title", "strength", "n", "accuracy", "accuracy_low", "accuracy_high"),
    *("macro_f1", "worst_class", "worst_ratio", *PREDICTED, *TRUE, "seed", "model"),
)
"""`accuracy_low` and `accuracy_high` bound the 95 % bootstrap interval; shares are 0-1.
`worst_class` is the common class with the largest ratio of predicted to true share,
`worst_ratio` that ratio (empty and NaN where no class is common). `seed` is that of the
corruptions, `model` names the network measured (`Run.model_stamp`)."""

_BATCH = 512
_ROWS = (UNTOUCHED, *CORRUPTIONS)


def evaluate_robustness(
    predict: Predict,
    faces: NDArray[np.uint8],
    labels: NDArray[np.integer],
    *,
    groups: NDArray[np.integer] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measures a classifier on the untouched faces (n, 48, 48, 1) and under each corruption.

    The intervals draw identical faces, equal in `groups`, together; equal seeds corrupt images
    alike; `progress` is called after each batch.

    Returns:
        One row for `CLEAN`, then one a corruption, with `COLUMNS`; `model` is empty.

    Raises:
        RunError: there is no face to measure on.
    """
    rows = []
    for i, kind in enumerate(_ROWS):
        corrupted = kind.apply(faces, seed)
        scores = np.empty((len(faces), NUM_CLASSES), np.float32)
        for start in range(0, len(faces), _BATCH):
            batch = corrupted[start : start + _BATCH]
            scores[start : start + _BATCH] = predict(batch)
            if progress is not None:
                progress(i * len(faces) + start + len(batch), len(_ROWS) * len(faces))
        rows.append(_row(kind, labels, scores, groups))
    return pd.DataFrame(rows).assign(seed=seed, model="")[list(COLUMNS)]


def measure(
    run: Run, *, seed: int = 0, threads: int = 1, progress: Progress | None = None
) -> pd.DataFrame:
    """Measures the exported model of `run` on every test image of the data set, as
    `evaluate_robustness`; `model` is filled in.

    Raises:
        DataMissingError: the data set is not on this machine.
        RunError: the run has no model, or a damaged one, or was trained on other images.
    """
    from fer_core.data import fer2013
    from fer_core.inference.classifier import Classifier

    stamp = run.model_stamp()
    classifier = Classifier(run, threads=threads)
    dataset = fer2013.load()
    check_images(run, dataset)
    test = dataset.test
    table = evaluate_robustness(
        classifier.predict,
        test.images,
        test.labels,
        groups=copy_groups(test.paths, dataset.fingerprint),
        seed=seed,
        progress=progress,
    )
    return table.assign(model=stamp)


def write(run: Run, table: pd.DataFrame) -> None:
    """Writes `robustness.csv` into the run's folder, whole."""
    write_file(
        run.folder / FILE_NAME,
        lambda path: table[list(COLUMNS)].to_csv(path, index=False, float_format="%.6f"),
    )


def read(run: Run) -> pd.DataFrame | None:
    """The run's table; None where it was never measured.

    Raises:
        RunError: the file is damaged or lacks a corruption that this version knows.
    """
    path = run.folder / FILE_NAME
    if not path.exists():
        return None
    names = [kind.name for kind in _ROWS]
    try:
        text = dict.fromkeys(("corruption", "title", "strength", "worst_class", "model"), "str")
        table = pd.read_csv(path, dtype=text)
        table = table.set_index("corruption").loc[names].reset_index()[list(COLUMNS)]
        table["title"] = [kind.title for kind in _ROWS]  # as of now, not as of the measurement
        return table.fillna(dict.fromkeys(text, ""))
    except (OSError, ValueError, KeyError) as exc:
        raise RunError(
            f"The robustness table of run '{run.run_id}' is damaged or of another version. "
            f"Measure it again: {command(run)}"
        ) from exc


def command(run: Run) -> str:
    """The shell line that measures `run`."""
    return f"python -m fer_core evaluate {run.run_id} --robustness"


def compare(robustness: pd.DataFrame, baseline: pd.DataFrame) -> pd.DataFrame:
    """Sets a table beside another run's, row by row under the same corruption.

    Returns:
        Columns corruption, title, accuracy, baseline (its accuracy), points (accuracy
        minus baseline, times 100), in the order of `robustness`.

    Raises:
        RunError: the two were not measured on the same images, corrupted alike.
    """
    same = ["corruption", "strength", "n", "seed"]
    left, right = (table[same].reset_index(drop=True) for table in (robustness, baseline))
    if not left.equals(right) or not np.allclose(
        robustness[list(TRUE)], baseline[list(TRUE)], atol=1e-5
    ):
        raise RunError(
            "The two robustness tables are of different images or corruptions. Measure both "
            "again with this version and the same data set."
        )
    table = robustness[["corruption", "title", "accuracy"]].reset_index(drop=True)
    table["baseline"] = baseline["accuracy"].to_numpy()
    return table.assign(points=100 * (table["accuracy"] - table["baseline"]))


def verdicts(robustness: pd.DataFrame, baseline: pd.DataFrame | None = None) -> pd.DataFrame:
    """Whether the product's targets are met under each corruption; without a baseline to be ahead
    of, only shares are judged.

    Returns:
        One row a target and corruption, untouched images not among them: target
        (`margin`: at least `WANTED_MARGIN` points above the baseline; `share`: no common
        class predicted more than `LARGEST_RATIO` times as often as it occurs),
        corruption, title, value, limit, met.

    Raises:
        RunError: the two tables do not compare.
    """
    corrupted = robustness[robustness["corruption"] != CLEAN]
    share = corrupted.assign(
        target="share",
        value=corrupted["worst_ratio"],
        limit=LARGEST_RATIO,
        # A NaN ratio, where no class is common, breaks no limit.
        met=~(corrupted["worst_ratio"] > LARGEST_RATIO),
    )
    parts = [share]
    if baseline is not None:
        beside = compare(robustness, baseline)
        beside = beside[beside["corruption"] != CLEAN]
        margin = beside.assign(
            target="margin",
            value=beside["points"],
            limit=WANTED_MARGIN,
            met=beside["points"] >= WANTED_MARGIN,
        )
        parts.insert(0, margin)
    columns = ["target", "corruption", "title", "value", "limit", "met"]
    return pd.concat(parts, ignore_index=True)[columns]


def points_lost(robustness: pd.DataFrame) -> NDArray[np.float64]:
    """Accuracy minus that on the untouched images, in points, float (rows,)."""
    accuracy: NDArray[np.float64] = robustness["accuracy"].to_numpy(float)
    lost: NDArray[np.float64] = 100 * (accuracy - accuracy[0])
    return lost


def hardest(robustness: pd.DataFrame) -> pd.Series:
    """The row of the corruption with the lowest accuracy."""
    corrupted = robustness[robustness["corruption"] != CLEAN]
    return corrupted.loc[corrupted["accuracy"].idxmin()]


def most_over_predicted(robustness: pd.DataFrame) -> pd.Series | None:
    """The row with the largest `worst_ratio`; None where no class is common."""
    known = robustness[robustness["worst_ratio"].notna()]
    return known.loc[known["worst_ratio"].idxmax()] if len(known) else None


def share_ratios(robustness: pd.DataFrame) -> NDArray[np.float64]:
    """Predicted over true share, float (rows, 7) in class order; NaN for an absent class."""
    predicted = robustness[list(PREDICTED)].to_numpy(float)
    true = robustness[list(TRUE)].to_numpy(float)
    return divide(predicted, true)


def _row(
    kind: Corruption,
    labels: NDArray[np.integer],
    scores: NDArray[np.float32],
    groups: NDArray[np.integer] | None,
) -> dict[str, object]:
    """One row of the table, all but `seed` and `model`."""
    n = len(labels)
    blank = np.full(n, "")
    report = evaluate(Predictions(blank, blank, labels.astype(np.int8), scores), groups)
    counts = confusion_matrix(labels, scores.argmax(axis=1))
    predicted, true = counts.sum(axis=0) / n, counts.sum(axis=1) / n
    common = true > COMMON_SHARE
    ratios = np.where(common, predicted / np.where(common, true, 1.0), -1.0)
    worst = int(np.argmax(ratios))
    return {
        "corruption": kind.name,
        "title": kind.title,
        "strength": kind.strength,
        "n": n,
        "accuracy": report.accuracy,
        "accuracy_low": report.accuracy_interval[0],
        "accuracy_high": report.accuracy_interval[1],
        "macro_f1": report.macro_f1,
        "worst_class": CLASS_NAMES[worst] if common.any() else "",
        "worst_ratio": float(ratios[worst]) if common.any() else float("nan"),
        **dict(zip(PREDICTED, predicted.tolist(), strict=True)),
        **dict(zip(TRUE, true.tolist(), strict=True)),
    }
