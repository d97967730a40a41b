"""Overview: what is this, and how good is it?"""

import streamlit as st

from pages.parts.overview import headline, machine, own_picture, ranking, tiles
from pages.parts.overview.answered import Place
from pages.parts.shared import cached, frame
from pages.parts.shared.navigation import enter

enter()
frame.page_header("Facial expressions")
served = cached.default_run()

with frame.error_box():
    headline.sentence(served)
left, right = st.columns([5, 4], gap="medium")
with left:
    if served is not None:
        place = Place()
    else:
        frame.empty_state(
            "No model yet",
            "A picture is answered here once a run has left a model.",
            "Train one, or the report's network, which takes hours without a GPU:",
            command=frame.TRAIN_COMMAND,
        )
with right:
    given = own_picture.ask()
if served is not None:
    place.ask(served, given)
    with frame.error_box():
        headline.three_figures(served)
with frame.error_box():
    tiles.show(served)

left, right = st.columns([3, 2], gap="medium")
with left:
    ranking.show(served)
with right:
    ranking.show_speed()
    machine.show()
ranking.show_all()
frame.footer()
if served is not None:
    place.fill()
