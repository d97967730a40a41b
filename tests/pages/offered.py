"""What a button of a page would save."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Offered:
    """A file behind a button; made when it is asked for, as the page does."""

    name: str
    data: bytes | str | Callable[[], bytes | str]

    @property
    def content(self) -> bytes:
        made = self.data() if callable(self.data) else self.data
        return made.encode() if isinstance(made, str) else made

    @property
    def table(self) -> pd.DataFrame:
        return pd.read_csv(io.BytesIO(self.content))
