"""The child that is connected to a cluster (`python -m fer_core.scale.driver`), started by
`fer_core.scale.cluster`.

It reads one line of JSON, connects, runs what was asked for and writes a line a message. When its
input ends, so that a killed command leaves no work behind, it leaves the cluster.
"""

import contextlib
import importlib
import json
import os
import re
import signal
import sys
import threading
import time
from typing import Any, TextIO

from fer_core import files
from fer_core.errors import FerError, ScaleError
from fer_core.paths import PROJECT_ROOT

_LEAVE_SECONDS = 8.0
_EXCLUDED = ["__pycache__", "artifacts"]  # of the package, when nodes get its code


def connect(address: str, gpus: int = 0) -> None:
    """Connects this process to a cluster; the nodes get this package's code.

    Raises:
        ScaleError: it refuses, is of another version, or has fewer GPUs.
    """
    import ray

    try:
        if address != "local":
            _ask(address)
        ray.init(
            address,
            include_dashboard=False if address == "local" else None,
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"py_modules": [str(PROJECT_ROOT / "fer_core")], "excludes": _EXCLUDED},
        )
    except Exception as exc:  # of many kinds
        raise ScaleError(explain(address, str(exc))) from exc
    found = int(ray.cluster_resources().get("GPU", 0))
    if found < gpus:
        has = f"{found} of the {gpus} GPUs needed" if found else "no GPU, and one is needed"
        raise ScaleError(
            f"The cluster at {address} has {has}. Add a machine with a GPU, or ask for none."
        )


def _ask(address: str) -> None:
    """Asks the head for its number; without a token that it wants, `ray.init` tries for 24 s."""
    from ray._private.authentication.authentication_token_setup import ensure_token_if_auth_enabled
    from ray._raylet import GcsClient

    ensure_token_if_auth_enabled(None, create_token_if_missing=False)
    GcsClient(address=address)


def explain(address: str, said: str) -> str:
    """What Ray's words mean, and what to do."""
    text = " ".join(said.split())
    if "ersion mismatch" in text:
        found = re.findall(r"(Ray|Python): ?([\d.]+)", text)
        theirs, ours = (
            " and ".join(" ".join(pair) for pair in found[at : at + 2]) for at in (0, 2)
        )
        return (
            f"The cluster at {address} runs {theirs or 'another version'}, this machine "
            f"{ours or 'a different one'}. Both must be the same: install requirements-scale.txt "
            "on the cluster."
        )
    if address == "local":
        return f"Ray did not start on this machine. It said: {text[:300]}"
    if re.search(r"auth|token|401", text, re.IGNORECASE):
        return (
            f"The cluster at {address} asks for a token. Set RAY_AUTH_MODE=token and "
            "RAY_AUTH_TOKEN to the cluster's (`ray get-auth-token` on its head)."
        )
    if "No node info found" in text or "local Raylet" in text:
        return (
            f"This machine is not part of the cluster at {address}. Run the command on one of its "
            f"machines, or let this one join first: `ray start --address={address} --num-cpus=0`."
        )
    if "http2 header" in text or "Unimplemented" in text or text.endswith("RPC error:"):
        return (
            f"What listens at {address} is not the head of a Ray cluster. Give HOST:PORT of the "
            "head, as `ray status` on that machine names it."
        )
    return f"The cluster at {address} cannot be used: {text[:300]}"


def main() -> None:
    """Does what the first line of the input asks for."""
    out = _own_output()
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_leave_at_end_of_input, name="leave", daemon=True).start()

    def send(**message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    import ray

    try:
        send(loaded=ray.__version__)
        connect(asked["address"], asked["gpus"])
        send(connected=asked["address"])
        work = importlib.import_module(asked["module"])
        send(answer=work.drive(asked["request"], lambda message: send(told=message)))
    except FerError as exc:
        send(error=str(exc))
    except OSError as exc:
        send(error=files.explain(exc))
    except KeyboardInterrupt:
        pass
    except Exception as exc:  # of Ray's many kinds
        reason = " ".join(str(exc).split())
        said = f"{type(exc).__name__}: {reason[-300:]}"
        send(error=f"Ray gave up. {said}. Run the same command again to continue.")
    finally:
        ray.shutdown()


def _own_output() -> TextIO:
    """Standard output for messages alone; what Ray prints goes to the log."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _leave_at_end_of_input() -> None:
    sys.stdin.read()
    with contextlib.suppress(OSError):
        os.kill(os.getpid(), signal.SIGINT)
    time.sleep(_LEAVE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
