"""Pictures from the clipboard: by Ctrl+V anywhere on the page, or by the button.

A component of the page that hands them to the drop zone as if they had been dropped there, so
every limit of an upload holds for them.
"""

from pathlib import Path

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js")
_PARTS = {
    kind: SCRIPT.with_suffix(f".{kind}").read_text(encoding="utf-8")
    for kind in ("html", "css", "js")
}


def button() -> None:
    """Draws the button, and listens while it is there."""
    st.components.v2.component("fer_paste", **_PARTS)(key="paste", data={"zone": "drop"})
