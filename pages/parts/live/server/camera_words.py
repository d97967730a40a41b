"""Why the camera does not start, in words, where the browser has only an error's name."""

from pathlib import Path

import streamlit as st

_INSTEAD = "Or take a picture on the Upload page."
WORDS = {
    "NotAllowedError": "The browser does not let this page use the camera. Allow it by the sign "
    "beside the page's address, then start the camera again.",
    "NotFoundError": "No camera was found. Connect one, then start the camera again.",
    "NotReadableError": "The camera is in use by another program. Close that, then start the "
    "camera again.",
    "OverconstrainedError": "The chosen camera is gone. Choose another one.",
}
"""By the name of the error (W3C, Media Capture and Streams, `getUserMedia`)."""
_OTHERWISE = "The camera could not be started. Reload the page, then try again."
TRANSLATIONS = {
    "start": "Start camera",
    "stop": "Stop camera",
    "select_device": "Choose camera",
    "device_ask_permission": "Allow the camera in the question that your browser asks.",
    "device_access_denied": WORDS["NotAllowedError"],
    "device_not_available": "No camera can be used here: none was found, or another program has it",
    "media_api_not_available": "This browser gives pages no camera, or not at this address.",
}
"""Texts of streamlit-webrtc's own buttons and notes."""
_JS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_CSS = ".told { margin: 0; color: var(--st-red-text-color); } .told:empty { display: none; }"


def tell_errors() -> None:
    """Keeps an eye on the video's frame, and says what to do where the camera does not start."""
    words = {name: f"{text} {_INSTEAD}" for name, text in WORDS.items()}
    watch = st.components.v2.component("fer_camera_words", js=_JS, css=_CSS)
    watch(key="camera-words", data={"words": words, "otherwise": f"{_OTHERWISE} {_INSTEAD}"})
