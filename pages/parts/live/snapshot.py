"""Single pictures: taken in place of video, and kept from it for the Upload page."""

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.inference.live.state import LiveSettings
from fer_core.runs.store import Run
from pages.parts.shared import boxes, faces, frame, memory, navigation, pictures
from pages.parts.shared.pictures import Picture

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

_READINGS = "live-reading"
"""Where the session keeps what was seen in the picture."""


def link(run: Run) -> None:
    """Leads to the snapshot that waits for the Upload page, where there is one, to be read by the
    run that read it here; `run` is the chosen one.

    A link and no `st.switch_page`, which refuses to leave a page whose controls stand in
    the URL (Streamlit 1.67).
    """
    if pictures.has_snapshot():
        run_id = pictures.snapshot_run() or run.run_id
        st.page_link(
            navigation.UPLOAD,
            label="Open the snapshot in Upload",
            icon=":material/upload:",
            query_params={"model": run_id},
            help=f"{run_id} reads it there too, as a single picture: nothing is smoothed.",
        )


def take(predictor: "Predictor", settings: LiveSettings) -> None:
    """One picture by the camera, its boxes and the largest face's bars."""
    left, right = st.columns([4, 3], gap="medium")
    (shot,) = memory.keep_only("live", left.camera_input("Take a picture", key="live-shot"))
    if shot is None:
        st.session_state.pop(_READINGS, None)
        return
    picture = Picture(shot.file_id, "Camera picture", shot.getvalue)
    with right, frame.error_box():
        (reading,) = pictures.read_all(
            [picture],
            predictor,
            min_confidence=settings.min_confidence,
            store=_READINGS,  # those of the Upload page are kept
        )
        if reading.result.error is not None or reading.preview is None:
            st.error(pictures.plain(reading.result.error or "The picture could not be read."))
            return
        found = reading.result.faces
        boxes.show(reading, key="live-boxes")
        if found:
            faces.emotion_bars(found[0].probabilities)
        else:
            st.write("No face found. Come closer, or lower the detection threshold.")
