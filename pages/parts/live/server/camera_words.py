"""Why the camera does not start, in words, where the browser has only an error's name."""

from pathlib import Path

import streamlit as st

from pages.parts.live import words

TRANSLATIONS = {
    "start": "Start camera",
    "stop": "Stop camera",
    "select_device": "Choose camera",
    "device_ask_permission": "Allow the camera in the question that your browser asks.",
    "device_access_denied": words.CAMERA["NotAllowedError"],
    "device_not_available": "No camera can be used here: none was found, or another program has it",
    "media_api_not_available": "This browser gives pages no camera, or not at this address.",
}
"""Texts of streamlit-webrtc's own buttons and notes."""
_JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_HTML = '<p role="alert"></p>'
_CSS = "p { margin: 0; color: var(--st-red-text-color); } p:empty { display: none; }"


def tell_errors() -> None:
    """Keeps an eye on the video's frame, and says what to do where the camera does not start."""
    watch = st.components.v2.component("fer_camera_words", html=_HTML, js=_JS, css=_CSS)
    watch(key="camera-words", data=words.camera_errors())
