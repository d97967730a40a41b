"""A Ray cluster's Jobs REST API, as far as a job uses it, on this machine and without Ray."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

GPU_NODE = {
    "state": "ALIVE",
    "resources_total": {"CPU": 8.0, "GPU": 2.0, "memory": 64e9, "accelerator_type:T4": 1.0},
}
CPU_NODE = {"state": "ALIVE", "resources_total": {"CPU": 4.0, "memory": 16e9}}


@dataclass
class FakeJob:
    request: dict[str, Any]
    status: str = "PENDING"
    log: str = ""
    message: str = ""
    error: str | None = None


@dataclass
class FakeRay:
    """A head that answers; what it says is changed by the tests.

    Attributes:
        version: of the Jobs API.
        nodes: as the state API lists them.
        token: asked for where it is not empty.
        silent: accept connections and say nothing.
        broken: what is answered with an error of the server, by the end of its path.
        early: so many submitted jobs are refused, as by a head that has just been started.
        html: answer with a web page, as anything else does that is no Ray.
        jobs: by submission id.
        packages: by name.
        asked: method and path of each question.
    """

    version: str = "4"
    nodes: list[dict[str, Any]] = field(default_factory=lambda: [GPU_NODE, CPU_NODE])
    token: str = ""
    silent: bool = False
    broken: str = ""
    early: int = 0
    html: bool = False
    jobs: dict[str, FakeJob] = field(default_factory=dict)
    packages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start(0)

    def start(self, port: int) -> None:
        """Begins to answer; port 0 for any."""
        handler = type("Handler", (_Handler,), {"ray": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def end(self) -> int:
        """Vanishes; returns the port, at which it may start again."""
        port = self.server.server_address[1]
        self.server.shutdown()
        self.server.server_close()
        return int(port)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def job(self) -> FakeJob:
        """The one that was submitted last."""
        return list(self.jobs.values())[-1]


class _Handler(BaseHTTPRequestHandler):
    ray: FakeRay

    def do_GET(self) -> None:
        ray, (path, _, _) = self.ray, self.path.partition("?")
        if not self._may_answer():
            return
        if ray.html:
            self._answer(200, b"<html>It works</html>")
        elif path == "/api/version":
            self._answer(200, {"version": ray.version, "ray_version": "2.60.0"})
        elif path == "/api/v0/nodes":
            self._answer(200, {"result": True, "data": {"result": {"result": ray.nodes}}})
        elif path.startswith("/api/packages/gcs/"):
            self._answer(200 if path.rpartition("/")[2] in ray.packages else 404, b"")
        elif path.startswith("/api/jobs/"):
            name, _, rest = path.removeprefix("/api/jobs/").partition("/")
            job = ray.jobs.get(name)
            if job is None:
                self._answer(404, f"Job {name} does not exist".encode())
            elif rest == "logs":
                self._answer(200, {"logs": job.log})
            else:
                facts = {"status": job.status, "message": job.message, "error_type": job.error}
                self._answer(200, facts)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self._may_answer():
            self.ray.packages[self.path.rpartition("/")[2]] = content
            self._answer(200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self._may_answer():
            return
        if self.path.endswith("/stop"):
            self.ray.jobs[self.path.split("/")[-2]].status = "STOPPED"
            self._answer(200, {"stopped": True})
        elif self.ray.early:
            self.ray.early -= 1
            self._answer(500, b"No available agent to submit job, please try again later.")
        else:
            request = json.loads(body)
            self.ray.jobs[request["submission_id"]] = FakeJob(request)
            self._answer(200, {"submission_id": request["submission_id"]})

    def log_message(self, format: str, *args: object) -> None: ...

    def _may_answer(self) -> bool:
        ray = self.ray
        ray.asked.append(f"{self.command} {self.path}")
        if ray.silent:
            while ray.silent:
                time.sleep(0.02)
            return False
        if ray.broken and self.path.endswith(ray.broken):
            self._answer(500, b"Traceback ...\nOSError: the disk of the head is full")
            return False
        given = self.headers.get("Authorization", "")
        if ray.token and given != f"Bearer {ray.token}":
            self._answer(403 if given else 401, b"Unauthorized")
            return False
        return True

    def _answer(self, status: int, body: bytes | dict[str, Any]) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
