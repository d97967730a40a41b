"""Fetching the data set: one attempt at a time in the whole process.

The work runs in a thread of its own and survives a reload; every visitor sees the same
progress. Nothing here draws.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from fer_core import files, paths
from fer_core.data import fer2013
from fer_core.errors import DataError, FerError
from fer_core.paths import ALLOW_LOCAL_PATHS_VARIABLE
from pages.parts.shared import owner

Report = Callable[[str, int, int], None]
"""Called with (what is being done, done, in all)."""

PAUSE_SECONDS = 10.0
"""Between a failed attempt and the next, so that nobody hammers Kaggle."""

_logger = logging.getLogger(__name__)


class _Cancelled(Exception):  # noqa: N818 - not an error
    """Raised inside the work to stop it."""


class Installer:
    """At most one attempt to fetch the data set. Threads may share it.

    Attributes:
        message: why the last attempt ended without a data set; empty otherwise.
        step: what is being done, how much of it is done, and how much there is.
        hides: whether pages do without the images while it runs.
        prepared: whether the images are in place and what pages read of them is in memory.
    """

    def __init__(self) -> None:
        self.message = ""
        self.step: tuple[str, int, int] = ("", 0, 0)
        self.hides = self.prepared = False
        self._lock = threading.Lock()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._not_before = 0.0

    @property
    def running(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """Whether the last attempt was asked to stop."""
        return self._cancel.is_set()

    @property
    def fraction(self) -> float:
        """How much of the step is done, 0-1."""
        _, done, total = self.step
        return min(done / total, 1.0) if total > 0 else 0.0

    def start(
        self, work: Callable[[Report], object], *, hides: bool = True, local: bool = False
    ) -> bool:
        """Starts `work` in a thread, unless one runs or, if it is not `local`, the last one failed
        just now.
        """
        with self._lock:
            if self.running:
                return False
            wait = self._not_before - time.monotonic()
            if wait > 0 and not local:
                self.message = f"The last attempt failed. Wait {wait:.0f} seconds and try again."
                return False
            self.message, self.step, self.hides = "", ("Starting", 0, 0), hides
            self._cancel.clear()
            self._thread = threading.Thread(
                target=self._run, args=(work,), name="fer-install", daemon=True
            )
            self._thread.start()
            return True

    def cancel(self) -> None:
        """Asks the work to stop; it does when it next reports progress."""
        self._cancel.set()

    def wait(self, timeout: float | None = None) -> None:
        """Waits until nothing runs, or for `timeout` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _run(self, work: Callable[[Report], object]) -> None:
        try:
            work(self._report)
            self.prepared = True
        except FerError as exc:
            self._fail(str(exc))
        except _Cancelled:
            self._fail("Cancelled.")
        except OSError as exc:
            _logger.exception("Installing the data set failed.")
            self._fail(files.explain(exc, in_private=False))
        except BaseException:
            _logger.exception("Installing the data set failed.")
            self._fail("That failed for an unexpected reason; the server's log has the details.")

    def _report(self, what: str, done: int, total: int) -> None:
        self.step = (what, done, total)
        if self._cancel.is_set():
            raise _Cancelled

    def _fail(self, message: str) -> None:
        if self._cancel.is_set():
            self.message = "Cancelled. What was there before is untouched."
            return
        self.message = message
        self._not_before = time.monotonic() + PAUSE_SECONDS


_installer = Installer()
"""Not in Streamlit's cache, which any visitor can empty: a second attempt would run beside."""


def installer() -> Installer:
    """The one of this process."""
    return _installer


def prepare(report: Report) -> None:
    """Decodes the images and measures each, so that no visitor waits for it."""
    from pages.parts.shared import cached, image_facts

    fer2013.load(progress=lambda done, total: report("Decoding, images", done, total))
    report("Measuring the images", 0, 0)
    image_facts.index(cached.dataset())


def from_kaggle(report: Report) -> None:
    """Downloads, unpacks and prepares the data set."""
    from fer_core.data.download import fetch

    fetch.download(
        progress=lambda done, total: report("Downloading, MB", done // 10**6, total // 10**6),
        unpack_progress=lambda done, total: report("Unpacking, images", done, total),
    )
    prepare(report)


def from_path(text: str) -> Callable[[Report], None]:
    """Work that takes the data set from a ZIP or folder on the server's machine, by its path.

    Raises:
        DataError: there is nothing there.
    """
    path = paths.expanded(text.strip().strip("'\""))
    if not text.strip() or not path.exists():
        raise DataError("There is no such file or folder. Give the full path of a ZIP or folder.")

    def work(report: Report) -> None:
        from fer_core.data.download import fetch

        take = fetch.from_dir if path.is_dir() else fetch.from_zip
        take(path, progress=lambda done, total: report("Copying, images", done, total))
        prepare(report)

    return work


def from_upload(name: str, data: bytes) -> Callable[[Report], None]:
    """Work that takes the data set from a ZIP that was uploaded."""

    def work(report: Report) -> None:
        from fer_core.data.download import fetch

        fetch.from_zip(
            data, name=name, progress=lambda done, total: report("Unpacking, images", done, total)
        )
        prepare(report)

    return work


def local_paths_allowed() -> bool:
    """Whether this visitor may name files of the server's machine.

    The owner may where that is set (`FER_ALLOW_LOCAL_PATHS=1`, or 0 to forbid), or where the
    server listens on this machine alone and the request came straight from it.
    """
    if not owner.is_unlocked():
        return False
    said = os.environ.get(ALLOW_LOCAL_PATHS_VARIABLE, "").strip().lower()
    if said:
        return said in ("1", "true", "yes")
    return owner.is_local()
