"""The folder of the answers, on this machine's disk or at an address; its files appear whole."""

import os
import re
import tempfile
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from fer_core.errors import ScaleError
from fer_core.files import replace, sync
from fer_core.scale import places

_LEFT_BEHIND = re.compile(r"\.(_manifest\.json|_shards\.jsonl|part-\d+\.parquet)\.[0-9a-f]{8}")
"""Temporary names of what is written here (`Folder.fill`)."""


class Folder:
    """`address` is a path or an address of `fer_core.scale.places`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.local = None if places.is_address(address) else Path(address).resolve()

    def __str__(self) -> str:
        return places.shown(self.address)

    def make(self) -> None:
        """Makes the folder; raises `ScaleError` where that is refused."""
        try:
            if self.local is not None:
                self.local.mkdir(parents=True, exist_ok=True)
            else:
                filesystem, path = places.locate(self.address)
                filesystem.create_dir(path, recursive=True)
        except OSError as exc:
            raise ScaleError(f"{self} cannot be made into a folder: {places.reason(exc)}.") from exc

    def open(self, name: str) -> Any:
        """A file of the folder, for reading anywhere in it."""
        return places.open_file(places.join(self.address, name))

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return bytes(file.read())

    def names(self) -> list[str]:
        """Of the files in it."""
        if self.local is not None:
            return sorted(os.listdir(self.local)) if self.local.is_dir() else []
        return sorted(places.walk(self.address))

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Writes a file whole, piece by piece."""

        def fill(path: Path) -> None:
            with path.open("wb") as file:
                file.writelines(pieces)

        self.fill(name, fill)

    def fill(self, name: str, fill: Callable[[Path], None]) -> None:
        """Lets `fill` write a file, which gets its name once it is whole.

        It has a temporary name beside the others, or is copied there where the folder is not on
        this machine.
        """
        hidden = f".{name}.{uuid.uuid4().hex[:8]}"
        if self.local is not None:
            path = self.local / hidden
            try:
                fill(path)
                sync(path)
                replace(path, self.local / name)
                sync(self.local)
            finally:
                path.unlink(missing_ok=True)
            return
        filesystem, there = places.locate(self.address)
        there = there.rstrip("/")
        with tempfile.TemporaryDirectory(prefix="fer-") as own:
            path = Path(own) / name
            fill(path)
            try:
                with (
                    path.open("rb") as file,
                    filesystem.open_output_stream(f"{there}/{hidden}") as out,
                ):
                    while piece := file.read(2**20):
                        out.write(piece)
                filesystem.move(f"{there}/{hidden}", f"{there}/{name}")
            except BaseException:
                with suppress(OSError):
                    filesystem.delete_file(f"{there}/{hidden}")
                raise

    def clean(self) -> None:
        """Removes what killed writers left behind."""
        for name in self.names():
            if _LEFT_BEHIND.fullmatch(name):
                with suppress(OSError):
                    filesystem, there = places.locate(self.address)
                    filesystem.delete_file(f"{there.rstrip('/')}/{name}")
