"""A question that takes a while, asked in the background."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from fer_core.errors import FerError

Value = TypeVar("Value")


class Answer(Generic[Value]):
    """The answer to one question, which comes in a thread of its own.

    Attributes:
        value: None until it has come, or where it did not.
        error: why it did not come; empty otherwise.
    """

    def __init__(self, ask: Callable[[], Value]) -> None:
        self.value: Value | None = None
        self.error = ""
        self._done = threading.Event()

        def work() -> None:
            try:
                self.value = ask()
            except FerError as exc:
                self.error = str(exc)
            finally:
                self._done.set()

        threading.Thread(target=work, name="answer", daemon=True).start()

    @property
    def is_pending(self) -> bool:
        return not self._done.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits, at most so long if told; returns whether the answer has come, or failed to."""
        return self._done.wait(seconds)
