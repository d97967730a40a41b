"""Where findings on the images lie: this machine's own, or those of the repository."""

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from fer_core.reference import files


def find_folder(
    fingerprint: str | None,
    own: Path | None,
    file_name: str,
    read_fingerprint: Callable[[str], str],
) -> Path | None:
    """The folder with findings on these images; this machine's own comes first.

    Args:
        fingerprint: of the images; None asks for the published ones.
        own: where this machine would keep them; None where none were asked for.
        file_name: of the JSON file, whose existence means that the findings are complete.
        read_fingerprint: from that file's text to the fingerprint of its images; raises
            pydantic's ValidationError where it is damaged.

    Returns:
        None where there are no findings on them.
    """
    if own is not None and (own / file_name).exists():
        return own
    published = files.folder()
    try:
        found = read_fingerprint((published / file_name).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    return published if fingerprint in (None, found) else None
