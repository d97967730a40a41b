"""The folder layout of the data set, and which files of a source belong to it.

A data set is `train/<class>/<image>` and `test/<class>/<image>`. A source may hold
it deeper (`archive/train/...`) and may hold other files; `sort_out` tells them apart.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

from fer_core.classes import CLASS_NAMES
from fer_core.errors import DataError

Split = Literal["train", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "test")

MANIFEST: Final = "manifest.json"  # at the root: what was unpacked, and that all of it was

SYNTHETIC_MARKER: Final = "SYNTHETIC"  # a file of this name at the root: the faces are drawn

IMAGE_SUFFIXES: Final = (".png", ".jpg", ".jpeg")

_PLAIN_NAME = re.compile(r"[\w(][\w .()+-]{0,120}")


@dataclass(frozen=True)
class Sorted:
    """The files of a source."""

    taken: dict[str, str]  # source name -> place in the data set, as `train/happy/im0.png`
    skipped: tuple[tuple[str, str], ...]  # the other files, as (source name, reason)
    synthetic: bool  # whether the source carries `SYNTHETIC_MARKER` at its root


def sort_out(names: Iterable[str]) -> Sorted:
    """Decides for each file name whether and where it belongs in the data set.

    Names are relative to the source, their parts separated by `/`.

    Raises:
        DataError: a class has no image in one of the splits; the message says which.
    """
    names = list(names)
    images = {name: parts for name in names if _is_image_place(parts := name.split("/"))}
    roots = Counter(tuple(parts[:-3]) for parts in images.values())
    root = max(roots, key=lambda key: (roots[key], -len(key)), default=())
    taken: dict[str, str] = {}
    skipped: list[tuple[str, str]] = []
    places: set[str] = set()
    synthetic = False
    for name in names:
        parts = name.split("/")
        place = "/".join(parts[-3:])
        if tuple(parts) == (*root, SYNTHETIC_MARKER):
            synthetic = True
        elif name not in images or tuple(parts[:-3]) != root:
            if parts[-1] != MANIFEST:
                skipped.append((name, "not an image in train/<class>/ or test/<class>/"))
        elif place.lower() in places:
            skipped.append((name, "is there twice"))
        else:
            places.add(place.lower())
            taken[name] = place
    check_classes(taken.values())
    return Sorted(taken, tuple(skipped), synthetic)


def check_classes(places: Iterable[str]) -> None:
    """Raises `DataError` naming every class folder that no place lies in."""
    present = {place.rsplit("/", 1)[0] for place in places}
    missing = [key for key in class_folders() if key not in present]
    if len(missing) == len(class_folders()):
        raise DataError(
            "This is not the data set: it holds no image in train/<class>/ or test/<class>/. "
            f"The classes are {', '.join(CLASS_NAMES)}."
        )
    if missing:
        raise DataError(
            f"The data set is incomplete: no image in {', '.join(missing)}. Each of train/ and "
            f"test/ needs the folders {', '.join(CLASS_NAMES)}."
        )


def class_folders() -> tuple[str, ...]:
    """`train/angry` to `test/surprised`."""
    return tuple(f"{split}/{name}" for split in SPLITS for name in CLASS_NAMES)


def file_number(name: str) -> int:
    """Number in a file name (`im12.png` is 12), or -1 where it has none."""
    stem = name.rpartition("/")[2].rpartition(".")[0] or name
    digits = "".join(filter(str.isdecimal, stem))
    return int(digits) if digits else -1


def _is_image_place(parts: list[str]) -> bool:
    return (
        len(parts) >= 3
        and parts[-3] in SPLITS
        and parts[-2] in CLASS_NAMES
        and PurePosixPath(parts[-1]).suffix.lower() in IMAGE_SUFFIXES
        and _PLAIN_NAME.fullmatch(parts[-1]) is not None
    )
