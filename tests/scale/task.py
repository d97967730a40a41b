"""What the tests let a cluster do."""

import sys
import time
from pathlib import Path
from typing import Any

from fer_core.scale.on_cluster import check_room


def drive(request: dict[str, Any], tell: Any) -> dict[str, Any]:
    import ray

    check_room(request.get("cpus", 1), 0)

    @ray.remote(num_cpus=0)
    def where() -> list[str]:
        return [folder for folder in sys.path if (Path(folder) / "fer_core").is_dir()]

    tell({"code": ray.get(where.remote())})
    time.sleep(request.get("seconds", 0))
    return {"nodes": len(ray.nodes())}
