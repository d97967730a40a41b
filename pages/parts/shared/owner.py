"""Who may train, stop, delete, download data and set defaults: the owner of the server.

Without a passphrase that is whoever sits at the machine itself: the server listens on this
machine alone, the address in the browser is this machine's, and no proxy stands between
(behind one, every visitor looks local). With `FER_OWNER_PASSPHRASE`, in the secrets or the
environment, it is whoever gives it; anybody else sees the controls, locked.
"""

import hashlib
import hmac
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import streamlit as st

from pages.parts.shared import settings

PASSPHRASE_VARIABLE = "FER_OWNER_PASSPHRASE"
LOCAL_COMMAND = "streamlit run app.py --server.address localhost"
MIN_LENGTH = 12
"""Characters of a passphrase; a shorter one is not used, and the controls stay locked."""
FIRST_DELAY, LONGEST_DELAY = 0.1, 4.0
"""Seconds that an attempt waits after one wrong passphrase, twice that after two, and at most."""
REMEMBERED = 60.0
"""Seconds for which a wrong passphrase, of whatever visitor, slows down attempts."""
AT_ONCE = 16
"""Attempts that wait side by side; more queue."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "[::1]")
_PROXY_HEADERS = ("forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip")
_SESSION = "owner-unlocked"
_guards: dict[str, "Guard"] = {}
_guards_lock = threading.Lock()


class Guard:
    """Compares passphrases and slows down guessing. Visitors share it.

    Visitors cannot be told apart (sessions are free, addresses can be a proxy's), so nobody
    is ever refused: whoever has the right passphrase gets in at the first attempt. After
    wrong ones, every attempt first waits beside the others, and only then is compared, so
    the wait tells nothing. While somebody guesses without end, the owner waits
    4 seconds, and a second more for every 4 sessions beyond 16 that guess at the same time;
    all of them together get 4 guesses a second.

    Args:
        passphrase: the right one.
        clock: gives seconds that never run backwards.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        passphrase: str,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._digest = _digest(passphrase)
        self._clock = clock
        self._sleep = sleep
        self._pool = ThreadPoolExecutor(AT_ONCE, "passphrase")  # its queue is fair
        self._wrong: deque[float] = deque(maxlen=AT_ONCE)

    def token(self) -> bytes:
        """What a session keeps to show that it gave this passphrase and no earlier one."""
        return self._digest

    def is_right(self, text: str) -> bool:
        """Waits as long as wrong attempts ask for, and compares in constant time."""
        return self._pool.submit(self._compare, text).result()

    def _compare(self, text: str) -> bool:
        recent = sum(self._clock() - time < REMEMBERED for time in tuple(self._wrong))
        if recent:
            self._sleep(min(FIRST_DELAY * 2 ** (recent - 1), LONGEST_DELAY))
        right = hmac.compare_digest(_digest(text), self._digest)
        if not right:
            self._wrong.append(self._clock())
        return right


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


def _listens_to_all() -> bool:
    """Whether a visitor at the machine itself is locked out by how the server was started."""
    return came_directly(st.context.headers) and not is_local()


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
    """Whether the controls are unlocked; where not, says so and how to unlock them.

    Args:
        action: what they do, as "Training on this server"; begins the sentence.
    """
    if is_unlocked():
        return True
    passphrase = _passphrase()
    with st.container(border=True):
        st.write(f":material/lock: {action} is for the owner of this server.")
        if passphrase is None and _listens_to_all():
            st.write(
                "This server listens on every network address of this machine, so whoever reaches "
                "it could use this. On your own machine, stop it (Ctrl-C) and start it so:"
            )
            st.code(LOCAL_COMMAND, language="bash")
            st.caption(
                f"On a server for others, set `{PASSPHRASE_VARIABLE}`, {MIN_LENGTH} characters or "
                "more, in the app's secrets or the environment."
            )
        elif passphrase is None:
            st.caption(
                "Unlock it in a browser on the server's own machine, without a proxy between, or "
                f"with a passphrase: set `{PASSPHRASE_VARIABLE}` in the app's secrets or the "
                f"server's environment, {MIN_LENGTH} characters or more."
            )
        elif len(passphrase) < MIN_LENGTH:
            st.caption(
                f"The passphrase has fewer than {MIN_LENGTH} characters and is not used. Set a "
                "longer one and restart the server."
            )
        else:
            _ask(_guard(passphrase))
    return False


def _ask(guard: Guard) -> None:
    with st.form("unlock", border=False, clear_on_submit=True):
        text = st.text_input("Passphrase", type="password", autocomplete="current-password")
        if not st.form_submit_button("Unlock"):
            return
    with st.spinner("Checking the passphrase"):
        right = guard.is_right(text)
    if not right:
        st.error("That is not the passphrase. Check it for typing errors.")
        return
    st.session_state[_SESSION] = guard.token()
    st.rerun()


def _passphrase() -> str | None:
    """The owner's passphrase from secrets or environment; None where none is set."""
    return settings.read(PASSPHRASE_VARIABLE) or None


def _guard(passphrase: str) -> Guard:
    """The guard of this passphrase. Not in Streamlit's cache, which any visitor can empty, and
    the wrong attempts with it.
    """
    with _guards_lock:
        if passphrase not in _guards:
            _guards[passphrase] = Guard(passphrase)
        return _guards[passphrase]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.strip().encode()).digest()
