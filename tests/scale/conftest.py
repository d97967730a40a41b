"""What the tests on a real cluster share: three nodes on this machine, and a store."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scale.nodes import NodesOfOneMachine, free_port, started


@pytest.fixture(scope="session")
def _nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodesOfOneMachine]:
    pytest.importorskip("ray")
    folder = tmp_path_factory.mktemp("nodes")
    with started(folder, 3, dashboard=True, environment=STORE_KEYS) as running:
        yield running


@pytest.fixture
def cluster(_nodes: NodesOfOneMachine) -> NodesOfOneMachine:
    """Three nodes of one processor each, and a dashboard, whatever another test killed."""
    _nodes.ask("complete")
    return _nodes


STORE_KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What an address of moto's S3 ends with."""
    port = free_port()
    log = tmp_path_factory.mktemp("store") / "log"
    command = [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with pytest.MonkeyPatch.context() as patch, log.open("w") as out:
        for name, value in STORE_KEYS.items():
            patch.setenv(name, value)
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 60
            while "Running on" not in log.read_text(encoding="utf-8"):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield f"?endpoint_override=127.0.0.1:{port}&scheme=http&allow_bucket_creation=true"
        finally:
            server.terminate()
            server.wait()
