"""The folder layout of the data set, and which files of a source belong to it.

A data set is `train/<class>/<image>` and `test/<class>/<image>`. A source may hold it deeper
(`archive/train/...`), spell it otherwise (`Training/Disgust`, `PublicTest/fear`, `val/surprise`),
and may hold other files; `sort_out` tells what belongs and where.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Literal

from fer_core.classes import CLASS_NAMES
from fer_core.errors import DataError

Split = Literal["train", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "test")

MANIFEST: Final = "manifest.json"  # at the root: what was unpacked, and that all of it was

SYNTHETIC_MARKER: Final = "SYNTHETIC"  # a file of this name at the root: the faces are drawn

IMAGE_SUFFIXES: Final = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".jpe"),
    *(".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"),
)

NOT_AN_IMAGE: Final = "not an image in train/<class>/ or test/<class>/"

_CLASS_OF: Final = {name: name for name in CLASS_NAMES} | {
    **{"anger": "angry", "disgust": "disgusted", "fear": "fearful", "scared": "fearful"},
    **{"happiness": "happy", "joy": "happy", "sadness": "sad", "surprise": "surprised"},
}
"""What the classes are called here and in other data sets, in lower case."""

_TRAIN: Final = ("train", "training")
_TESTS: Final = (
    ("test", "testing"),
    ("publictest", "privatetest"),
    ("val", "valid", "validation"),
)
"""What a folder of test images is called, in lower case; the first group that is there counts."""

_PLAIN_NAME = re.compile(r"[\w(][\w .()+-]{0,120}")
_NAMED = 8


@dataclass(frozen=True)
class Sorted:
    """The files of a source."""

    taken: dict[str, str]  # source name -> place in the data set, as `train/happy/im0.png`
    skipped: tuple[tuple[str, str], ...]  # the other files, as (source name, reason)
    synthetic: bool  # whether the source carries `SYNTHETIC_MARKER` at its root


@dataclass(frozen=True)
class _Image:
    """A file that lies as an image of a data set does."""

    root: tuple[str, ...]  # folders above the split's
    part: str  # the split's folder, in lower case
    emotion: str  # its class
    file: str


def sort_out(names: Iterable[str]) -> Sorted:
    """Decides for each file name whether and where it belongs in the data set.

    Names are relative to the source, their parts separated by `/`. Where a source keeps FER2013's
    PublicTest and PrivateTest apart, its test images are numbered anew, PublicTest first, as
    Kaggle's data set has them (`fer2013.usage`).

    Raises:
        DataError: a class has no image in one of the splits; the message says which.
    """
    names = list(names)
    images = {name: image for name in names if (image := _image_of(name.split("/"))) is not None}
    roots = Counter(image.root for image in images.values())
    root = max(roots, key=lambda key: (roots[key], -len(key)), default=())
    parts = {image.part for image in images.values() if image.root == root}
    tests: tuple[str, ...] = next((group for group in _TESTS if parts & {*group}), ())
    taken: dict[str, str] = {}
    skipped: list[tuple[str, str]] = []
    places: set[str] = set()
    synthetic = False
    for name in names:
        image = images.get(name)
        if name.split("/") == [*root, SYNTHETIC_MARKER]:
            synthetic = True
        elif image is None or image.root != root or image.part not in (*_TRAIN, *tests):
            if name.rpartition("/")[2] != MANIFEST:
                skipped.append((name, _why_skipped(name, root, tests)))
        else:
            split = "train" if image.part in _TRAIN else "test"
            place = f"{split}/{image.emotion}/{image.file}"
            if len(parts & {*tests}) > 1:  # the same names may stand in both
                place = f"{split}/{image.emotion}/{image.part}-{image.file}"
            if place.lower() in places:
                skipped.append((name, "is there twice"))
            else:
                places.add(place.lower())
                taken[name] = place
    check_classes(taken.values(), names)
    return Sorted(_numbered(taken), tuple(skipped), synthetic)


def check_classes(places: Iterable[str], names: Sequence[str] = ()) -> None:
    """Raises `DataError` naming every class folder that no place lies in; `names` are the files of
    the source, of which it names folders.
    """
    present = {place.rsplit("/", 1)[0] for place in places}
    missing = [key for key in class_folders() if key not in present]
    if not missing:
        return
    found = sorted({name.rpartition("/")[0] for name in names if "/" in name})
    listed = ", ".join(found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
    holds = f" Its folders: {listed}." if found else ""
    if len(missing) == len(class_folders()):
        raise DataError(
            "This is not the data set: it holds no image in train/<class>/ or test/<class>/, nor a "
            f"fer2013.csv. The classes are {', '.join(CLASS_NAMES)}.{holds}"
        )
    raise DataError(
        f"The data set is incomplete: no image in {', '.join(missing)}. Each of train/ and "
        f"test/ needs the folders {', '.join(CLASS_NAMES)}.{holds}"
    )


def class_folders() -> tuple[str, ...]:
    """`train/angry` to `test/surprised`."""
    return tuple(f"{split}/{name}" for split in SPLITS for name in CLASS_NAMES)


def class_of(folder: str) -> str | None:
    """The class that a folder's name means (`Disgust` is `disgusted`); None where it means none."""
    return _CLASS_OF.get(folder.strip().lower())


def refuse_parts(where: str, folders: Iterable[str]) -> None:
    """Raises `DataError` where `folders`, which stand above those of classes in `where`, are of
    training and of others: one figure of both would say little.
    """
    trained = sorted(name for name in {*folders} if name.lower() in _TRAIN)
    others = sorted(name for name in {*folders} if any(name.lower() in group for group in _TESTS))
    if trained and others:
        raise DataError(
            f"{where} holds both {', '.join(trained)} and {', '.join(others)}. Give one of these "
            "folders alone."
        )


def is_image_name(name: str) -> bool:
    """Whether a file of this name is taken for an image of the data set."""
    return PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES


def file_number(name: str) -> int:
    """Number in a file name (`im12.png` is 12), or -1 where it has none."""
    stem = name.rpartition("/")[2].rpartition(".")[0] or name
    digits = "".join(filter(str.isdecimal, stem))
    return int(digits) if digits else -1


def _image_of(parts: list[str]) -> _Image | None:
    if len(parts) < 3 or not is_image_name(parts[-1]) or not _PLAIN_NAME.fullmatch(parts[-1]):
        return None
    part, emotion = parts[-3].lower(), class_of(parts[-2])
    if emotion is None or part not in {*_TRAIN, *(name for group in _TESTS for name in group)}:
        return None
    return _Image(tuple(parts[:-3]), part, emotion, parts[-1])


def _why_skipped(name: str, root: tuple[str, ...], tests: tuple[str, ...]) -> str:
    *folders, file = name.split("/")
    inside = folders[len(root) :] if tuple(folders[: len(root)]) == root else []
    if len(inside) == 2 and is_image_name(file):
        part, emotion = inside
        if part.lower() not in (*_TRAIN, *tests):
            return f"the folder {part} is a third part: train and test images are taken"
        if class_of(emotion) is None:
            return f"the folder {emotion} is none of the seven classes"
    return NOT_AN_IMAGE


def _numbered(taken: dict[str, str]) -> dict[str, str]:
    """Test images numbered anew in each class, PublicTest first, where their names tell of it."""

    def is_public(place: str) -> bool:
        return "publictest" in place.rpartition("/")[2].lower()

    numbered = dict(taken)
    tests = {name: place for name, place in taken.items() if place.startswith("test/")}
    if any("privatetest" in place.lower() for place in tests.values()):
        for key in class_folders():
            of_class = [name for name, place in tests.items() if place.startswith(f"{key}/")]
            of_class.sort(key=lambda n: (not is_public(tests[n]), file_number(tests[n]), tests[n]))
            for number, name in enumerate(of_class):
                numbered[name] = f"{key}/im{number}{PurePosixPath(name).suffix.lower()}"
    return numbered
