"""Limits of background training, as the environment sets them."""

import pytest

from fer_core.jobs.limits import Limits, limits


@pytest.mark.parametrize("value", ["inf", "1e400", "nan", "-1", "many", ""])
def test_what_is_no_limit_leaves_the_default(monkeypatch, value):
    for name in ("FER_TRAINING_SLOTS", "FER_MAX_QUEUE", "FER_MAX_EPOCHS", "FER_MIN_FREE_GB"):
        monkeypatch.setenv(name, value)
    assert limits() == Limits()
