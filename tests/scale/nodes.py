"""A Ray cluster of several nodes on this machine, in a process of its own.

    with started(tmp_path, nodes=3) as cluster:
        ... cluster.address ...
        cluster.ask("kill")     # ends the node that joined last, as a power cut would
        cluster.ask("complete")  # starts as many again
        cluster.ask("metadata ray_version 2.58.0")

Every node is a raylet with its workers, whose `python` is this one. The cluster has a home of its
own and free ports, and ends with its process. `RAY_AUTH_MODE` and other variables of Ray go into
`environment`.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fer_core.paths import PROJECT_ROOT

_LOCK = Path(tempfile.gettempdir()) / "ray.lock"
_holds: list[int] = []


@dataclass(frozen=True)
class NodesOfOneMachine:
    """A running cluster."""

    address: str  # HOST:PORT of the head
    dashboard: str  # HOST:PORT of the dashboard, empty without one
    process: "subprocess.Popen[str]"
    environment: dict[str, str]  # for what shall connect

    def ask(self, what: str) -> dict[str, Any]:
        """Lets the cluster's process do something, and what it answers."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(what, file=self.process.stdin, flush=True)
        return dict(json.loads(self.process.stdout.readline()))


@contextlib.contextmanager
def started(
    folder: Path,
    nodes: int = 3,
    *,
    cpus: int = 1,
    gpus: int = 0,
    dashboard: bool = False,
    environment: dict[str, str] | None = None,
) -> Iterator[NodesOfOneMachine]:
    """A cluster of so many nodes with `cpus` and `gpus` (that Ray believes in) each."""
    home = folder / "ray-home"
    home.mkdir(parents=True, exist_ok=True)
    sockets = tempfile.mkdtemp(prefix="fer-", dir="/tmp")  # the paths of sockets must be short
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = os.environ | {"HOME": str(home), "PATH": path, "RAY_AUTH_MODE": "disabled"}
    own |= environment or {}
    own |= {"RAY_TMPDIR": sockets}
    own |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_MEMORY_MONITOR": "1"}
    own |= {"RAY_health_check_period_ms": "1000", "RAY_health_check_failure_threshold": "3"}
    own |= {"RAY_worker_niceness": "0"}  # else a busy machine leaves workers next to nothing
    asked = {"nodes": nodes, "cpus": cpus, "gpus": gpus, "dashboard": dashboard}
    log = folder / "nodes.log"
    with _alone(), log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.scale.nodes", json.dumps(asked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
            cwd=PROJECT_ROOT,
            env=own,
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line, log.read_text(encoding="utf-8")
            told = json.loads(line)
            yield NodesOfOneMachine(told["address"], told["dashboard"], process, own)
        finally:
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
            shutil.rmtree(sockets, ignore_errors=True)


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Waits until no other test run has a cluster: two do not fit on two cores."""
    import fcntl  # which Windows lacks

    with _LOCK.open("w") as lock:
        if not _holds:
            fcntl.flock(lock, fcntl.LOCK_EX)
        _holds.append(1)
        try:
            yield
        finally:
            _holds.pop()


def main() -> None:
    asked = json.loads(sys.argv[1])
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    from ray.cluster_utils import Cluster

    each = {"num_cpus": asked["cpus"], "num_gpus": asked["gpus"]}
    head = {"include_dashboard": asked["dashboard"], "gcs_server_port": free_port()}
    if asked["dashboard"]:
        head |= {"dashboard_host": "127.0.0.1", "dashboard_port": free_port()}
    cluster = Cluster(initialize_head=True, head_node_args=each | head)
    others = [cluster.add_node(**each) for _ in range(asked["nodes"] - 1)]
    cluster.wait_for_nodes()

    def answer(**said: Any) -> None:
        print(json.dumps(said), file=out, flush=True)

    answer(address=cluster.address, dashboard=cluster.webui_url or "")
    for line in sys.stdin:
        match line.split():
            case ["kill"]:
                cluster.remove_node(others.pop(), allow_graceful=False)
            case ["complete"]:
                while len(others) < asked["nodes"] - 1:
                    others.append(cluster.add_node(**each))
            case ["node"]:
                node = others[-1]
                answer(address=f"{node.node_ip_address}:{node.node_manager_port}")
                continue
            case ["metadata", key, value]:
                _pretend(cluster, key, value)
            case ["vanish"]:
                cluster.head_node.kill_all_processes(check_alive=False, allow_graceful=False)
        answer(nodes=1 + len(others))
    cluster.shutdown()


def _pretend(cluster: Any, key: str, value: str) -> None:
    """Lets the cluster say something else of itself, as its version."""
    from ray._raylet import GcsClient

    gcs = GcsClient(address=cluster.address)
    namespace = b"cluster"
    told = json.loads(gcs.internal_kv_get(b"CLUSTER_METADATA", namespace))
    gcs.internal_kv_put(
        b"CLUSTER_METADATA", json.dumps(told | {key: value}).encode(), True, namespace
    )


def free_port() -> int:
    import socket

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


if __name__ == "__main__":
    main()
