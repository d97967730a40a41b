"""Who may use the owner's controls: the machine's own browser, or the passphrase."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts.shared import owner
from pages.parts.shared.owner import (
    PASSPHRASE_VARIABLE,
    WINDOW,
    WRONG_ALLOWED,
    Answer,
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


def test_guessing_is_slowed_down_and_ends_after_a_while():
    now = [0.0]
    guard = Guard(PASSPHRASE, clock=lambda: now[0])
    for _ in range(WRONG_ALLOWED):
        assert guard.try_("wrong") is Answer.WRONG
    assert guard.try_(PASSPHRASE) is Answer.TOO_MANY

    now[0] = WINDOW + 1
    assert guard.try_(PASSPHRASE) is Answer.RIGHT


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


def test_wrong_attempts_outlive_streamlit_s_caches():
    """Any visitor can have them emptied."""
    guard = owner._guard(PASSPHRASE)
    st.cache_resource.clear()
    assert owner._guard(PASSPHRASE) is guard
    assert owner._guard(PASSPHRASE + " staple") is not guard
