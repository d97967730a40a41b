"""Under which licence everything stands that the project ships, fetches or needs."""

import re
from importlib import metadata

from fer_core import paths
from fer_core.reporting.templates import render

NOT_INSTALLED = "not installed here"

_LONGEST_NAME = 60
"""Letters; what is longer is a licence's whole text, not its name."""


def licences() -> str:
    """All of it as Markdown, with the packages that are installed."""
    return render("licences.md.j2", packages=packages())


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
