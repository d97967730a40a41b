"""Buttons by key, with no press lost and none that acts on what nobody has seen.

Streamlit's `shortcut` shows the key on its button, but takes two quick presses for one, acts again
while a key is held, and is deaf while a list or a slider has the focus.
"""

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import streamlit as st

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def listen(
    key: str,
    buttons: Mapping[str, str],
    *,
    steps: Mapping[str, int] | None = None,
    on_steps: Callable[[int], object] | None = None,
) -> None:
    """Presses `buttons` by their keys. Call it where the last of what a press changes is drawn.

    Args:
        key: unique on the page.
        buttons: key of each button by the key that presses it, as `arrowleft` or `k`.
        steps: how far each button goes. Presses that come before the last one is drawn are then
            added up; without, they do nothing.
        on_steps: called with that sum.
    """
    place = f"keys-{key}"

    def tell() -> None:
        by = st.session_state[place]["steps"]
        if on_steps is not None and isinstance(by, int):
            on_steps(by)

    st.components.v2.component("fer_keys", js=_SCRIPT)(
        key=place,
        on_steps_change=tell,
        # The time makes each run another, which is what the script waits for.
        data={
            "keys": {pressed: class_of(name) for pressed, name in buttons.items()},
            "steps": steps and {class_of(name): by for name, by in steps.items()},
            "drawn": time.monotonic(),
        },
    )


def class_of(name: str) -> str:
    """The CSS class that Streamlit gives to what has that key."""
    return "st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", name)
