"""Storage that a cluster and this machine both reach: a folder, or what pyarrow reads.

    /mnt/team/fer    file:///mnt/team/fer    s3://bucket/fer?region=eu-central-1

Credentials are each machine's own (environment, profile, role), never part of the address.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fer_core.errors import AddressError, JobError

_STORES = ("AWS_", "AZURE_", "GOOGLE_")
"""How the names of variables begin that hold credentials of a store."""


def storage_variables(address: str) -> list[str]:
    """Names of this machine's variables that whoever reads the storage `address` needs."""
    return [name for name in os.environ if "://" in address and name.upper().startswith(_STORES)]


class Storage:
    """One folder of a storage; raises `JobError` where it cannot be used."""

    def __init__(self, address: str) -> None:
        from pyarrow import fs

        self._address = address
        if "@" in urlsplit(address).netloc:
            raise AddressError(
                "The storage's address holds a name or password. Leave them out: each machine "
                "takes its own from the environment."
            )
        if "://" not in address and not Path(address).is_absolute():
            raise AddressError(
                f"'{address}' is no shared storage. Give a full path, or an address as s3://BUCKET."
            )
        with self._explained():
            self._files, self._folder = fs.FileSystem.from_uri(address)

    def check(self) -> None:
        """Refuses a storage that does not answer here."""
        from pyarrow import fs

        with self._explained():
            found = self._files.get_file_info(self._folder).type
        if found is not fs.FileType.Directory and self._files.type_name == "local":
            raise JobError(
                f"The shared storage {self._address} is no folder here. It is to be one that this "
                "machine and the cluster both reach at that address."
            )

    def put(self, name: str, content: bytes) -> None:
        """Writes a file whole; what had that name is replaced."""
        with self._explained():
            self._files.create_dir(self._folder, recursive=True)
            part = f"{self._path(name)}.part"
            with self._files.open_output_stream(part) as stream:
                stream.write(content)
            self._files.move(part, self._path(name))

    def get(self, name: str) -> bytes | None:
        """The file's content; None where there is none."""
        from pyarrow import fs

        with self._explained():
            if self._files.get_file_info(self._path(name)).type is fs.FileType.NotFound:
                return None
            with self._files.open_input_stream(self._path(name)) as stream:
                return bytes(stream.read())

    def remove(self, name: str) -> None:
        """Deletes a file, if it is there and may be deleted."""
        with suppress(OSError):
            self._files.delete_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    @contextmanager
    def _explained(self) -> Iterator[Any]:
        from pyarrow import ArrowException

        try:
            yield
        except (OSError, ArrowException) as exc:
            reason = (str(exc).splitlines() or ["?"])[0][:200].rstrip(".")
            raise JobError(
                f"The shared storage {self._address} cannot be used: {reason}. Check its address "
                "and this machine's rights."
            ) from exc
