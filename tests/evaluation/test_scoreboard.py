"""Systems side by side: like with like alone, and about eight of them."""

from dataclasses import replace

import pandas as pd
import pytest

from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.scoreboard import (
    Kind,
    Own,
    Protocol,
    TestSet,
    comparable,
    scoreboard,
    shortlist,
    speed_note,
    speed_table,
)
from fer_core.evaluation.timing import Timing
from tests.builders import make_predictions

COUNTS = {"all": 7178, "PrivateTest": 3589}


def own(accuracy: float, *, ten_crops: float | None = None, is_variant: bool = False) -> Own:
    """A run that is right on about this share of all test images, with one pass and with ten."""
    report = evaluate(make_predictions(7178, accuracy).subset("test"))
    table = None
    if ten_crops is not None:
        rows = [("ten crops", images, n, ten_crops, 0.5, 0.9) for images, n in COUNTS.items()]
        columns = ["looks", "images", "n", "accuracy", "low", "high"]
        table = pd.DataFrame(rows, columns=columns)
    return Own({"all": report}, "no", "a network", table, is_variant)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return scoreboard({"mine": own(0.6, ten_crops=0.7), "mine-int8": own(0.6, is_variant=True)})


def test_as_many_other_images_are_not_the_published_ones() -> None:
    rows = scoreboard({"mine": replace(own(0.6, ten_crops=0.7), is_foreign=True)})
    mine = rows[rows["system"] == "mine"]

    assert mine["test_set"].tolist() == [TestSet.OTHER]
    assert mine["note"].tolist() == ["on 7,178 test images of its own"]


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("test_set", TestSet)
def test_an_axis_holds_figures_of_one_test_set_and_one_protocol(
    table: pd.DataFrame, test_set: TestSet, protocol: Protocol
) -> None:
    rows = comparable(table, test_set, protocol)
    assert set(rows["test_set"]) <= {test_set}
    assert set(rows["protocol"]) <= {protocol}
    assert rows["accuracy"].is_monotonic_decreasing


def test_ten_crops_of_ours_stand_beside_ten_crops_of_papers(table: pd.DataFrame) -> None:
    rows = comparable(table, TestSet.PRIVATE, Protocol.TEN_CROPS).set_index("system")
    assert rows.loc["mine", "accuracy"] == 0.7
    assert {"VGGNet (Khaireddin & Chen)", "ResNet18 (LetheSec)"} <= set(rows.index)
    assert rows.loc["ResNet18 (LetheSec)", "on_test"]
    assert not rows.loc["mine", "on_test"]


def test_a_protocol_that_is_not_stated_is_on_no_axis(table: pd.DataFrame) -> None:
    eight = table[table["system"].str.startswith("Ensemble of 8")]
    assert eight["protocol"].tolist() == [Protocol.OTHER]
    assert eight["passes"].tolist() == ["unknown"]


def test_peers_are_ranked_on_leak_free_images_where_they_were_measured(table: pd.DataFrame) -> None:
    rows = comparable(table, TestSet.LEAK_FREE, Protocol.SINGLE)
    assert "fer" in set(rows["system"])
    assert "@vladmandic/human" not in set(rows["system"])


def test_the_shortlist_is_about_eight_with_the_default_and_the_report() -> None:
    many = {f"run-{number}": own(0.2 + 0.01 * number) for number in range(20)}
    many["run-19-int8"] = own(0.39, is_variant=True)
    rows = comparable(scoreboard(many), TestSet.ALL, Protocol.SINGLE)

    shown = shortlist(rows, "run-0")

    assert len(shown) <= 9
    assert "run-0" in set(shown["system"])
    assert "run-19-int8" not in set(shown["system"])
    assert (shown["kind"] == Kind.REPORT).sum() == 1
    assert shown["accuracy"].is_monotonic_decreasing


def test_times_say_that_ours_and_theirs_are_of_two_machines() -> None:
    report = evaluate(make_predictions(7178).subset("test"))
    timing = Timing(2.5, 1, "ONNX Runtime 1.0", "Abacus (2 cores)", "2026-11-29", 0.1, "")
    timed = {"mine": (report, timing)}

    rows = speed_table(timed).set_index("system")

    assert rows.loc["mine", "ms_per_face"] == 2.5
    assert "Abacus (2 cores), November 2026" in rows.loc["mine", "runtime"]
    assert "another machine" in rows.loc["fer", "runtime"]
    assert "Abacus" in speed_note(timed)
    assert "another machine" in speed_note(timed)
