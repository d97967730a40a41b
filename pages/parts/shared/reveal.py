"""Brings what has just opened into view, where it would open below the window."""

import json

import streamlit as st

_SCROLL = """
<script>
const [key, token] = %s;
requestAnimationFrame(() => {
  const opened = document.querySelector(".st-key-" + key);
  if (opened && opened.getBoundingClientRect().top > 0.6 * innerHeight)
    opened.scrollIntoView({behavior: "smooth", block: "start"});
});
</script>
"""


def into_view(key: str, token: str) -> None:
    """Scrolls to the container with that `key` where its top lies below most of the window, once
    for each `token`, which names what it holds.
    """
    st.html(_SCROLL % json.dumps([key, token]), unsafe_allow_javascript=True)
