"""Figures of a single pass over each image, or of ten crops: what the switch between them says."""

from fer_core.evaluation.scoreboard import Protocol

LABEL, KEY = "Passes over each image", "passes"
"""The address keeps the choice under `KEY`."""
MEANINGS = {
    Protocol.SINGLE: "the network reads each image once, as the app does",
    Protocol.TEN_CROPS: "the mean of ten crops of each image, as many papers report",
}
HELP = "  \n".join(f"**{name}**: {text}." for name, text in MEANINGS.items())
