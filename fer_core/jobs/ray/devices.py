"""What a Ray cluster computes on: nodes, GPUs, processors, memory."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fer_core.errors import JobError
from fer_core.formats import counted

_KIND = "accelerator_type:"


@dataclass(frozen=True)
class Node:
    """One machine of a cluster; `kind` is the name of its GPUs, memory is in bytes."""

    cpus: float
    gpus: float
    kind: str
    memory: float


@dataclass(frozen=True)
class ClusterDevices:
    """The machines of a cluster that runs Ray of this version."""

    ray: str
    nodes: tuple[Node, ...]

    @property
    def gpus_together(self) -> int:
        """The most GPUs that one node has: as many can train one network together."""
        return int(max((node.gpus for node in self.nodes), default=0))

    def in_words(self) -> str:
        """As `Ray 2.60.0, 3 nodes: 8 GPUs (A100), 96 CPUs, 512 GB of memory`."""
        gpus = int(sum(node.gpus for node in self.nodes))
        kinds = Counter(node.kind for node in self.nodes if node.gpus and node.kind)
        names = f" ({', '.join(sorted(kinds))})" if kinds else ""
        memory = sum(node.memory for node in self.nodes) / 1e9
        return (
            f"Ray {self.ray}, {counted(len(self.nodes), 'node')}: "
            f"{counted(gpus, 'GPU') if gpus else 'no GPU'}{names}, "
            f"{counted(int(sum(node.cpus for node in self.nodes)), 'CPU')}, "
            f"{memory:,.0f} GB of memory"
        )

    def check(self, gpus: int) -> None:
        """Refuses a job that no node can take.

        Raises:
            JobError: says what the cluster has.
        """
        if not self.nodes:
            raise JobError("The cluster has no node that could train. Start one and try again.")
        if gpus and not self.gpus_together:
            raise JobError(
                "The cluster has no GPU. Add a node with one, or train on its processors: GPUs 0."
            )
        if gpus > self.gpus_together:
            raise JobError(
                f"No node of the cluster has {gpus} GPUs, and those of one training are of one "
                f"node. Take at most {self.gpus_together}."
            )


def read_nodes(found: Iterable[Mapping[str, Any]]) -> tuple[Node, ...]:
    """Those of Ray's list of nodes that live."""
    nodes = []
    for node in found:
        if node.get("state") != "ALIVE":
            continue
        has = node.get("resources_total") or {}
        kinds = [name.removeprefix(_KIND) for name in has if name.startswith(_KIND)]
        cpus, gpus, memory = (float(has.get(name, 0)) for name in ("CPU", "GPU", "memory"))
        nodes.append(Node(cpus, gpus, kinds[0] if kinds else "", memory))
    return tuple(nodes)
