"""Why one way of smoothing over time is the default, in words."""

import pandas as pd
import pytest

from fer_core.evaluation.temporal.words import why_default
from fer_core.runs.records import Place


def gains(**by_split: tuple[float, float, float]) -> pd.DataFrame:
    ends = ("at_same_lag", "at_same_lag_low", "at_same_lag_high")
    rows = [
        {
            "split": split,
            "place": "live",
            "method": "recurrent",
            **dict(zip(ends, gain, strict=True)),
        }
        for split, gain in by_split.items()
    ]
    return pd.DataFrame(rows, columns=["split", "place", "method", *ends])


@pytest.mark.parametrize(
    ("default_in", "test_low", "said"),
    [
        ((Place.LIVE,), -0.005, "The test clips shown here do not confirm it (+0.6 points, "),
        ((Place.LIVE,), 0.001, "The test clips shown here agree (+0.6 points, "),
        ((), -0.005, "The test clips shown here agree (+0.6 points, "),
        ((), 0.001, "The test clips shown here do not confirm it (+0.6 points, "),
    ],
)
def test_what_decided_and_whether_test_clips_agree_are_told(default_in, test_low, said) -> None:
    table = gains(validation=(0.015, 0.004, 0.025), test=(0.006, test_low, 0.016))
    told = why_default(table, default_in, Place.LIVE)
    way = "The recurrent network is" if default_in else "Exponential smoothing stays"
    assert told.startswith(f"{way} the default in live video: at the same lag ")
    assert "validation clips, which decide (+1.5 points, 95 % interval +0.4 to +2.5)." in told
    assert said in told


def test_an_interval_that_holds_nothing_is_not_called_no_better() -> None:
    told = why_default(gains(validation=(0.013, -0.001, 0.027)), (), Place.LIVE)
    assert "the recurrent network is not shown to be right more often on validation clips" in told
    assert "(+1.3 points, 95 % interval −0.1 to +2.7)" in told


def test_clips_without_a_change_tell_no_gain() -> None:
    nothing = (float("nan"),) * 3
    for splits in ({"validation": nothing}, {"validation": nothing, "test": nothing}):
        told = why_default(gains(**splits), (), Place.LIVE)
        assert told == (
            "Exponential smoothing stays the default in live video. The clips hold no change that "
            "single frames read, so lag was not measured."
        )
    told = why_default(gains(validation=(0.0, -0.1, 0.1), test=nothing), (), Place.LIVE)
    assert told.endswith("which decide (0.0 points, 95 % interval −10.0 to +10.0).")


def test_what_was_not_measured_is_not_told() -> None:
    assert "points" not in why_default(gains(), (Place.VIDEO,), Place.VIDEO)
