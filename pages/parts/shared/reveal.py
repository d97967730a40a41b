"""Brings what has just opened into view, where it would open outside the window."""

import json

import streamlit as st

from pages.parts.shared import keys

_SCROLL = """
<script>
(([key, token]) => requestAnimationFrame(() => {
  const opened = document.querySelector("." + key);
  if (opened && opened.getBoundingClientRect().top > 0.6 * innerHeight)
    opened.scrollIntoView({behavior: "smooth", block: "start"});
}))(%s);
</script>
"""
_BACK = """
<script>
(([key, token]) => {
  const changed = document.querySelector("." + key);
  if (changed && changed.getBoundingClientRect().top < 0) changed.scrollIntoView();
})(%s);
</script>
"""
_TO_TOP = """
<script>
(([key, token]) => document.querySelector("." + key)?.scrollTo({top: 0}))(%s);
</script>
"""


def into_view(key: str, token: str) -> None:
    """Scrolls to the container with that `key` where its top lies below most of the window, once
    for each `token`, which names what it holds.
    """
    st.html(_SCROLL % json.dumps([keys.class_of(key), token]), unsafe_allow_javascript=True)


def back_to(key: str, token: str) -> None:
    """Scrolls to the container with that `key` where its top lies above the window, as above."""
    st.html(_BACK % json.dumps([keys.class_of(key), token]), unsafe_allow_javascript=True)


def to_top(key: str, token: str) -> None:
    """Scrolls the container with that `key` to its top, once for each `token`, as above."""
    st.html(_TO_TOP % json.dumps([keys.class_of(key), token]), unsafe_allow_javascript=True)
