"""Shows the frame of a video under the cursor of its timeline.

A component of the page: it listens to the Plotly chart with a given key and shows the still
nearest to the moment that is pointed at. The slider does the same by keyboard and on screens
without a pointer. Stills are made by `video_log`; their texts are put in as text, never as
HTML.
"""

import base64
from collections.abc import Sequence

import streamlit as st

from fer_core.inference.video.log import Still

_HTML = """
<figure>
  <img alt="">
  <figcaption><strong></strong> <span></span></figcaption>
  <label>Moment <input type="range" min="0" step="1" value="0"></label>
</figure>
"""

_CSS = """
figure { margin: 0; font-family: var(--st-font); color: var(--st-text-color); }
img { display: block; width: 100%; max-width: 480px; border-radius: 4px; aspect-ratio: var(--shape);
      background: var(--st-secondary-background-color); }
figcaption { font-size: .86rem; line-height: 1.4; min-height: 2.8em; padding-top: .3rem;
             font-variant-numeric: tabular-nums; max-width: 480px; }
label { display: flex; gap: .6rem; align-items: center; font-size: .86rem; max-width: 480px; }
input { flex: 1; accent-color: var(--st-primary-color); }
"""

_JS = """
export default function (component) {
  const { parentElement, data } = component;
  const find = (name) => parentElement.querySelector(name);
  const image = find("img"), when = find("strong"), what = find("span"), range = find("input");
  const stills = data.stills;
  image.style.setProperty("--shape", data.shape);
  range.max = stills.length - 1;
  const show = (index) => {
    const still = stills[index];
    range.value = index;
    range.setAttribute("aria-valuetext", still.when + ", " + still.text);
    image.src = "data:image/jpeg;base64," + still.jpeg;
    image.alt = "Frame at " + still.when + ": " + still.text;
    when.textContent = still.when;
    what.textContent = still.text;
  };
  const nearest = (seconds) => {
    let best = 0;
    stills.forEach((still, index) => {
      const closer = Math.abs(still.seconds - seconds) < Math.abs(stills[best].seconds - seconds);
      if (closer) best = index;
    });
    return best;
  };
  const hover = (event) => show(nearest(event.points[0].x));
  let plot = null;
  const attach = () => {
    // The chart may be drawn later than this, and anew.
    const found = document.querySelector(".st-key-" + data.chart + " .js-plotly-plot");
    if (found && found !== plot && found.on) {
      plot = found;
      plot.on("plotly_hover", hover);
    }
  };
  const timer = setInterval(attach, 400);
  range.oninput = () => show(Number(range.value));
  show(Math.min(Number(range.value), stills.length - 1));
  return () => {
    clearInterval(timer);
    if (plot) plot.removeListener("plotly_hover", hover);
  };
}
"""


def still_viewer(stills: Sequence[Still], chart: str, key: str) -> None:
    """Draws the viewer.

    Args:
        stills: at least one, in order.
        chart: key of the chart whose cursor it follows; its x is seconds.
        key: unique on the page.
    """
    import cv2
    import numpy as np

    first = cv2.imdecode(np.frombuffer(stills[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
    viewer = st.components.v2.component("fer_still_viewer", html=_HTML, css=_CSS, js=_JS)
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
