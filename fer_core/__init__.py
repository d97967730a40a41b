"""Facial-expression recognition: data, training, evaluation and inference.

    import fer_core
    faces = fer_core.read("photo.jpg")
    faces[0].label, faces[0].confidence, faces[0].probabilities, faces[0].box

`read_many` reads folders and ZIPs, `read_video` videos, `to_frame` makes a table of either. They
are loaded when they are first used: importing the package takes no time.

The package never imports Streamlit; only `models` and `training` import Keras,
and only inside the process that trains. Run `python -m fer_core --help`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fer_core.reading.faces import Face, FaceBox, Faces, Reading, VideoSample, to_frame
    from fer_core.reading.read import read, read_many, read_video

__version__ = "0.2.0"
__all__ = [
    "Face",
    "FaceBox",
    "Faces",
    "Reading",
    "VideoSample",
    "__version__",
    "read",
    "read_many",
    "read_video",
    "to_frame",
]


def __getattr__(name: str) -> Any:
    """Imports what is offered when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'fer_core' has no attribute '{name}'")
    import importlib

    room = "read" if name.startswith("read") else "faces"
    value = globals()[name] = getattr(importlib.import_module(f"fer_core.reading.{room}"), name)
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__file__", "__path__"]
