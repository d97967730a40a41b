"""The data set as a process reads it: once for all visitors, in the background."""

import time
from functools import partial
from pathlib import Path

from fer_core.data import fer2013
from fer_core.data.fer2013 import Dataset
from pages.parts.shared.answer import Answer

AGAIN_SECONDS = 60.0
"""After a failure, before the images are read again though no folder has changed."""


class Decoding(Answer[Dataset]):
    """The data set at a folder, which goes on being read when the visitor who came first leaves.

    Attributes:
        done: images that are decoded.
        total: images in all; 0 before the first are decoded, and where all were before.
    """

    def __init__(self, root: Path) -> None:
        self.done = self.total = 0
        self._ended = 0.0
        super().__init__(partial(self._read, root))

    @property
    def is_stale(self) -> bool:
        """Whether it failed so long ago that it may be tried again."""
        failed = not self.is_pending and self.value is None
        return failed and time.monotonic() - self._ended >= AGAIN_SECONDS

    def _read(self, root: Path) -> Dataset:
        try:
            return fer2013.load(root, self._count)
        finally:
            self._ended = time.monotonic()

    def _count(self, done: int, total: int) -> None:
        self.done, self.total = done, total
