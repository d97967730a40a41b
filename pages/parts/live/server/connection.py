"""How browser and server connect: what helps here, what to set up, and why nothing comes."""

import os
from functools import cache

import streamlit as st

from fer_core.inference.live.sessions import MAX_SESSIONS_VARIABLE
from pages.parts.live.server.ice import SETTINGS, IceConfiguration, IceFinder, IceSource
from pages.parts.live.server.session import WATCHDOG, LiveSession

_SECRETS = """\
CLOUDFLARE_TURN_KEY_ID = "..."
CLOUDFLARE_TURN_KEY_API_TOKEN = "..."
"""


def configuration() -> IceConfiguration:
    """The servers that this deployment's secrets and environment name."""
    # Here, in the page's thread: as it is imported it declares its component to the session.
    import streamlit_webrtc  # noqa: F401

    stored = st.secrets if st.secrets.load_if_toml_exists() else {}
    settings = {name: str(stored.get(name, "") or os.environ.get(name, "")) for name in SETTINGS}
    return _finder().find(settings)


def failure(visitor: LiveSession, ice: IceConfiguration) -> str:
    """Why there is no picture, and what can be done."""
    if visitor.started is not None and visitor.processor.state().statistics.processed > 0:
        return (
            f"No new picture has come for more than {WATCHDOG:.0f} seconds: the camera or the "
            "connection has stopped. Stop the camera and start it again, or take single pictures."
        )
    running = visitor.started is not None
    when = f"No picture came within {WATCHDOG:.0f} seconds" if running else "No picture came"
    again = "Stop the camera" if running else "Start the camera"
    return (
        f"{when}: browser and server could not connect. {ice.meaning} {again} to try again, or "
        "take single pictures, which need no such connection."
    )


def show(ice: IceConfiguration, limit: int) -> None:
    """What helps the connection here, and what to set up where it does not work."""
    with st.expander("Connection: what this server uses, and what to set up"):
        st.write(
            f"{ice.meaning} Visitors at a time: {limit}; `{MAX_SESSIONS_VARIABLE}` changes it."
        )
        st.table(
            {
                "Source": [finding.source.value for finding in ice.findings],
                "Result": [finding.text for finding in ice.findings],
            }
        )
        if ice.has_relay:
            return
        if ice.source is not IceSource.NONE:
            st.write("If no picture comes, the network between you and this server needs a relay.")
        st.write(
            "On Streamlit Community Cloud: create a TURN key at Cloudflare (Realtime, TURN), open "
            "the app's settings, then Secrets, and add the two lines below. Twilio "
            "(`TWILIO_ACCOUNT_SID`, `TWILIO_AUTH_TOKEN`, and the package `twilio`), servers of "
            "your own (`FER_ICE_SERVERS`) or a relay borrowed with a Hugging Face token "
            "(`HF_TOKEN`) work as well. Elsewhere the same names are environment variables."
        )
        st.code(_SECRETS, language="toml")


@cache
def _finder() -> IceFinder:
    """Not in Streamlit's cache: providers would be asked whenever a visitor empties it."""
    return IceFinder()
