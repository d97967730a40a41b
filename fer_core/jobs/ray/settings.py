"""Which Ray cluster, and what of it a job takes: part of `job.json`, so it holds no credential."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from fer_core.errors import AddressError

ADDRESS_VARIABLE = "FER_RAY_ADDRESS"
TOKEN_VARIABLES = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
"""As Ray's own commands read them: the token, or the file that holds it."""
EXAMPLE = "http://HEAD:8265"
"""Of an address of Ray's dashboard."""


class RaySettings(BaseModel):
    """A cluster and what a job takes of it.

    `address` is that of Ray's dashboard. `gpus` of one node train together; 0 trains on
    processors. `data` is the data set's folder as the cluster sees it; where empty, the cluster
    downloads it. `storage` is a folder or address (`s3://...`) that cluster and this machine both
    reach, through which the run comes home; where empty, it comes through the job's log. Pinned
    packages are installed there unless `install` is false.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str
    gpus: int = Field(default=1, ge=0, le=64)
    data: str = ""
    storage: str = ""
    install: bool = True

    @property
    def host(self) -> str:
        """What messages call the cluster: host and port."""
        return urlsplit(self.address).netloc


def read_address(text: str) -> str:
    """The address of a cluster's dashboard as it was typed, with its scheme.

    Raises:
        AddressError: it cannot be one; says what is expected.
    """
    text = text.strip()
    expected = f"Give the address of Ray's dashboard, as {EXAMPLE}."
    if not text:
        raise AddressError(f"Which Ray cluster? {expected} {ADDRESS_VARIABLE} keeps it.")
    if text.startswith("ray://"):
        raise AddressError(f"ray:// is the address of Ray's client, not of its jobs. {expected}")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise AddressError(f"'{text}' is no address. {expected}") from None
    if parts.username or parts.password:  # not repeated: it may hold a password
        raise AddressError(
            f"The address holds a name or password. {expected} Tokens go into {TOKEN_VARIABLES[0]}."
        )
    wrong = parts.scheme not in ("http", "https") or not parts.hostname or port == 0
    if wrong or parts.query or parts.fragment or set(text) & set(" \t\\'\"<>"):
        raise AddressError(f"'{text}' is no address. {expected}")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def token() -> str:
    """The cluster's token from the environment or Ray's own file; empty without one."""
    if given := os.environ.get(TOKEN_VARIABLES[0], "").strip():
        return given
    named = os.environ.get(TOKEN_VARIABLES[1], "").strip()
    try:
        file = Path(named).expanduser() if named else Path.home() / ".ray" / "auth_token"
        return file.read_text(encoding="utf-8-sig").strip()
    except (OSError, RuntimeError, UnicodeDecodeError):
        return ""
