"""Every accuracy that can be compared, in one table, grouped by what it was measured on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from fer_core.evaluation.intervals import wilson_interval
from fer_core.evaluation.metrics import Report
from fer_core.reference import published
from fer_core.reference.student_report import TEST_IMAGES

COLUMNS = (
    *("system", "kind", "test_set", "accuracy", "low", "high"),
    *("extra_training_data", "note", "source"),
)


class TestSet(StrEnum):
    """What a figure was measured on; figures of different sets are never compared.

    ALL: the whole test folder. PRIVATE: its PrivateTest half, on which papers report.
    OTHER: other images, or a source that does not say which.
    """

    __test__ = False  # not a test class, whatever pytest makes of the name

    ALL = f"All {TEST_IMAGES:,} test images"
    PRIVATE = f"PrivateTest, {TEST_IMAGES // 2:,} images"
    OTHER = "Other images, or part not stated"


class Kind(StrEnum):
    """OURS: a run of this project. REPORT: the baseline that it reproduces. MEASURED:
    somebody's system, run on these images by us. PUBLISHED: as its authors state it.
    """

    OURS = "this project"
    REPORT = "the report"
    MEASURED = "measured by us"
    PUBLISHED = "published"


_SIZES = {TestSet.ALL: TEST_IMAGES, TestSet.PRIVATE: TEST_IMAGES // 2}
_PUBLISHED_SETS = {"Kaggle test (7178)": TestSet.ALL, "FER2013 PrivateTest": TestSet.PRIVATE}


@dataclass(frozen=True)
class Own:
    """A run of this project: its reports by subset (`all`, `PrivateTest`), and what it learned
    from besides the data set (`provenance.extra_data`).
    """

    reports: Mapping[str, Report]
    extra_data: str


def scoreboard(own: Mapping[str, Own]) -> pd.DataFrame:
    """Our runs, by name, the report, published and measured systems.

    Returns:
        One row a system and test set with `COLUMNS`, test sets in the order of `TestSet`
        and the best accuracy first in each. `low` and `high` bound the 95 % interval: by
        bootstrap for our runs, by Wilson's formula from the accuracy and the number of
        images for others, as stated where a source states one, NaN where unknown.
    """
    rows = [row for name, run in own.items() for row in _own_rows(name, run)]
    rows += _measured_rows() + _published_rows()
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["order"] = table["test_set"].map({name: i for i, name in enumerate(TestSet)})
    table = table.sort_values(["order", "accuracy"], ascending=[True, False], kind="stable")
    return table.drop(columns="order").reset_index(drop=True)


def speed_table(own: Mapping[str, tuple[Report, float]]) -> pd.DataFrame:
    """Accuracy on all test images against the time for one face, of our own runs (report and ms a
    face by name) and of the systems with a comparable time.

    Returns:
        Columns system, kind, accuracy, ms_per_face, runtime.
    """
    rows: list[tuple[Any, ...]] = [
        (name, Kind.OURS, report.accuracy, ms, "ONNX Runtime, this machine, now")
        for name, (report, ms) in own.items()
        if report.n == TEST_IMAGES
    ]
    peers = published.peers()
    for peer in peers[peers["ms_per_face"].notna()].to_dict("records"):
        runtime = f"{peer['runtime']}, one core, {peer['measured']}"
        rows.append((peer["system"], Kind.MEASURED, peer["all_7178"], peer["ms_per_face"], runtime))
    table = pd.DataFrame(rows, columns=["system", "kind", "accuracy", "ms_per_face", "runtime"])
    return table.sort_values("accuracy", ascending=False, ignore_index=True)


def speed_note() -> str:
    """What the times of `speed_table` were measured on, and for which systems there is none."""
    peers = published.peers()
    timed = peers["ms_per_face"].notna()
    months = ", ".join(peers.loc[timed, "measured"].unique())
    apart = peers[timed & (peers["runtime"] != "ONNX Runtime")]
    others = [
        f"one core, {months}",
        *(f"{row.system} by {row.runtime}" for row in apart.itertuples()),
    ]
    note = f"Ours: this machine, one thread, ONNX Runtime. Others: {'; '.join(others)}."
    untimed = peers.loc[~timed, "system"]
    return f"{note} Without a comparable time: {', '.join(untimed)}." if len(untimed) else note


def _own_rows(name: str, run: Own) -> list[tuple[Any, ...]]:
    rows = []
    for subset, test_set in (("all", TestSet.ALL), ("PrivateTest", TestSet.PRIVATE)):
        report = run.reports.get(subset)
        if report is None:
            continue
        expected = report.n == _SIZES[test_set]
        if not expected and subset != "all":
            continue
        measured_on = test_set if expected else TestSet.OTHER
        note = "" if expected else f"on {report.n:,} test images of its own"
        figures = (report.accuracy, *report.accuracy_interval)
        rows.append(
            (name, Kind.OURS, measured_on, *figures, run.extra_data, note, "its predictions")
        )
    return rows


def _measured_rows() -> list[tuple[Any, ...]]:
    rows = []
    for peer in published.peers().to_dict("records"):
        for column, test_set in (("all_7178", TestSet.ALL), ("private", TestSet.PRIVATE)):
            figures = (peer[column], *wilson_interval(peer[column], _SIZES[test_set]))
            source = f"version {peer['version']}, measured in {peer['measured']}"
            rows.append(
                (peer["system"], Kind.MEASURED, test_set, *figures, "", peer["note"], source)
            )
    return rows


def _published_rows() -> list[tuple[Any, ...]]:
    rows = []
    for entry in published.published().to_dict("records"):
        test_set = _PUBLISHED_SETS.get(entry["test_set"], TestSet.OTHER)
        low, high = entry["low"], entry["high"]
        if test_set in _SIZES:
            low, high = wilson_interval(entry["accuracy"], _SIZES[test_set])
        kind = Kind.REPORT if entry["system"].startswith("report ") else Kind.PUBLISHED
        figures = (entry["accuracy"], low, high)
        note = "" if entry["kind"] == "single" else entry["kind"]
        about = (entry["extra_training_data"], note, entry["source"])
        rows.append((entry["system"], kind, test_set, *figures, *about))
    return rows
