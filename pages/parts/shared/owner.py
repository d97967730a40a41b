"""Who may train, stop, delete, download data and set defaults: the owner of the server.

Without a passphrase that is whoever sits at the machine itself: the server listens on this
machine alone, the address in the browser is this machine's, and no proxy stands between
(behind one, every visitor looks local). With `FER_OWNER_PASSPHRASE`, in the secrets or the
environment, it is whoever gives it; anybody else sees the controls, locked.
"""

import hashlib
import hmac
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum

import streamlit as st

PASSPHRASE_VARIABLE = "FER_OWNER_PASSPHRASE"
MIN_LENGTH = 12
"""Characters of a passphrase; a shorter one is not used, and the controls stay locked."""
WRONG_ALLOWED = 5
"""Wrong passphrases, of all visitors together, within `WINDOW`."""
WINDOW = 60.0
"""Seconds."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")
_PROXY_HEADERS = ("forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip")
_SESSION = "owner-unlocked"
_guards: dict[str, "Guard"] = {}
_guards_lock = threading.Lock()


class Answer(Enum):
    """What became of an attempt to unlock; TOO_MANY: not even looked at."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_MANY = "too many"


class Guard:
    """Compares passphrases, and slows down whoever guesses. Threads may share it.

    Args:
        passphrase: the right one.
        clock: gives seconds that never run backwards.
    """

    def __init__(self, passphrase: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._digest = _digest(passphrase)
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: deque[float] = deque()

    def token(self) -> bytes:
        """What a session keeps to show that it gave this passphrase and no earlier one."""
        return self._digest

    def try_(self, text: str) -> Answer:
        """Compares in a time that does not depend on how much of `text` is right."""
        with self._lock:
            now = self._clock()
            while self._wrong and now - self._wrong[0] > WINDOW:
                self._wrong.popleft()
            if len(self._wrong) >= WRONG_ALLOWED:
                return Answer.TOO_MANY
            if hmac.compare_digest(_digest(text), self._digest):
                return Answer.RIGHT
            self._wrong.append(now)
            return Answer.WRONG


def is_unlocked() -> bool:
    """Whether this visitor may use the owner's controls at this moment.

    Pages ask before they draw a control and again before they act on it.
    """
    passphrase = _passphrase()
    if passphrase is None:
        return is_local()
    if len(passphrase) < MIN_LENGTH:
        return False
    given = st.session_state.get(_SESSION, b"")
    return hmac.compare_digest(given, _guard(passphrase).token())


def is_local() -> bool:
    """Whether the server listens on this machine alone and the request came straight from it."""
    return st.get_option("server.address") in _LOOPBACK and came_directly(st.context.headers)


def came_directly(headers: Mapping[str, str]) -> bool:
    """Whether the headers of a request name this machine as its host and no proxy."""
    named = {name.lower(): value for name, value in headers.items()}
    host = named.get("host", "").lower()
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    passed_on = [
        header for header in named if header.startswith("x-forwarded") or header in _PROXY_HEADERS
    ]
    return name in _LOOPBACK and not passed_on


def require(action: str) -> bool:
    """Where the controls are locked, says so and how to unlock them.

    Args:
        action: what they do, as "Training on this server"; begins the sentence.

    Returns:
        Whether they are unlocked.
    """
    if is_unlocked():
        return True
    passphrase = _passphrase()
    with st.container(border=True):
        st.write(f":material/lock: {action} is for the owner of this server.")
        if passphrase is None:
            st.caption(
                "It is unlocked in a browser on the server's own machine, without a proxy "
                f"between, or by a passphrase: set `{PASSPHRASE_VARIABLE}` in the app's secrets "
                f"or the server's environment, {MIN_LENGTH} characters or more."
            )
        elif len(passphrase) < MIN_LENGTH:
            st.caption(
                f"A passphrase is set, but it has fewer than {MIN_LENGTH} characters and is not "
                "used. Set a longer one and start the server again."
            )
        else:
            _ask(_guard(passphrase))
    return False


def _ask(guard: Guard) -> None:
    with st.form("unlock", border=False, clear_on_submit=True):
        text = st.text_input("Passphrase", type="password", autocomplete="current-password")
        if not st.form_submit_button("Unlock"):
            return
    answer = guard.try_(text)
    if answer is Answer.RIGHT:
        st.session_state[_SESSION] = guard.token()
        st.rerun()
    elif answer is Answer.TOO_MANY:
        st.error(f"Too many wrong passphrases. Wait {WINDOW:.0f} seconds and try again.")
    else:
        st.error("That is not the passphrase. Check it for typing errors.")


def _passphrase() -> str | None:
    """The owner's passphrase from secrets or environment; None where none is set."""
    stored = st.secrets if st.secrets.load_if_toml_exists() else {}
    text = str(stored.get(PASSPHRASE_VARIABLE, "") or os.environ.get(PASSPHRASE_VARIABLE, ""))
    return text.strip() or None


def _guard(passphrase: str) -> Guard:
    """The one of this passphrase. Not in Streamlit's cache, which any visitor can empty: the
    wrong attempts would be forgotten with it.
    """
    with _guards_lock:
        return _guards.setdefault(passphrase, Guard(passphrase))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.strip().encode()).digest()
