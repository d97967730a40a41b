"""One file from Kaggle, resumable, and the connection that background jobs use as well.

The package has a download of its own; it reports no progress to a caller, retries
for minutes in silence and opens connections without a time-out. So its client makes
the request (endpoint, credentials) and the bytes are read here.
"""

import io
import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any

from fer_core.data.layout import Progress
from fer_core.errors import DownloadError

ATTEMPTS = 5
PAUSE_SECONDS = 1.0
"""Before the second attempt; doubled before each further one."""
TIMEOUT_SECONDS = (10.0, 60.0)
"""To connect, and between two pieces of the answer."""

_CHUNK = 32 * 1024
_BY_HAND = "Or fetch the ZIP in a browser and use `--zip`: https://www.kaggle.com/datasets/"


def fetch(dataset: str, part: Path, progress: Progress | None = None) -> None:
    """Downloads the ZIP of a public data set into `part`, continuing what is there.

    A partial file is continued only if the server still has the same file (by its ETag,
    noted beside the partial file); otherwise it starts anew. Credentials are used if the
    machine has any that Kaggle accepts; without, it asks anonymously.

    Args:
        dataset: owner and name, as `ananthu017/emotion-detection-fer`.
        part: the file to fill; its folder exists.
        progress: called with (bytes there, bytes in all); (n, 0) if the size is unknown.

    Raises:
        DownloadError: no network, refused, not found or broken off too often.
        OSError: `part` cannot be written.
    """
    import requests

    api = connect()
    anonymous = False
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        try:
            with _request(api, dataset, anonymous=anonymous) as (response, session):
                _receive(response, session, part, progress)
            return
        except requests.HTTPError as exc:
            status = _close(exc.response)
            if status in (401, 403) and not anonymous:
                # The set is public; credentials that expired must not stand in the way.
                anonymous = True
                continue
            if (status < 500 and status not in (408, 429)) or attempt == ATTEMPTS - 1:
                raise _refused(status, dataset) from None
        except (requests.RequestException, _BrokenOffError):
            if attempt == ATTEMPTS - 1:
                raise _unreachable(dataset, part) from None
        except (KeyError, ValueError):
            raise DownloadError(
                "Kaggle's answer was not understood. Try `pip install --upgrade kaggle`. "
                f"{_BY_HAND}{dataset}."
            ) from None


class _BrokenOffError(Exception):
    """The answer ended before the announced number of bytes."""


def connect() -> Any:
    """A KaggleApi, authenticated if the machine has credentials."""
    logging.getLogger("kaggle").setLevel(logging.ERROR)
    with quiet():
        try:
            # The import authenticates too, which prints and may make a folder in the home.
            from kaggle.api.kaggle_api_extended import KaggleApi
        except ImportError as exc:
            raise DownloadError(
                "The kaggle package is missing. Run `pip install kaggle`, or fetch the ZIP in a "
                "browser and use `--zip`."
            ) from exc
        except OSError as exc:
            raise DownloadError(
                "The kaggle package cannot write its settings folder. Set KAGGLE_CONFIG_DIR to "
                "a folder of your own."
            ) from exc
        api = KaggleApi()
        # Without credentials it ends in SystemExit; with unusable ones in various errors.
        with suppress(Exception, SystemExit):
            api.authenticate()
    return api


@contextmanager
def quiet() -> Iterator[None]:
    """Swallows what the package prints, and lends it an input that its exit() may close."""
    stdin = sys.stdin
    sys.stdin = io.StringIO()
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        sys.stdin = stdin


@contextmanager
def _request(api: Any, dataset: str, *, anonymous: bool) -> Iterator[tuple[Any, Any]]:
    """The streaming answer to a request for the ZIP, redirects followed, and its session."""
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = dataset.split("/")
    with api.build_kaggle_client() as client:
        session = client.http_client()._session
        set_timeout(session)
        if anonymous:
            session.auth = None
        with quiet():
            response = client.datasets.dataset_api_client.download_dataset(request)
        with response:
            yield response, session


def set_timeout(session: Any) -> None:
    """Gives every request of `session` a time-out, which the package does not set."""
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def send(self, request: Any, **kwargs: Any) -> Any:  # type: ignore[override]
            kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT_SECONDS
            return super().send(request, **kwargs)

    session.mount("https://", Adapter())
    session.mount("http://", Adapter())


def _receive(response: Any, session: Any, part: Path, progress: Progress | None) -> None:
    """Writes the answer to `part`, or only what is missing there."""
    # The length of an encoded answer is not that of the file.
    encoded = "Content-Encoding" in response.headers
    total = 0 if encoded else int(response.headers.get("Content-Length") or 0)
    identity = {"etag": response.headers.get("ETag") or "", "total": total}
    note = part.with_name(part.name + ".json")
    done = _resumable(part, note, identity)
    if total and done == total:
        return
    body = response
    if done:
        # Signed addresses carry their own permission; the API's credentials stay out of it.
        headers = {"Range": f"bytes={done}-", "If-Range": identity["etag"]}
        body = session.get(response.url, headers=headers, stream=True, auth=_no_auth)
        body.raise_for_status()
        if body.status_code != 206:
            done = 0
    if not done:
        part.unlink(missing_ok=True)
        note.write_text(json.dumps(identity), encoding="utf-8")
    if progress is not None:
        progress(done, total)
    with body, part.open("ab", buffering=0) as file:
        for chunk in body.iter_content(_CHUNK):
            file.write(chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
    if total and done != total:
        raise _BrokenOffError
    note.unlink(missing_ok=True)


def _no_auth(request: Any) -> Any:
    """Keeps requests from adding credentials of its own (.netrc)."""
    return request


def _resumable(part: Path, note: Path, identity: dict[str, Any]) -> int:
    """Bytes of `part` that are known to begin the file on the server."""
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
        size = part.stat().st_size
    except (OSError, ValueError):
        return 0
    known = bool(identity["etag"]) and noted == identity
    return size if known and size <= (identity["total"] or size) else 0


def _close(response: Any) -> int:
    """Closes an answer that the package left open; returns its status, 0 without one."""
    if response is None:
        return 0
    response.close()
    return int(response.status_code)


def _refused(status: int, dataset: str) -> DownloadError:
    words = {
        401: "Kaggle refused access (401). Renew or remove the Kaggle credentials of this machine.",
        403: "Kaggle refused access (403). Renew or remove the Kaggle credentials of this machine.",
        404: f"Kaggle has no data set '{dataset}' (404); it may have moved.",
        429: "Kaggle answered that there were too many requests (429). Try again in some minutes.",
    }
    text = words.get(status, f"Kaggle answered with an error ({status}). Try again later.")
    return DownloadError(f"{text} {_BY_HAND}{dataset}.")


def _unreachable(dataset: str, part: Path) -> DownloadError:
    kept = part.stat().st_size if part.exists() else 0
    if kept:
        return DownloadError(
            f"The connection to Kaggle broke off {ATTEMPTS} times. {kept / 1e6:,.1f} MB are kept; "
            f"run it again to continue. {_BY_HAND}{dataset}."
        )
    return DownloadError(
        "Kaggle cannot be reached. Check the network connection and run it again. "
        f"{_BY_HAND}{dataset}."
    )
