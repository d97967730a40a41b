"""Live: what does it see now?"""

from typing import TYPE_CHECKING

import streamlit as st

from fer_core.inference.live.sessions import MAX_SESSIONS_VARIABLE
from fer_core.inference.live.state import LiveSettings
from fer_core.inference.smoothing import DEFAULT_HALF_LIFE
from fer_core.runs.store import Run
from pages.parts.live import live_panel, live_session
from pages.parts.live.ice import IceConfiguration, IceSource
from pages.parts.live.live_session import LiveSession
from pages.parts.shared import cached, choices, faces, frame, handover, navigation, pictures
from pages.parts.shared.navigation import enter
from pages.parts.shared.pictures import Picture

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

REFRESH = 0.5  # seconds between two looks at the newest frame

SECRETS = """\
CLOUDFLARE_TURN_KEY_ID = "..."
CLOUDFLARE_TURN_KEY_API_TOKEN = "..."
"""


def choose_settings(run: Run) -> LiveSettings:
    """The controls that act while the video plays."""
    smoothing, threshold, mirror = st.columns([3, 3, 2], gap="medium", vertical_alignment="center")
    half_life = smoothing.slider(
        "Smoothing, seconds",
        0.0,
        2.0,
        DEFAULT_HALF_LIFE,
        0.1,
        key="smoothing",
        bind="query-params",
        help="After this time an earlier look at a face counts half; 0 shows each frame alone.",
    )
    confidence = threshold.slider(
        "Detection threshold",
        0.3,
        0.95,
        0.6,
        0.05,
        key="confidence",
        bind="query-params",
        help="Faces that the detector is less sure of are left out.",
    )
    mirrored = mirror.toggle("Mirrored view", value=True, key="mirrored", bind="query-params")
    return LiveSettings(confidence, half_life, run.config.abstain_below or 0.0, mirrored)


def show_video(
    visitor: LiveSession, ice: IceConfiguration, predictor: "Predictor", settings: LiveSettings
) -> None:
    """The video at the left, what is seen at the right, the timeline below.

    Where no picture comes, the reason stands above and single pictures below.
    """
    notice = st.container()
    left, right = st.columns(2, gap="medium")
    with left:
        running = live_session.draw_video(visitor, ice)
    every = REFRESH if running else None

    @st.fragment(run_every=every)
    def now() -> None:
        live_session.watch(visitor)
        live_panel.show_now(visitor)

    @st.fragment(run_every=2 * every if every else None)
    def timeline() -> None:
        live_panel.show_timeline(visitor)

    with right:
        now()
        if running:
            offer_snapshot(visitor)
    if visitor.failed:
        notice.warning(live_panel.failure_text(visitor, ice))
        take_pictures(predictor, settings)
    else:
        timeline()
    st.caption(
        "Frames are read in this server's memory and forgotten with the next one; nothing is "
        "stored. The video ends when you stop the camera or leave the page."
    )


@st.fragment
def offer_snapshot(visitor: LiveSession) -> None:
    """A button that keeps the newest frame for the Upload page, and the way there.

    A link and no `st.switch_page`, which refuses to leave a page whose controls stand in
    the URL (Streamlit 1.67).
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Take snapshot", key="take-snapshot"):
            picture = visitor.processor.last_frame()
            if picture is None:
                st.caption("No picture has come yet. Wait until the video plays.", width="content")
            else:
                handover.give(picture)
        if handover.is_kept():
            st.page_link(navigation.UPLOAD, label="Open the snapshot in Upload")


def show_full(visitor: LiveSession) -> None:
    """Says that every place is taken, and draws the page again when one is free."""
    limit = visitor.places.limit
    taken = "is in use by one visitor" if limit == 1 else f"is in use by {limit} visitors"
    st.info(
        f"Live video {taken}, which is all that this server takes at once. This page offers the "
        "camera by itself when a place is free. Until then, take single pictures."
        if limit
        else "Live video is turned off on this server. Take single pictures instead."
    )

    @st.fragment(run_every=3.0 if limit else None)
    def wait() -> None:
        if visitor.places.has_room(visitor.visitor):
            st.rerun()

    wait()


def show_insecure() -> None:
    st.warning(
        "This page was opened by http. Browsers give a camera only to pages opened by https, or "
        "on the machine that the server runs on. Open it by https, or read a picture from a file:"
    )
    st.page_link(navigation.UPLOAD, label="Open the Upload page")


def take_pictures(predictor: "Predictor", settings: LiveSettings) -> None:
    """Snapshots in place of video: one picture, its boxes and the largest face's bars."""
    left, right = st.columns([4, 3], gap="medium")
    with left:
        shot = st.camera_input("Take a picture", key="live-shot")
    if shot is None:
        return
    picture = Picture(shot.file_id, "Camera picture", shot.getvalue)
    with right, frame.error_box():
        reading = pictures.read_all(
            [picture],
            predictor,
            min_confidence=settings.min_confidence,
            whole=set(),
            progress=lambda done, total: None,
        )[0]
        if reading.result.error is not None or reading.preview is None:
            st.error(pictures.plain(reading.result.error or "The picture could not be read."))
            return
        found = reading.result.faces
        labels = ", ".join(face.label for face in found) or "no face found"
        st.image(reading.preview, alt=f"Camera picture: {labels}")
        if found:
            faces.emotion_bars(found[0].probabilities)
        else:
            st.write("No face found. Come closer, or lower the detection threshold.")


def show_self_check(ice: IceConfiguration, limit: int) -> None:
    """Explains what helps the connection here, and what to set where it does not come."""
    with st.expander("Connection: what this server uses, and what to set up"):
        st.write(
            f"{ice.meaning} Visitors at a time: {limit}; `{MAX_SESSIONS_VARIABLE}` changes it."
        )
        st.table(
            {
                "Looked for": [finding.source.value for finding in ice.findings],
                "Found": [finding.text for finding in ice.findings],
            }
        )
        if ice.has_relay:
            return
        if ice.source is not IceSource.NONE:
            st.write("If no picture comes, the network between you and this server needs a relay.")
        st.write(
            "On Streamlit Community Cloud: create a TURN key at Cloudflare (Realtime, TURN), open "
            "the app's settings, then Secrets, and add the two lines below. Twilio "
            "(`TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN`) or servers of your own "
            "(`FER_ICE_SERVERS`) work as well; a Hugging Face token (`HF_TOKEN`) borrows a relay "
            "of Cloudflare's by a free service that may end. Elsewhere the same names are "
            "environment variables."
        )
        st.code(SECRETS, language="toml")


enter()
frame.page_header("Live", "What does it see now?")

with_model = choices.models_or_stop()

model_column, controls = st.columns([2, 5], gap="medium")
with model_column:
    run = choices.choose_model(with_model, cached.default_run())
with controls:
    settings = choose_settings(run)

if not live_session.camera_allowed():
    show_insecure()

with frame.error_box():
    with st.spinner("Loading the model"):
        predictor = cached.predictor(run)
    with st.spinner("Looking for servers that help the connection"):
        ice = live_session.ice_configuration()
    visitor = live_session.session(predictor)
    visitor.processor.configure(predictor, settings)
    if live_session.admit(visitor):
        show_video(visitor, ice, predictor, settings)
    else:
        show_full(visitor)
        take_pictures(predictor, settings)
    show_self_check(ice, visitor.places.limit)

frame.footer()
