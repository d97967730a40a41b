"""Who may name files of the server, and one attempt at a time."""

import errno
import threading
from types import SimpleNamespace

import pytest
import streamlit as st

from fer_core.errors import DataError, DownloadError
from pages.parts.dataset import loading
from pages.parts.shared import install, owner


@pytest.mark.parametrize(
    ("address", "headers", "allowed"),
    [
        ("localhost", {"Host": "localhost:8501"}, True),
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, True),
        (None, {"Host": "localhost:8501"}, False),
        ("0.0.0.0", {"Host": "localhost:8501"}, False),
        ("localhost", {"Host": "fer.example.org"}, False),
        ("localhost", {"Host": "localhost:8501", "X-Forwarded-For": "203.0.113.9"}, False),
        ("localhost", {}, False),
    ],
)
def test_only_a_visitor_at_the_machine_may_name_its_files(
    monkeypatch: pytest.MonkeyPatch,
    address: str | None,
    headers: dict[str, str],
    allowed: bool,
) -> None:
    monkeypatch.delenv("FER_ALLOW_LOCAL_PATHS", raising=False)
    monkeypatch.delenv(owner.PASSPHRASE_VARIABLE, raising=False)
    monkeypatch.setattr(st, "get_option", lambda name: address)
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers))
    assert install.local_paths_allowed() is allowed


def test_the_owner_decides_and_only_the_owner_may(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = {"open": True}
    monkeypatch.setattr(owner, "is_unlocked", lambda: lock["open"])
    monkeypatch.setattr(st, "get_option", lambda name: "localhost")
    monkeypatch.setenv("FER_ALLOW_LOCAL_PATHS", "0")
    assert install.local_paths_allowed() is False
    monkeypatch.setenv("FER_ALLOW_LOCAL_PATHS", "1")
    assert install.local_paths_allowed() is True
    lock["open"] = False
    assert install.local_paths_allowed() is False


def test_at_the_machine_the_passphrase_is_asked_for_too_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    headers = {"Host": "localhost:8501"}
    monkeypatch.delenv("FER_ALLOW_LOCAL_PATHS", raising=False)
    monkeypatch.setenv(owner.PASSPHRASE_VARIABLE, "correct horse battery")
    monkeypatch.setattr(st, "get_option", lambda name: "localhost")
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers))

    assert owner.is_local()
    assert install.local_paths_allowed() is False


@pytest.mark.parametrize("path", ["~nobody-here/archive.zip", "~nobody-here", "~/\0", " '~x/y' "])
def test_a_path_that_leads_nowhere_is_told(path: str) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        install.from_path(path)


def test_only_the_owner_cancels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the button was drawn before it was locked."""
    lock, cancelled = {"open": False}, []
    monkeypatch.setattr(owner, "is_unlocked", lambda: lock["open"])
    monkeypatch.setattr(install.Installer, "cancel", lambda self: cancelled.append(1))
    loading._cancel()
    assert cancelled == []

    lock["open"] = True
    loading._cancel()
    assert cancelled == [1]


def test_one_attempt_at_a_time_and_it_can_be_cancelled() -> None:
    go, job = threading.Event(), install.Installer()

    def work(report: install.Report) -> None:
        report("Downloading", 1, 4)
        go.wait(10)
        report("Downloading", 2, 4)
        raise AssertionError("The work went on after it was cancelled.")

    assert job.start(work)
    assert not job.start(work)
    job.cancel()
    go.set()
    job.wait(10)
    assert not job.running
    assert job.message.startswith("Cancelled")
    assert job.start(lambda report: None)


def test_an_unforeseen_failure_shows_no_detail() -> None:
    job = install.Installer()

    def work(report: install.Report) -> None:
        raise OSError("/secret/path")

    job.start(work)
    job.wait(10)
    assert job.message
    assert "/secret" not in job.message


def test_what_the_disk_refuses_is_told_without_the_path() -> None:
    job = install.Installer()

    def work(report: install.Report) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/secret/path")

    job.start(work)
    job.wait(10)
    assert job.message == "The disk is full. Free some space and run it again."


def test_a_file_of_ones_own_need_not_wait_after_a_failure() -> None:
    job = install.Installer()

    def work(report: install.Report) -> None:
        raise DataError("Not a ZIP.")

    job.start(work)
    job.wait(10)
    assert not job.start(work)
    assert job.start(work, local=True)
    job.wait(10)


def test_a_failure_makes_the_next_attempt_wait() -> None:
    job = install.Installer()

    def work(report: install.Report) -> None:
        raise DownloadError("No network.")

    job.start(work)
    job.wait(10)
    assert job.message == "No network."
    assert not job.start(work)
    assert "Wait" in job.message
