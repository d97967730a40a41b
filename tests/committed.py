"""The committed runs, without what else lies beside them on a developer's machine."""

from fer_core.reporting.results import RUNS, known_to_git

_FOLDERS = sorted(file.parent for file in RUNS.glob("*/config.json"))
_KNOWN = known_to_git()
COMMITTED = [folder for folder in _FOLDERS if folder.name in _KNOWN or not _KNOWN]
"""Their folders."""
