"""ONNX Runtime Web, which runs the detector and the network in visitors' browsers.

Two files of the npm package `onnxruntime-web` (MIT licence). Browsers get them from the cache
folder of this server, where `python -m fer_core live fetch` puts them, else from a content delivery
network (CDN). What is not the published file is never run, wherever it comes from.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from fer_core import paths
from fer_core.errors import ConfigError

VERSION: Final = "1.30.0"
CDN: Final = f"https://cdn.jsdelivr.net/npm/onnxruntime-web@{VERSION}/dist/"
TURNED_OFF: Final = "none"
"""Value of the variable by which no CDN is used."""
ADDRESS: Final = "https://HOST/PATH without name and password"
"""What `is_address` accepts."""


@dataclass(frozen=True)
class RuntimeFile:
    """A published file: its name, its size in bytes, and its checksum in hexadecimal digits."""

    name: str
    size: int
    sha256: str

    def is_in(self, content: bytes) -> bool:
        """Whether `content` is this file."""
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256


SCRIPT: Final = RuntimeFile(
    "ort.wasm.bundle.min.mjs",
    73_054,
    "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
)
WASM: Final = RuntimeFile(
    "ort-wasm-simd-threaded.wasm",
    14_239_897,
    "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
)
FILES: Final = (SCRIPT, WASM)


def folder() -> Path:
    """Where this server keeps its copy (it need not exist)."""
    return paths.cache_dir() / "live" / f"onnxruntime-web-{VERSION}"


def is_there() -> bool:
    """Whether this server has a whole copy; reads all of it."""
    try:
        return all(file.is_in((folder() / file.name).read_bytes()) for file in FILES)
    except OSError:
        return False


def cdn() -> str:
    """The address beneath which browsers find the files where this server has none, with a slash
    at its end; empty where the owner wants none to be used.

    Raises:
        ConfigError: the environment names something else than an address.
    """
    named = os.environ.get(paths.LIVE_CDN_VARIABLE, "").strip()
    if named == TURNED_OFF:
        return ""
    if named and not is_address(named):
        raise ConfigError(
            f"{paths.LIVE_CDN_VARIABLE} must be an address, as {ADDRESS}, or '{TURNED_OFF}'. "
            "Correct or remove it."
        )
    return f"{named.rstrip('/')}/" if named else CDN


def is_address(text: str) -> bool:
    """Whether it is an address by http of a host, without a password that others would see."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in ("https", "http") and bool(parts.hostname) and "@" not in parts.netloc
        )
    except ValueError:
        return False
