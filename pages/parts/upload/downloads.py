"""What was seen in pictures as files, in one menu; each is made when it is asked for."""

from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from fer_core import formats
from fer_core.errors import FerError
from fer_core.images import png
from fer_core.inference.results import ImageResult, to_frame, to_json
from fer_core.tables import to_csv
from pages.parts.shared import pictures
from pages.parts.shared.pictures import Reading

_ANNOTATED = "annotated"


def offer(readings: list[Reading]) -> None:
    """The menu."""
    results = [reading.result for reading in readings]
    with st.popover("Download", icon=":material/download:", key="downloads"):
        _button("Table (CSV)", lambda: to_csv(to_frame(results)), "faces.csv", "text/csv")
        _button("JSON", lambda: to_json(results), "faces.json", "application/json")
        readable = [reading for reading in readings if reading.result.error is None]
        if len(readable) == 1:
            forget()
            reading = readable[0]
            name = f"{reading.picture.name.rpartition('/')[2].rpartition('.')[0] or 'picture'}"
            _button("Annotated picture", lambda: _drawn(reading), f"{name}-faces.png", "image/png")
        elif readable:
            _annotated_zip(readings)


def forget() -> None:
    """Removes the ZIP of annotated pictures."""
    st.session_state.pop(_ANNOTATED, None)


def _button(label: str, make: object, name: str, kind: str) -> None:
    st.download_button(label, make, name, kind, on_click="ignore", width="stretch")  # type: ignore[arg-type]


def _drawn(reading: Reading) -> bytes:
    from fer_core.inference.drawing import annotate

    return png(annotate(pictures.decode(reading.picture), reading.result)[..., ::-1])


def _annotated_zip(readings: list[Reading]) -> None:
    """Two steps, as drawing all pictures takes a while; forgotten with the pictures."""
    results = [reading.result for reading in readings]
    kept = st.session_state.pop(_ANNOTATED, None)
    if kept is not None and kept[0] == results:  # results compare by identity
        st.session_state[_ANNOTATED] = kept
        data, left_out = kept[1]
        size = formats.megabytes(len(data))
        _button(f"Annotated ZIP ({size})", data, "annotated.zip", "application/zip")
        if left_out:
            st.caption(f"Full: {formats.counted(left_out, 'picture')} left out. The CSV has all.")
    elif st.button("Prepare annotated ZIP", key="prepare-annotated", width="stretch"):
        from fer_core.inference.pictures.annotated_zip import annotated_zip

        bar = st.progress(0.0, "Drawing pictures")
        st.session_state[_ANNOTATED] = (results, annotated_zip(_drawable(readings, bar)))
        st.rerun()


def _drawable(
    readings: list[Reading], bar: "st.delta_generator.DeltaGenerator"
) -> Iterator[tuple[NDArray[np.uint8] | None, ImageResult]]:
    """Pixels and result of each picture, decoded once more; no pixels where it cannot be read."""
    for done, reading in enumerate(readings):
        bar.progress(done / len(readings), f"Drawing picture {done + 1} of {len(readings)}")
        frame = None
        if reading.result.error is None:
            with suppress(FerError):  # it could be read before, so this is rare
                frame = pictures.decode(reading.picture)
        yield frame, reading.result
