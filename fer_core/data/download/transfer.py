"""One file from the internet, by `requests` with time-outs, continued where it broke off."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from fer_core import network
from fer_core.progress import Progress

ATTEMPTS = 5
PAUSE_SECONDS = 1.0  # before the second attempt; doubled before each further one
TIMEOUT_SECONDS = (5.0, 20.0)  # to connect, and between two pieces of the answer

_CHUNK = 32 * 1024


class BrokenOffError(requests.RequestException):
    """The answer ended before the announced number of bytes."""


def transfer(
    ask: Callable[[], requests.Response],
    part: Path,
    progress: Progress | None = None,
    *,
    limit: int | None = None,
) -> None:
    """Downloads into `part`, continuing what is there.

    A partial file is continued only if the server still has the same file (by its ETag, noted
    beside the partial file).

    Args:
        ask: sends the request; its answer, redirects followed, is read as a stream, and an error
            of the server is raised as `requests.HTTPError`.
        part: the file to write.
        progress: is called with (bytes there, bytes in all), or (n, 0) if the size is unknown.
        limit: bytes from which on what comes is neither read nor kept, as it is too long.

    Raises:
        requests.HTTPError: the server refuses.
        requests.RequestException: it cannot be reached, or broke off too often.
        OSError: `part` cannot be written.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        try:
            with ask() as answer:
                return _receive(answer, part, progress, limit)
        except requests.HTTPError as exc:
            status = status_of(exc)
            if (status < 500 and status not in (408, 429)) or attempt == ATTEMPTS - 1:
                raise
        except requests.RequestException as exc:
            # Where nothing has come yet, the reason is told soon; a broken transfer is continued.
            tries = ATTEMPTS if part.exists() else 1 if network.is_lasting(exc) else 2
            if attempt >= tries - 1:
                raise
    raise AssertionError("The last attempt returns or raises.")


def send(method: str, url: str, **arguments: Any) -> requests.Response:
    """The answer to a request, redirects followed, its content still to be read.

    Raises:
        requests.RequestException: there is none.
    """
    try:
        return requests.request(method, url, stream=True, timeout=TIMEOUT_SECONDS, **arguments)
    except requests.RequestException:
        raise
    except OSError as exc:  # of a file with certificates that is not there
        raise requests.exceptions.SSLError(exc) from exc


def raise_for_status(answer: requests.Response) -> None:
    """Raises `requests.HTTPError` where the server refused; its answer is not read then."""
    if not answer.ok:
        answer.close()
        answer.raise_for_status()


def status_of(error: requests.HTTPError) -> int:
    """The status with which the server refused; 0 where it is not known."""
    return error.response.status_code if error.response is not None else 0


def anonymous(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """As `auth`, keeps requests from adding credentials of its own (.netrc)."""
    return request


def _receive(
    answer: requests.Response, part: Path, progress: Progress | None, limit: int | None
) -> None:
    """Writes the answer to `part`, or only what is missing there."""
    # The length of an encoded answer is not that of the file.
    encoded = "Content-Encoding" in answer.headers
    total = 0 if encoded else int(answer.headers.get("Content-Length") or 0)
    identity = {"etag": answer.headers.get("ETag") or "", "total": total}
    note = part.with_name(part.name + ".json")
    done = _resumable(part, note, identity)
    if total and done == total:
        return
    body = answer
    if done:
        # Signed addresses carry their own permission; the API's credentials stay out of it.
        headers = {"Range": f"bytes={done}-", "If-Range": str(identity["etag"])}
        body = send("GET", answer.url, headers=headers, auth=anonymous)
        raise_for_status(body)
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
            if limit is not None and done > limit:
                break
    if total and done < total and (limit is None or done <= limit):
        raise BrokenOffError
    note.unlink(missing_ok=True)


def _resumable(part: Path, note: Path, identity: dict[str, Any]) -> int:
    """Bytes of `part` that are known to begin the file on the server."""
    try:
        noted = json.loads(note.read_text(encoding="utf-8"))
        size = part.stat().st_size
    except (OSError, ValueError):
        return 0
    known = bool(identity["etag"]) and noted == identity
    return size if known and size <= (identity["total"] or size) else 0
