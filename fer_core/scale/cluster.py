"""The way to a Ray cluster: the address is tried first, then a child process does the work.

    answer = run_on("10.0.0.5:6379", "fer_core.scale.reading", request, tell)

Ray itself waits minutes for a wrong address, and where a cluster vanishes it ends its process
without an exception. So this module does not import it: `fer_core.scale.driver` is started as a
child, connects and calls `drive(request, tell)` of the named module. What that tells and returns
comes back as JSON; whatever goes wrong becomes a `ScaleError` of one or two sentences.
"""

import contextlib
import json
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import IO, Any

from fer_core.errors import AddressError, ScaleError
from fer_core.paths import PROJECT_ROOT, named

LOCAL = "local"
"""In place of an address: a cluster of this machine alone, for as long as the command runs."""

TRY_SECONDS = 3.0  # for one TCP connection
START_SECONDS = 60.0  # until Python and Ray are loaded in the child
CONNECT_SECONDS = 10.0  # until the child is connected; a cluster of this machine has to start
LOCAL_SECONDS = 120.0
WATCH_SECONDS = 2.0  # between looks whether the cluster still answers
LOOKS = 3  # without an answer, until it counts as gone
END_SECONDS = 10.0  # for the child to leave the cluster when it is stopped

Tell = Callable[[dict[str, Any]], None]


def run_on(
    address: str, module: str, request: dict[str, Any], tell: Tell, *, gpus: int = 0
) -> dict[str, Any]:
    """Runs `drive(request, tell)` of `module` in a child that is connected to a cluster.

    Args:
        address: HOST:PORT of the cluster's head, or `local`.
        module: with a function `drive`, which may import Ray.
        request: what `drive` gets, as JSON.
        tell: called here with each message of `drive`.
        gpus: how many the cluster must have.

    Returns:
        What `drive` returned.

    Raises:
        ScaleError: no cluster there, one that refuses or lacks what is needed, one that vanished,
            or what `drive` raised as a `FerError`.
        ModuleNotFoundError: Ray is not installed.
    """
    check_ready(address)
    with _Child(address, module, request, gpus) as child:
        return child.follow(tell)


def check_ready(address: str) -> None:
    """Whether work can be given to a cluster: Ray is installed here, and the head answers, within
    6 seconds.

    Raises:
        ScaleError: there is no cluster.
        ModuleNotFoundError: Ray is not installed.
    """
    if find_spec("ray") is None:
        raise ModuleNotFoundError("No module named 'ray'", name="ray")
    check_address(address)


def check_address(address: str) -> None:
    """Raises `ScaleError` where no head of a cluster listens at `address`; within 6 seconds."""
    if address == LOCAL:
        return
    if address.startswith("http"):
        raise AddressError(
            f"{address} is the address of a dashboard, which takes jobs. Give HOST:PORT of the "
            "cluster's head instead, usually port 6379."
        )
    host, port = _split(address)
    try:
        with socket.create_connection((host, port), TRY_SECONDS) as connection:
            if os.environ.get("RAY_USE_TLS") == "1" or _speaks_grpc(connection):
                return
        reason = "something else listens there"
    except TimeoutError:
        reason = "no answer"
    except UnicodeError:  # of a name with an empty or endless part, as 10.0.0..5
        reason = "no machine has such a name"
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
    raise ScaleError(
        f"No Ray cluster answers at {address}: {reason}. Give HOST:PORT of its head, as "
        "`ray status` on that machine names it."
    )


def _speaks_grpc(connection: socket.socket) -> bool:
    """Whether the other end answers the greeting of HTTP/2 in kind, as every gRPC server does at
    once (RFC 9113, 3.4).
    """
    settings = b"\0\0\0\4\0\0\0\0\0"  # an empty frame of settings
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)
    head = b""
    while len(head) < len(settings) and (piece := connection.recv(len(settings) - len(head))):
        head += piece
    return head[3:4] == settings[3:4]


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if "/" in address or not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise AddressError(
            f"'{address}' is not an address that this takes. Run it on a machine of the cluster "
            "and give HOST:PORT of the head, as 10.0.0.5:6379, or `local` for this machine alone."
        )
    return host.strip("[]"), int(port)


class _Child:
    """The process that holds the connection, to be used in a `with` statement."""

    def __init__(self, address: str, module: str, request: dict[str, Any], gpus: int) -> None:
        self._address = address
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115, closed at the end
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fer_core.scale.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=PROJECT_ROOT,
            env=_environment(address),
            start_new_session=True,  # Ctrl-C is for this process, which then ends the child
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"address": address, "module": module, "request": request, "gpus": gpus}
        with contextlib.suppress(OSError):  # where it ended at once, as is told below
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name="ray-driver", daemon=True
        )
        self._reader.start()

    def __enter__(self) -> "_Child":
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the child, if it still runs: without its input it leaves the cluster by itself."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        self._log.close()

    def follow(self, tell: Tell) -> dict[str, Any]:
        """Passes messages on until the answer comes."""
        is_local = self._address == LOCAL
        limit, connected = time.monotonic() + START_SECONDS, False
        looks, missed = time.monotonic(), 0
        while True:
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                now = time.monotonic()
                if not connected and now > limit:
                    raise ScaleError(self._silent()) from None
                if connected and not is_local and now > looks + WATCH_SECONDS:
                    missed = 0 if self._answers() else missed + 1
                    looks = time.monotonic()
                    if missed == LOOKS:
                        raise ScaleError(self._gone()) from None
                continue
            if not line:
                raise ScaleError(self._gone())
            match json.loads(line):
                case {"loaded": _}:
                    limit = time.monotonic() + (LOCAL_SECONDS if is_local else CONNECT_SECONDS)
                case {"connected": _}:
                    connected = True
                case {"told": message}:
                    tell(message)
                case {"error": sentence}:
                    raise ScaleError(sentence)
                case {"answer": answer}:
                    return dict(answer)

    def _read(self, stdout: IO[bytes]) -> None:
        with stdout:
            for line in stdout:
                self._lines.put(line)
        self._lines.put(b"")

    def _answers(self) -> bool:
        try:
            check_address(self._address)
        except ScaleError:
            return False
        return True

    def _silent(self) -> str:
        if self._address == LOCAL:
            return f"Ray did not start on this machine within {LOCAL_SECONDS:.0f} s.{self._said()}"
        return (
            f"What listens at {self._address} does not answer as the head of a Ray cluster. Give "
            "HOST:PORT of the head, as `ray status` on that machine names it."
        )

    def _gone(self) -> str:
        where = "on this machine" if self._address == LOCAL else f"at {self._address}"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)
        if (self._process.returncode or 0) < 0:
            what = f"The process that leads the work {where} was killed."
        else:
            what = f"The Ray cluster {where} vanished.{self._said()}"
        return f"{what} Run the same command again to continue."

    def _said(self) -> str:
        """The last error that Ray wrote, if any."""
        self._log.seek(max(0, os.fstat(self._log.fileno()).st_size - 2**14))
        lines = self._log.read().decode(errors="replace").splitlines()
        errors = [line.strip() for line in lines if "Error" in line or " E " in line]
        return f" Ray's last words: {errors[-1][-300:]}" if errors else ""


def _environment(address: str) -> dict[str, str]:
    """For the child: it gives up after 10 s without the cluster, and reports nothing to Ray's
    makers. A cluster of this machine alone leaves no token in the user's home, which later
    clusters would ask for.
    """
    made = (
        os.environ
        | named()
        | {
            "RAY_gcs_rpc_server_reconnect_timeout_s": "10",
            "RAY_gcs_server_request_timeout_seconds": "6",
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
            "PYTHONUNBUFFERED": "1",
        }
    )
    return made | {"RAY_AUTH_MODE": "disabled"} if address == LOCAL else made
