"""Every accuracy that can be compared, in one table: by test images and by passes over each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from fer_core.evaluation.intervals import wilson_interval
from fer_core.evaluation.metrics import Report
from fer_core.evaluation.timing import Timing
from fer_core.reference import published
from fer_core.reference.images import published_copies
from fer_core.reference.student_report import NAME, TEST_IMAGES

COLUMNS = (
    *("system", "about", "kind", "test_set", "protocol", "accuracy", "low", "high"),
    *("passes", "chosen_on", "on_test", "extra_training_data", "variant", "note", "source"),
)
_OURS_SHOWN, _OTHERS_SHOWN = 3, 4
_LEAK_FREE = TEST_IMAGES - published_copies().leaked_test_images


class TestSet(StrEnum):
    """What a figure was measured on; figures of different sets are never compared.

    ALL: the whole test folder. PRIVATE: its PrivateTest half, on which papers report. LEAK_FREE:
    without the images that stand byte-identical in the training folder. OTHER: other images, or a
    source that does not say which.
    """

    __test__ = False  # not a test class, whatever pytest makes of the name

    ALL = f"All {TEST_IMAGES:,} test images"
    PRIVATE = f"PrivateTest, {TEST_IMAGES // 2:,} images"
    LEAK_FREE = f"Leak-free, {_LEAK_FREE:,} images"
    OTHER = "Other images, or part not stated"


class Protocol(StrEnum):
    """How often the network looked at each image; figures of different ones are never compared.

    SINGLE: once, as the app does. TEN_CROPS: the mean over ten crops, as many papers. OTHER:
    another mean, or not stated.
    """

    SINGLE = "Single pass"
    TEN_CROPS = "Ten crops"
    OTHER = "Other, or not stated"


class Kind(StrEnum):
    """OURS: a run of this project. REPORT: the student report that it reproduces. MEASURED:
    somebody's system, run on these images by us. PUBLISHED: as its authors state it.
    """

    OURS = "this project"
    REPORT = NAME
    MEASURED = "measured by us"
    PUBLISHED = "published"


_SIZES = {
    TestSet.ALL: TEST_IMAGES,
    TestSet.PRIVATE: TEST_IMAGES // 2,
    TestSet.LEAK_FREE: _LEAK_FREE,
}
_SUBSETS = {
    "all": TestSet.ALL,
    "PrivateTest": TestSet.PRIVATE,
    "leak-free": TestSet.LEAK_FREE,
}
_PUBLISHED_SETS = {"Kaggle test (7178)": TestSet.ALL, "FER2013 PrivateTest": TestSet.PRIVATE}
_PROTOCOLS = {"single pass": Protocol.SINGLE, "ten crops": Protocol.TEN_CROPS}
_TEST_IMAGES_CHOSE = ("PrivateTest", "these test images")


@dataclass(frozen=True)
class Own:
    """A run of this project.

    Attributes:
        reports: by subset (`all`, `PrivateTest`, `leak-free`).
        extra_data: what it learned from besides the data set (`provenance.extra_data`).
        about: what it is, in a few words (`provenance.in_short`).
        test_time: its table of test-time augmentation, where it was measured.
        is_variant: whether it is another run's network, quantized.
        is_foreign: whether its test images are others than the published ones.
    """

    reports: Mapping[str, Report]
    extra_data: str
    about: str = ""
    test_time: pd.DataFrame | None = None
    is_variant: bool = False
    is_foreign: bool = False


def scoreboard(own: Mapping[str, Own]) -> pd.DataFrame:
    """Our runs, by name, the report, published and measured systems.

    Returns:
        One row a system, test set and protocol with `COLUMNS`, in the order of `TestSet` and
        `Protocol` and the best accuracy first in each. `low` and `high` bound the 95 % interval:
        by bootstrap for our runs, by Wilson's formula from the accuracy and the number of images
        for others, as stated where a source states one, NaN where unknown.
        `on_test` says whether test images chose the checkpoint.
    """
    rows = [row for name, run in own.items() for row in _own_rows(name, run)]
    rows += _measured_rows() + _published_rows()
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = {name: place for place, name in enumerate((*TestSet, *Protocol))}
    table["set_order"] = table["test_set"].map(order)
    table["protocol_order"] = table["protocol"].map(order)
    table = table.sort_values(
        ["set_order", "protocol_order", "accuracy"], ascending=[True, True, False], kind="stable"
    )
    return table[list(COLUMNS)].reset_index(drop=True)


def comparable(table: pd.DataFrame, test_set: TestSet, protocol: Protocol) -> pd.DataFrame:
    """The rows of `scoreboard` that one axis may hold, the best accuracy first."""
    rows = table[(table["test_set"] == test_set) & (table["protocol"] == protocol)]
    return rows.reset_index(drop=True)


def protocols(table: pd.DataFrame, test_set: TestSet) -> list[Protocol]:
    """Those of a single pass and of ten crops by which `scoreboard` has a figure on `test_set`."""
    known = set(table.loc[table["test_set"] == test_set, "protocol"])
    return [name for name in (Protocol.SINGLE, Protocol.TEN_CROPS) if name in known]


def shortlist(rows: pd.DataFrame, default: str | None) -> pd.DataFrame:
    """About eight of `comparable`'s rows: the run named `default`, the report, and the best of the
    others. A quantized network is left out beside the one that it is made of.
    """
    ours, report = rows["kind"] == Kind.OURS, rows["kind"] == Kind.REPORT
    best_ours = rows[ours & ~rows["variant"].astype(bool)].head(_OURS_SHOWN)
    best_others = rows[~ours & ~report].head(_OTHERS_SHOWN)
    kept = {*best_ours.index, *best_others.index, *rows.index[report]}
    if not report.any():  # then the run that reproduces it stands in
        kept |= {*rows.index[rows["system"] == "report-baseline"]}
    kept |= {*rows.index[rows["system"] == default]}
    return rows.loc[sorted(kept)].reset_index(drop=True)


def speed_table(own: Mapping[str, tuple[Report, Timing]]) -> pd.DataFrame:
    """Accuracy on all test images against the time for one face, of our own runs (report and
    stored time by name) and of the systems with a comparable time.

    Returns:
        Columns system, kind, accuracy, ms_per_face, runtime (with the machine).
    """
    rows: list[tuple[Any, ...]] = [
        (name, Kind.OURS, report.accuracy, timing.ms_per_face, _in_words(timing))
        for name, (report, timing) in own.items()
        if report.n == TEST_IMAGES
    ]
    peers = published.peers()
    for peer in peers[peers["ms_per_face"].notna()].to_dict("records"):
        runtime = f"{peer['runtime']}, one core of another machine, {peer['measured']}"
        rows.append((peer["system"], Kind.MEASURED, peer["all_7178"], peer["ms_per_face"], runtime))
    table = pd.DataFrame(rows, columns=["system", "kind", "accuracy", "ms_per_face", "runtime"])
    return table.sort_values("accuracy", ascending=False, ignore_index=True)


def speed_note(own: Mapping[str, tuple[Report, Timing]]) -> str:
    """What the times of `speed_table` were measured on: ours and others' not on one machine."""
    machines = sorted({timing.machine for _, timing in own.values()})
    peers = published.peers()
    timed = peers[peers["ms_per_face"].notna()]
    months = ", ".join(timed["measured"].unique())
    ours = f"Ours: {'; '.join(machines)}. " if machines else ""
    return f"{ours}Others: one core of another machine, {months}; small differences say nothing."


def _in_words(timing: Timing) -> str:
    return f"{timing.runtime}, {timing.machine}"


def _own_rows(name: str, run: Own) -> list[tuple[Any, ...]]:
    rows = []
    what = (name, run.about, Kind.OURS)
    about = ("validation", False, run.extra_data, run.is_variant)
    for subset, test_set in _SUBSETS.items():
        report = run.reports.get(subset)
        if report is None:
            continue
        expected = report.n == _SIZES[test_set] and not run.is_foreign
        if not expected and subset != "all":
            continue
        measured_on = test_set if expected else TestSet.OTHER
        note = "" if expected else f"on {report.n:,} test images of its own"
        figures = (report.accuracy, *report.accuracy_interval)
        rest = ("single pass", *about, note, "its predictions")
        rows.append((*what, measured_on, Protocol.SINGLE, *figures, *rest))
    if run.test_time is None or run.is_foreign:
        return rows
    for row in run.test_time[run.test_time["looks"] == "ten crops"].to_dict("records"):
        crops_set = _SUBSETS.get(row["images"])
        if crops_set is not None and row["n"] == _SIZES[crops_set]:
            figures = (row["accuracy"], row["low"], row["high"])
            rest = ("ten crops", *about, "", "its test_time.csv")
            rows.append((*what, crops_set, Protocol.TEN_CROPS, *figures, *rest))
    return rows


def _measured_rows() -> list[tuple[Any, ...]]:
    rows = []
    columns = {
        "all_7178": TestSet.ALL,
        "private": TestSet.PRIVATE,
        "leak_free": TestSet.LEAK_FREE,
    }
    for peer in published.peers().to_dict("records"):
        for column, test_set in columns.items():
            if peer[column] != peer[column]:
                continue
            figures = (peer[column], *wilson_interval(peer[column], _SIZES[test_set]))
            source = f"version {peer['version']}, measured in {peer['measured']}"
            rows.append(
                (
                    *(peer["system"], peer["about"], Kind.MEASURED, test_set, Protocol.SINGLE),
                    *(*figures, "single pass", peer["chosen_on"]),
                    *(peer["chosen_on"] in _TEST_IMAGES_CHOSE, "", False, peer["note"], source),
                )
            )
    return rows


def _published_rows() -> list[tuple[Any, ...]]:
    rows = []
    for entry in published.published().to_dict("records"):
        test_set = _PUBLISHED_SETS.get(entry["test_set"], TestSet.OTHER)
        low, high = entry["low"], entry["high"]
        if test_set in _SIZES:
            low, high = wilson_interval(entry["accuracy"], _SIZES[test_set])
        kind = Kind.REPORT if entry["system"] == NAME else Kind.PUBLISHED
        protocol = _PROTOCOLS.get(entry["passes"], Protocol.OTHER)
        note = "" if entry["kind"] == "single" else entry["kind"]
        rows.append(
            (
                *(entry["system"], entry["about"], kind, test_set, protocol),
                *(entry["accuracy"], low, high, entry["passes"], entry["chosen_on"]),
                entry["chosen_on"] in _TEST_IMAGES_CHOSE,
                *(entry["pretraining"].replace("none", "no"), False, note, entry["source"]),
            )
        )
    return rows
