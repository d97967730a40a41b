"""How many visitors may use the camera at once.

A place is a lease: it is renewed while frames arrive and while the page is open, and it
is free again some seconds after both have ended. So no place is lost when a browser or
a connection goes away without a word.
"""

import os
import threading
import time
from collections.abc import Callable

MAX_SESSIONS_VARIABLE = "FER_LIVE_SESSIONS"
DEFAULT_MAX_SESSIONS = 2  # two cores detect and classify for about two visitors
LEASE = 20.0  # seconds for which a place is kept without an update


class LiveSessions:
    """The places, shared by all visitors. Thread-safe.

    There are `limit` of them (0 turns live video off); each is kept for `lease` seconds of
    `clock` without an update.
    """

    def __init__(
        self, limit: int, lease: float = LEASE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self._lease = lease
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}

    def claim(self, visitor: str) -> bool:
        """Takes a place, or renews that of `visitor`; whether `visitor` has one now."""
        with self._lock:
            self._expire()
            if visitor not in self._seen and len(self._seen) >= self.limit:
                return False
            self._seen[visitor] = self._clock()
            return True

    def renew(self, visitor: str) -> None:
        """Renews a place; does nothing for a visitor without one."""
        with self._lock:
            if visitor in self._seen:
                self._seen[visitor] = self._clock()

    def release(self, visitor: str) -> None:
        """Gives the place back; harmless without one."""
        with self._lock:
            self._seen.pop(visitor, None)

    def has_room(self, visitor: str) -> bool:
        """Whether `visitor` has a place or could take one."""
        with self._lock:
            self._expire()
            return visitor in self._seen or len(self._seen) < self.limit

    def _expire(self) -> None:
        oldest = self._clock() - self._lease
        self._seen = {visitor: seen for visitor, seen in self._seen.items() if seen >= oldest}


def max_sessions() -> int:
    """Live sessions at once: `FER_LIVE_SESSIONS`, or 2 where it is not a number of 0 or more."""
    value = os.environ.get(MAX_SESSIONS_VARIABLE, "").strip()
    return int(value) if value.isdecimal() else DEFAULT_MAX_SESSIONS
