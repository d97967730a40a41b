"""Places for live video are never exceeded and never lost."""

import pytest

from fer_core.inference.live.sessions import (
    DEFAULT_MAX_SESSIONS,
    MAX_SESSIONS_VARIABLE,
    LiveSessions,
    max_sessions,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_third_visitor_waits_until_one_leaves(clock: Clock) -> None:
    places = LiveSessions(2, clock=clock)
    assert places.claim("a")
    assert places.claim("b")
    assert not places.claim("c")
    assert not places.has_room("c")
    assert places.has_room("a")
    places.release("a")
    assert places.claim("c")
    assert places.claim("b")
    assert not places.claim("a")


def test_a_visitor_who_vanishes_loses_the_place(clock: Clock) -> None:
    places = LiveSessions(1, lease=20, clock=clock)
    places.claim("a")
    clock.now = 15
    places.renew("a")
    clock.now = 30
    assert not places.claim("b")
    clock.now = 36
    assert places.claim("b")
    places.renew("a")
    assert not places.claim("a")


def test_claiming_again_keeps_one_place(clock: Clock) -> None:
    places = LiveSessions(2, clock=clock)
    assert places.claim("a")
    assert places.claim("a")
    assert places.claim("b")
    places.release("nobody")
    assert not places.claim("c")


@pytest.mark.parametrize(
    ("value", "expected"), [("", DEFAULT_MAX_SESSIONS), ("5", 5), ("0", 0), ("-1", 2), ("x", 2)]
)
def test_the_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch, value: str, expected: int) -> None:
    monkeypatch.setenv(MAX_SESSIONS_VARIABLE, value)
    assert max_sessions() == expected
