"""Upload: what does it see in this face?"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.inference.results import to_frame, to_json
from fer_core.inference.video.reader import DEFAULT_HALF_LIFE, DEFAULT_RATE, VideoSettings
from pages.parts.shared import choices, frame, pictures
from pages.parts.shared.navigation import enter
from pages.parts.shared.pictures import Picture, Reading
from pages.parts.upload import batch, inputs, picture_cards, reading_settings, video_panel, videos
from pages.parts.upload.inputs import Inputs, Video
from pages.parts.upload.reading_settings import ReadingSettings

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

CARDS = 5  # pictures up to which each is shown in full; more become a table
STOPPED = "stopped-reading"


def show_detector(predictor: "Predictor") -> None:
    """Names the face detector; offers another attempt where it is the fallback."""
    detector = predictor.detector
    if not detector.note:
        st.caption(f"Face detector: {detector.name}.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Face detector: {detector.name}. {detector.note}", width="stretch")
        if st.button("Try again", key="retry-detector", help="Fetch the better detector again"):
            from fer_core.inference.detector import load_detector

            with st.spinner("Fetching the face detector, at most 5 seconds"):
                load_detector(retry=True)
            st.rerun()


def show_downloads(readings: list[Reading]) -> None:
    """What was read, in figures and as files that are made when they are asked for."""
    results = [reading.result for reading in readings]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{pictures.summary(readings)}**", width="stretch")
        st.download_button(
            "Download CSV",
            lambda: to_frame(results).to_csv(index=False),
            "faces.csv",
            "text/csv",
            on_click="ignore",
        )
        st.download_button(
            "Download JSON",
            lambda: to_json(results),
            "faces.json",
            "application/json",
            on_click="ignore",
        )
        batch.offer_annotated(readings)


def stop_reading(key: tuple[str, ...]) -> None:
    st.session_state.setdefault(STOPPED, set()).add(key)


def go_on_reading(key: tuple[str, ...]) -> None:
    st.session_state[STOPPED].discard(key)


class Progress:
    """A bar and a button that cancels, drawn when the first new work begins.

    Args:
        key: tells the work; what is stopped stays stopped until other work comes.
    """

    def __init__(self, key: tuple[str, ...]) -> None:
        self._key = key
        self._place = st.empty()
        self._draw: Callable[[float, str], object] | None = None

    @property
    def stopped(self) -> bool:
        return self._key in st.session_state.get(STOPPED, set())

    def show(self, share: float, text: str) -> None:
        """Shows how much is done, 0-1, and what is being done."""
        if self._draw is None:
            with self._place.container():
                self._draw = st.progress(0.0).progress
                st.button(
                    "Cancel",
                    key=f"cancel-{self._key[0]}",
                    on_click=stop_reading,
                    args=(self._key,),
                )
        self._draw(share, text)

    def end(self, left: str, offer: str) -> None:
        """Clears the place; where the work was stopped, says what is left and offers it.

        Args:
            left: what was not read, or nothing.
            offer: text of the button.
        """
        self._place.empty()
        if self.stopped and left:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.info(f"Stopped. {left}", width="stretch")
                st.button(
                    offer,
                    key=f"go-on-{self._key[0]}",
                    on_click=go_on_reading,
                    args=(self._key,),
                )


def show_pictures(
    chosen: list[Picture], settings: ReadingSettings, predictor: "Predictor", progress: Progress
) -> None:
    """Reads pictures and shows each, or a table where there are many."""
    readings = pictures.read_all(
        chosen,
        predictor,
        min_confidence=settings.threshold,
        whole=st.session_state.get("whole", set()),
        progress=lambda done, total: progress.show(
            done / total, f"Reading picture {done + 1} of {total}"
        ),
        previews=len(chosen) <= CARDS,
        read_new=not progress.stopped,
    )
    unread = len(chosen) - len(readings)
    left = f"{unread} of {len(chosen)} pictures were not read." if unread else ""
    progress.end(left, "Read the rest")
    if not readings:
        return
    show_downloads(readings)
    if len(chosen) <= CARDS:
        for reading in readings:
            picture_cards.show(reading, settings.run, predictor.classifier)
    else:
        batch.show(readings, settings, predictor)


def choose_video_settings(threshold: float) -> VideoSettings:
    """How videos are read; asked only when there is one."""
    left, right = st.columns(2, gap="medium")
    rate = left.slider(
        "Samples a second",
        1.0,
        10.0,
        DEFAULT_RATE,
        1.0,
        format="%d",
        key="rate",
        bind="query-params",
        help="Looks at the video; more take longer.",
    )
    half_life = right.slider(
        "Smoothing, seconds",
        0.0,
        2.0,
        DEFAULT_HALF_LIFE,
        0.1,
        format="%.1f",
        key="video-smoothing",
        bind="query-params",
        help="After this time an earlier look at a face counts half; 0 shows each sample alone.",
    )
    return VideoSettings(rate, threshold, half_life)


def show_video(video: Video, settings: VideoSettings, predictor: "Predictor") -> None:
    progress = Progress((video.key,))
    log = videos.read(video, predictor, settings, progress.show, read_new=not progress.stopped)
    unread = log is None or not log.ended
    left = f"{video.name} was not read to its end." if unread else ""
    progress.end(left, "Read it from the start")
    if log is not None:
        video_panel.show(log, video.key)


def show_all(brought: Inputs, settings: ReadingSettings) -> None:
    with st.spinner("Loading the model"):
        predictor = settings.predictor()
    if brought.pictures:
        progress = Progress(tuple(picture.key for picture in brought.pictures))
        show_pictures(brought.pictures, settings, predictor, progress)
    if brought.videos:
        video_settings = choose_video_settings(settings.threshold)
        for video in brought.videos:
            show_video(video, video_settings, predictor)
    show_detector(predictor)


enter()
frame.page_header("Upload", "What does it see in this face?")

with_model = choices.models_or_stop()

chosen_settings = reading_settings.choose(with_model)
brought = inputs.collect()
videos.forget_others(brought.videos)
if brought.pictures or brought.videos:
    with frame.error_box():
        show_all(brought, chosen_settings)

frame.footer()
