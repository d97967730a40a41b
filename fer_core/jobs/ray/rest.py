"""What is asked of a Ray cluster, over plain HTTP: version, nodes, packages, jobs, logs.

The only room that knows Ray's Jobs REST API (docs.ray.io, "Ray Jobs REST API"). Every question
is answered or refused within `CONNECT + READ` seconds; a large log or package may take longer.
"""

import hashlib
import logging
import time
from dataclasses import dataclass
from typing import Any

from fer_core import network
from fer_core.errors import JobError
from fer_core.jobs.ray.devices import ClusterDevices, read_nodes
from fer_core.jobs.ray.settings import TOKEN_VARIABLES, read_address, token

CONNECT, READ = 4.0, 8.0
"""Seconds until a connection, and between two pieces of an answer."""
BEGINS = 10.0
"""Seconds in which a cluster that has just been started may still take no jobs."""
LARGE = 60.0
"""The same for a log or package, which the cluster puts together first."""
API = "4"
"""Version of the Jobs API, of Ray 2.2 and later."""
TRIED = "2.60.0"
ENDED = ("STOPPED", "SUCCEEDED", "FAILED")
"""States in which a job stays."""


class AwayError(JobError):
    """The cluster does not answer at this moment; it may later."""


class _EarlyError(AwayError):
    """The cluster has just been started and takes no jobs yet."""


class GoneError(JobError):
    """The cluster answers and does not know the job."""


@dataclass(frozen=True)
class RemoteJob:
    """What Ray says of a job: PENDING, RUNNING or one of `ENDED`, why, and the kind of error."""

    state: str
    message: str
    error: str

    @property
    def has_ended(self) -> bool:
        return self.state in ENDED


class Cluster:
    """A Ray cluster at the `address` of its dashboard; the token is the environment's.

    Every method raises `AwayError` where the cluster does not answer, and `JobError` with what to
    do where it refuses.
    """

    def __init__(self, address: str) -> None:
        self.address = read_address(address)

    def devices(self) -> ClusterDevices:
        """Version and nodes; refuses a cluster whose Jobs API is another one."""
        about = self._json("GET", "/api/version")
        ray, version = str(about.get("ray_version", "?")), str(about.get("version", "?"))
        if version != API:
            raise JobError(
                f"The cluster runs Ray {ray}, whose Jobs API has version {version}; this app "
                f"speaks version {API} (tried with Ray {TRIED}). Use a cluster of that version."
            )
        answer = self._json("GET", "/api/v0/nodes?detail=true&limit=10000")
        try:
            return ClusterDevices(ray, read_nodes(answer["data"]["result"]["result"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._no_ray() from None

    def upload(self, package: bytes) -> str:
        """Sends a ZIP, unless the cluster has it; returns its address there."""
        name = f"_ray_pkg_fer{hashlib.sha256(package).hexdigest()[:32]}.zip"
        path = f"/api/packages/gcs/{name}"
        if self._ask("GET", path, accept=(404,)).status_code == 404:
            self._ask("PUT", path, data=package, read=LARGE)
        return f"gcs://{name}"

    def submit(self, request: dict[str, Any]) -> None:
        """Sends a job, as the API describes it."""
        until = time.monotonic() + BEGINS
        while True:
            try:
                self._json("POST", "/api/jobs/", json=request, read=LARGE)
                return
            except _EarlyError:
                if time.monotonic() > until:
                    raise
                time.sleep(1)

    def job(self, name: str) -> RemoteJob:
        """How a job is; raises `GoneError` where the cluster does not know it."""
        answer = self._json("GET", f"/api/jobs/{name}", gone=name)
        texts = (str(answer.get(key) or "") for key in ("status", "message", "error_type"))
        return RemoteJob(*texts)

    def log(self, name: str, *, read: float = READ) -> str:
        """All that a job printed; empty before it runs."""
        answer = self._json("GET", f"/api/jobs/{name}/logs", gone=name, read=read)
        return str(answer.get("logs") or "")

    def stop(self, name: str) -> None:
        """Asks a job to stop."""
        self._json("POST", f"/api/jobs/{name}/stop", gone=name)

    def _json(self, method: str, path: str, gone: str = "", **arguments: Any) -> dict[str, Any]:
        answer = self._ask(method, path, accept=(404,) if gone else (), **arguments)
        if answer.status_code == 404:
            raise GoneError("The cluster no longer knows the job: it was started anew since.")
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._no_ray()
        return found

    def _ask(
        self,
        method: str,
        path: str,
        *,
        accept: tuple[int, ...] = (),
        read: float = READ,
        **arguments: Any,
    ) -> Any:
        """One answer whose status is 200 or in `accept`."""
        import requests

        try:
            answer = requests.request(
                method,
                self.address + path,
                timeout=(CONNECT, read),
                allow_redirects=False,
                auth=_with_token,
                **arguments,
            )
        except (requests.exceptions.SSLError, requests.exceptions.ProxyError) as exc:
            why = network.explain(exc)
            raise AwayError(f"The cluster at {self.address} is not reached: {why}") from None
        except (requests.RequestException, ValueError):  # urllib3's, of hosts as 10.0.0..5
            raise AwayError(
                f"No Ray cluster answers at {self.address}. Check host and port (those of Ray's "
                "dashboard, 8265 by default), that it runs, and that it listens to other machines "
                "(`ray start --head --dashboard-host 0.0.0.0`)."
            ) from None
        if answer.status_code == 200 or answer.status_code in accept:
            return answer
        raise self._refusal(answer.status_code, str(answer.text), method, path)

    def _refusal(self, status: int, text: str, method: str, path: str) -> JobError:
        if status in (401, 403):
            what = "does not accept the token" if status == 403 or token() else "asks for a token"
            return JobError(
                f"The cluster at {self.address} {what}. Set {TOKEN_VARIABLES[0]}, or the name of "
                f"its file in {TOKEN_VARIABLES[1]}, where this app is started."
            )
        if "No available agent" in text:
            return _EarlyError("The cluster has just been started. Try again in a minute.")
        if status in (502, 503, 504) or (status == 500 and method == "GET"):
            return AwayError(f"The cluster at {self.address} is not ready ({status}).")
        if status == 413:
            return JobError(
                f"A proxy before {self.address} refuses packages of this size (413). Ask its "
                "owner to allow some megabytes, or use the head's own address."
            )
        if path.startswith(("/api/jobs", "/api/packages")):
            logging.getLogger(__name__).warning("Ray answered %d: %s", status, text[-2000:])
            last = next((line for line in reversed(text.splitlines()) if line.strip()), "")
            return JobError(f"The cluster did not take this ({status}). It said: {last[:300]}")
        return self._no_ray()

    def _no_ray(self) -> JobError:
        return JobError(
            f"What answers at {self.address} is not Ray's dashboard, or one without its Jobs API "
            '(`pip install "ray[default]"` on the head). Check host and port.'
        )


def _with_token(request: Any) -> Any:
    """Adds the token; also keeps `requests` from looking for a password in ~/.netrc."""
    if found := token():
        if not (found.isascii() and found.isprintable()):
            raise JobError(
                "The cluster's token holds characters that no token has. Correct "
                f"{TOKEN_VARIABLES[0]}, or the file that holds it."
            )
        request.headers["Authorization"] = f"Bearer {found}"
    return request
