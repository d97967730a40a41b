"""Who may use the owner's controls: the machine's own browser, or the passphrase."""

import threading
import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts.shared import owner
from pages.parts.shared.owner import (
    AT_ONCE,
    LONGEST_DELAY,
    PASSPHRASE_VARIABLE,
    REMEMBERED,
    Guard,
    came_directly,
)

PASSPHRASE = "correct horse battery"


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "localhost"])
def test_this_machine_s_own_browser_came_directly(host):
    assert came_directly({"Host": host, "User-Agent": "Firefox"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "fer.example.org"},
        {"Host": "192.168.1.5:8501"},
        {"Host": "localhost.example.org:8501"},
        {"Host": "127.0.0.1.nip.io"},
        {"Host": "localhost:8501", "X-Forwarded-For": "203.0.113.9"},
        {"Host": "localhost:8501", "x-forwarded-proto": "https"},
        {"Host": "localhost:8501", "Forwarded": "for=203.0.113.9"},
        {"Host": "localhost:8501", "Via": "1.1 tunnel"},
        {"Host": "localhost:8501", "X-Real-IP": "203.0.113.9"},
    ],
)
def test_another_host_or_a_proxy_between_is_not_direct(headers):
    assert not came_directly(headers)


def test_guessing_is_slowed_down_more_and_more_and_forgotten_after_a_while():
    now, waited = [0.0], []
    guard = Guard(PASSPHRASE, clock=lambda: now[0], sleep=waited.append)
    assert guard.is_right(PASSPHRASE)
    assert waited == []
    for number in range(30):
        assert not guard.is_right(f"guess {number}")
    assert waited[:6] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]
    assert set(waited[6:]) == {LONGEST_DELAY}
    assert guard.is_right(PASSPHRASE), "Slowed down, never refused."
    assert waited[-1] == LONGEST_DELAY

    now[0] = REMEMBERED + 1
    waited.clear()
    assert guard.is_right(PASSPHRASE)
    assert waited == []


def test_the_owner_gets_in_while_others_guess_without_end_and_they_stay_slow():
    """Forty visitors who guess at once, each asked to wait; waiting takes a hundredth of it."""
    ended, waited, waiting = threading.Event(), [], threading.Semaphore(AT_ONCE)
    guesses = []

    def sleep(seconds: float) -> None:
        assert waiting.acquire(blocking=False), "More are compared at once than should be."
        waited.append(seconds)
        time.sleep(seconds / 100)
        waiting.release()

    guard = Guard(PASSPHRASE, sleep=sleep)

    def guess() -> None:
        while not ended.is_set():
            guesses.append(guard.is_right("wrong"))

    strangers = [threading.Thread(target=guess) for _ in range(40)]
    for stranger in strangers:
        stranger.start()
    while len(guesses) < len(strangers):
        time.sleep(0.01)
    waited.clear()
    tries, before = 5, len(guesses)
    assert all(guard.is_right(PASSPHRASE) for _ in range(tries))
    came_first = len(guesses) - before
    ended.set()
    for stranger in strangers:
        stranger.join()
    # Whoever asked before the owner, and a turn or two of the others while the owner waits.
    assert came_first <= tries * (len(strangers) + 3 * AT_ONCE)
    assert set(waited) == {LONGEST_DELAY}
    assert not any(guesses)


def _page() -> None:
    import streamlit as st

    from pages.parts.shared import owner

    st.session_state["shown"] = owner.require("Training on this server")


def test_a_stranger_sees_how_to_unlock_and_a_wrong_passphrase_does_not(monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    page = AppTest.from_function(_page, default_timeout=60).run()
    assert page.session_state["shown"] is False
    assert "for the owner" in page.markdown[0].value
    page.text_input[0].set_value("wrong")
    page.button[0].click().run()
    assert "not the passphrase" in page.error[0].value
    assert page.session_state["shown"] is False

    page.text_input[0].set_value(PASSPHRASE)
    page.button[0].click().run()
    assert page.session_state["shown"] is True
    assert not page.text_input


def test_a_new_passphrase_locks_a_session_that_gave_the_old_one(monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE)
    page = AppTest.from_function(_page, default_timeout=60).run()
    page.text_input[0].set_value(PASSPHRASE)
    page.button[0].click().run()
    assert page.session_state["shown"] is True

    monkeypatch.setenv(PASSPHRASE_VARIABLE, PASSPHRASE + " staple")
    assert page.run().session_state["shown"] is False


def test_a_short_passphrase_opens_nothing(monkeypatch):
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "short")
    page = AppTest.from_function(_page, default_timeout=60).run()

    assert page.session_state["shown"] is False
    assert "fewer than 12 characters" in page.caption[0].value


def test_without_a_passphrase_an_unknown_way_in_is_locked(monkeypatch):
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    page = AppTest.from_function(_page, default_timeout=60).run()

    assert page.session_state["shown"] is False
    assert PASSPHRASE_VARIABLE in page.caption[0].value


def test_at_the_machine_a_server_without_an_address_gives_the_command(monkeypatch):
    """As `streamlit run app.py` starts it."""
    monkeypatch.delenv(PASSPHRASE_VARIABLE, raising=False)
    monkeypatch.setattr(owner, "came_directly", lambda headers: True)
    page = AppTest.from_function(_page, default_timeout=60).run()

    assert page.session_state["shown"] is False
    assert "every network address" in page.markdown[1].value
    assert page.code[0].value == "streamlit run app.py --server.address localhost"
    monkeypatch.setattr(st, "get_option", lambda name: "localhost")
    assert owner.is_local() is True


def test_wrong_attempts_outlive_streamlit_s_caches():
    """Any visitor can have them emptied."""
    guard = owner._guard(PASSPHRASE)
    st.cache_resource.clear()
    assert owner._guard(PASSPHRASE) is guard
    assert owner._guard(PASSPHRASE + " staple") is not guard
