"""The switch between figures of a single pass over each image and of ten crops."""

from collections.abc import Sequence

from fer_core.evaluation.scoreboard import Protocol
from pages.parts.shared import choices

MEANINGS = {
    Protocol.SINGLE: "the network reads each image once, as the app does",
    Protocol.TEN_CROPS: "the mean of ten crops of each image, as many papers report",
}


def choose(known: Sequence[Protocol], note: str = "") -> Protocol:
    """One of the `known` protocols, the first by default; the address keeps it. The help ends with
    the `note`.
    """
    lines = [f"**{name}**: {text}." for name, text in MEANINGS.items()]
    help = "  \n".join([*lines, *([note] if note else [])])
    names = [str(name) for name in known]
    return Protocol(choices.one_of("Passes over each image", names, "passes", help=help))
