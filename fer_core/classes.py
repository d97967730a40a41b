"""The seven emotions in their fixed order, the colour of each, and what identifies FER2013.

The order is the alphabetical order of the folders, as `flow_from_directory`
assigned it; every array of scores has its columns in this order.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CLASS_NAMES: Final = ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised")
NUM_CLASSES: Final = len(CLASS_NAMES)
FACE_SIZE: Final = 48
"""Width and height of a face, in pixels."""

FINGERPRINT: Final = "cb6cde75ab9fe809baf038eedf253eef03a368c7525ba3b7ff143c2c1b79a79f"
"""`Dataset.fingerprint` of the 35,887 images that Kaggle serves."""

CLASS_COLORS: Final = {
    "angry": "#D55E00",
    "disgusted": "#009E73",
    "fearful": "#8E63C7",
    "happy": "#C98800",
    "neutral": "#8A94A3",
    "sad": "#2F78C4",
    "surprised": "#D765A0",
}
"""Fill colours as `#RRGGBB`; never used for text."""

WEAK_CLASSES: Final = ("disgusted", "fearful")
"""Those that networks of FER2013 recognise worst, there and elsewhere."""

CLASS_INDEX: Final = {name: index for index, name in enumerate(CLASS_NAMES)}


def check_faces(faces: "NDArray[np.uint8]") -> None:
    """Raises `ValueError` where an array is not of faces, uint8 (n, 48, 48, 1)."""
    if faces.ndim != 4 or faces.shape[1:] != (FACE_SIZE, FACE_SIZE, 1) or faces.dtype != "uint8":
        raise ValueError(f"Faces must be uint8 (n, 48, 48, 1), got {faces.dtype} {faces.shape}.")
