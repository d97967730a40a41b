"""Signals that Python drops, for every way of training."""

import signal
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def dropped(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[type[BaseException]]]:
    """What was raised while an object was finalized, where Python drops it.

    Ctrl-C raises as in a terminal, also where the shell has this process ignore it.
    """
    exceptions: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: exceptions.append(args.exc_type))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield exceptions
    signal.signal(signal.SIGINT, before)
