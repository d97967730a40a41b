"""Addresses at which browsers give a page no camera."""

from urllib.parse import urlsplit

import streamlit as st

from pages.parts.live import words
from pages.parts.shared import navigation


def warn() -> bool:
    """Says so, and returns True, where browsers give no camera to a page at this address.

    They do for https and for the visitor's own machine only (W3C, Secure Contexts).
    """
    address = urlsplit(st.context.url or "")
    host = address.hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    if address.scheme != "http" or local:
        return False
    st.warning(words.INSECURE)
    st.page_link(navigation.UPLOAD, label="Open the Upload page", icon=":material/upload:")
    return True
