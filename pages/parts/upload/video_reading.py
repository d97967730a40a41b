"""Reads a visitor's video within the page: progress, waiting for a turn, what the session keeps."""

import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import streamlit as st

from fer_core.errors import VideoError
from fer_core.inference.video.log import VideoLog
from fer_core.inference.video.reader import VideoSettings, read_video
from pages.parts.upload.inputs import Video

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

_KEPT = "video-logs"
_one_at_a_time = threading.Lock()
"""Not in Streamlit's cache, which any visitor can empty."""


def read(
    video: Video,
    predictor: "Predictor",
    settings: VideoSettings,
    progress: Callable[[float, str], None],
    *,
    read_new: bool,
) -> VideoLog | None:
    """What was seen in a video; from the session where it was read with these settings before.

    An interrupted run of the page leaves what it saw until then.

    Args:
        video: to read.
        predictor: model and detector.
        settings: how it is read.
        progress: called with the share that is done, 0-1, and in words.
        read_new: whether a video that was not read before is read; else what an interrupted
            run left, or None.
    """
    kept: dict[str, tuple[object, VideoLog]] = st.session_state.setdefault(_KEPT, {})
    identity = (predictor.classifier, predictor.detector, predictor.cropping, settings)
    if video.key in kept and kept[video.key][0] == identity:
        log = kept[video.key][1]
        if log.ended or not read_new:
            return log
    elif not read_new:
        return None
    log = VideoLog(video.name, settings.rate)
    kept[video.key] = (identity, log)
    # One visitor after another: two videos at once would take twice as long each.
    while not _one_at_a_time.acquire(timeout=0.5):
        progress(0.0, "Another visitor's video is being read; yours is next")
    try:
        progress(0.0, f"Opening {video.name}")
        samples = read_video(video.data(), video.name, predictor, settings, on_end=log.set_complete)
        # Closed at once when the page's run is interrupted, so that no decoder is left.
        with closing(samples):
            for sample in samples:
                log.add(sample)
                share = log.seconds / log.duration if log.duration else 0.0
                progress(min(share, 1.0), f"Reading {video.name}, {log.seconds:.0f} s")
    except VideoError as exc:
        log.error = str(exc)
    finally:
        _one_at_a_time.release()
    log.ended = True
    return log


def forget_others(videos: list[Video]) -> None:
    """Removes what was seen in videos that the visitor has taken away."""
    keys = {video.key for video in videos}
    kept = st.session_state.get(_KEPT, {})
    st.session_state[_KEPT] = {key: value for key, value in kept.items() if key in keys}
