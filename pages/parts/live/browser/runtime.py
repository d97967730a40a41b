"""Where a visitor's browser gets what it reads faces with."""

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from fer_core.errors import DetectorError
from fer_core.inference import detector_file
from fer_core.inference.live import web_runtime
from fer_core.runs.store import Run
from pages.parts.live.browser import served
from pages.parts.live.browser.served import File
from pages.parts.shared import cached

_RETRY_SECONDS = 300.0
"""After which a visit has the server ask for the detector again, where it could not be fetched."""
_asked = float("-inf")


def sources(runs: Iterable[Run]) -> dict[str, Any]:
    """What `js/loading.js` loads, of which the value is equal as long as the files are.

    Fetches the detector where this server has none yet, in at most five seconds, and not again for
    five minutes where that failed.

    Returns:
        `runtime`: places to try in this order, each with `from` (its name), `script` and `wasm`;
        `detector`, or None with the reason in `noDetector`; `networks` by run_id. Files are told
        of as `served.File`.

    Raises:
        ConfigError: the environment names something else than an address for the CDN.
    """
    detector, missing = _detector()
    return {
        "runtime": _runtime(),
        "detector": detector,
        "noDetector": missing,
        "networks": {run.run_id: served.network(run) for run in runs},
    }


def _runtime() -> list[dict[str, Any]]:
    """This server's copy, where there is one, then the CDN."""
    files = [web_runtime.folder() / file.name for file in web_runtime.FILES]
    places = []
    if cached.kept(web_runtime.is_there, files=files):
        own = {file: served.runtime_file(file.name) for file in web_runtime.FILES}
        places.append(_place("this server", own))
    if cdn := web_runtime.cdn():
        away = {
            file: served.described(cdn + file.name, file.sha256, file.size)
            for file in web_runtime.FILES
        }
        places.append(_place(urlsplit(cdn).netloc, away))
    return places


def _place(name: str, files: dict[web_runtime.RuntimeFile, File]) -> dict[str, Any]:
    return {"from": name, "script": files[web_runtime.SCRIPT], "wasm": files[web_runtime.WASM]}


def _detector() -> tuple[File | None, str]:
    """The detector's file, or the sentence on why there is none."""
    global _asked
    now = time.monotonic()
    retry = now - _asked > _RETRY_SECONDS
    if retry:
        _asked = now
    try:
        return served.detector(detector_file.locate(retry=retry)), ""
    except DetectorError as exc:
        return None, f"{exc} Reload the page in some minutes: the server tries again."
