"""Shows the frame of a video under the cursor of its timeline.

A component of the page: it listens to the Plotly chart with a given key and shows the still
nearest to the moment that is pointed at. The slider does the same by keyboard and on screens
without a pointer. Stills are made by `video_log`; their texts are put in as text, never as
HTML.
"""

import base64
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from fer_core.inference.video.log import Still

_PARTS = {
    kind: Path(__file__).with_suffix(f".{kind}").read_text(encoding="utf-8")
    for kind in ("html", "css", "js")
}


def still_viewer(stills: Sequence[Still], chart: str, key: str) -> None:
    """Shows one still or more; `chart` is the key of the chart that it follows, by seconds."""
    import cv2
    import numpy as np

    first = cv2.imdecode(np.frombuffer(stills[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    viewer = st.components.v2.component("fer_still_viewer", **_PARTS)
    viewer(
        key=key,
        data={
            "chart": chart,
            "shape": f"{first.shape[1]} / {first.shape[0]}",
            "stills": [
                {
                    "seconds": still.seconds,
                    "when": f"{still.seconds:.1f} s",
                    "text": still.text,
                    "jpeg": base64.b64encode(still.jpeg).decode(),
                }
                for still in stills
            ],
        },
    )
