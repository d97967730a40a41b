"""Reads a visitor's video within the page, and shows what was seen in it: the frame under the
cursor, timeline, share of time, table.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.errors import FerError
from fer_core.inference.over_time import in_words
from fer_core.inference.results import time_code
from fer_core.inference.video.log import VideoLog
from fer_core.inference.video.reader import Sample, VideoSettings, read_video
from fer_core.plots.timeline import timeline_figure
from pages.parts.shared import charts, frame, pictures, tables
from pages.parts.upload import player
from pages.parts.upload.progress import Progress
from pages.parts.upload.settings import ReadingSettings, tell_smallest_face
from pages.parts.upload.unpacked import Video

if TYPE_CHECKING:
    from fer_core.inference.predictor import Predictor

_KEPT = "video-logs"
_SEARCHED = 4_000_000
"""Pixels at which a frame is searched for small faces, at most: about a second."""
_MINUTES = 10
"""That reading a video may take where others wait for it."""
_queue: list[object] = []
"""One entry a video that is read or waits, the one that is read first. Not in Streamlit's cache,
which any visitor can empty."""
_FACES, _TOLD = 8, 3
"""Faces up to which all are in view to choose from, and each is told in a line."""


def show(video: Video, settings: ReadingSettings, predictor: "Predictor") -> None:
    """Reads a video and shows what was seen in it."""
    videos = replace(settings.videos, max_searched=_SEARCHED)
    progress = Progress((video.key,))
    log = _read(video, predictor, videos, progress.show, read_new=not progress.is_cancelled)
    unread = log is None or not log.ended
    missing = f"{pictures.plain(video.name)} was not read to its end." if unread else ""
    progress.end(missing, "Read it from the start")
    if log is not None:
        if (least := videos.smallest_face(log.size)) is not None:
            tell_smallest_face(settings, least)
        _show_log(log, video.key, in_words(predictor.temporal, videos.half_life))


def forget_others(videos: list[Video]) -> None:
    """Removes what was seen in videos that the visitor has taken away."""
    keys = {video.key for video in videos}
    kept = st.session_state.get(_KEPT, {})
    st.session_state[_KEPT] = {key: value for key, value in kept.items() if key in keys}


def _read(
    video: Video,
    predictor: "Predictor",
    settings: VideoSettings,
    progress: Callable[[float, str], None],
    *,
    read_new: bool,
) -> VideoLog | None:
    """What was seen in a video; from the session where it was read with these settings before.

    An interrupted run of the page leaves what it saw until then: all there is, if anything, where
    `read_new` is false. `progress` is called with the share that is done, 0-1, and in words.
    """
    kept: dict[str, tuple[object, VideoLog]] = st.session_state.setdefault(_KEPT, {})
    identity = (predictor.identity, settings)
    if video.key in kept and kept[video.key][0] == identity:
        log = kept[video.key][1]
        if log.ended or not read_new:
            return log
    elif not read_new:
        return None
    log, name = VideoLog(video.name, settings.rate), pictures.plain(video.name)
    kept[video.key] = (identity, log)
    try:
        with _turn(progress):
            progress(0.0, f"Opening {name}")
            data = video.data()
            samples = read_video(data, video.name, predictor, settings, on_end=log.set_complete)
            # Closed at once when the page's run is interrupted, so that no decoder is left.
            with closing(samples):
                _take(samples, log, lambda share, at: progress(share, f"Reading {name}, {at}"))
    except FerError as exc:
        log.error = str(exc)
    finally:
        log.close()
    log.ended = True
    return log


def _take(samples: Iterable[Sample], log: VideoLog, progress: Callable[[float, str], None]) -> None:
    """Puts samples into the log, for as long as others may be kept waiting."""
    until = time.monotonic() + 60 * _MINUTES
    for sample in samples:
        log.add(sample)
        share = log.seconds / log.duration if log.duration else 0.0
        progress(min(share, 1.0), f"{log.seconds:.0f} s")
        if len(_queue) > 1 and time.monotonic() >= until:
            log.error = (
                f"Reading ended {time_code(log.seconds)} into the video: others wait, and it took "
                f"over {_MINUTES} minutes. Fewer samples per second and a larger smallest face "
                "take less time; the command predict has no such limit."
            )
            return


@contextmanager
def _turn(progress: Callable[[float, str], None]) -> Iterator[None]:
    """Waits until the videos that came before are read: two at once would take twice as long each,
    and the second one's visitor would wait no less.
    """
    mine = object()
    _queue.append(mine)
    try:
        while before := _queue.index(mine):
            first = "Another visitor's video is being read; yours is next"
            several = f"{before} other visitors' videos are read before yours"
            progress(0.0, first if before == 1 else several)
            time.sleep(0.5)
        yield
    finally:
        _queue.remove(mine)


@frame.fragment
def _show_log(log: VideoLog, key: str, way: str) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader(pictures.plain(log.name), anchor=False)
            _show_downloads(log, key, way)
        st.markdown(_summary(log, way))
        if log.error is not None:
            st.error(pictures.plain(log.error))
        if not log.samples:
            return
        chart = f"timeline-{key}"
        left, right = st.columns([2, 3], gap="medium")
        with left:
            player.show(log, chart, key)
        numbers = log.numbers()
        with right:
            if not numbers:
                st.write("Lower the detection threshold, or choose another framing.")
                return
            number = _choose_face(numbers, key)
            fig = timeline_figure(
                f"Face {number} over time",
                *log.timeline(number),
                (0, max(log.seconds, 0.5)),
                height=350,
                xaxis_title="seconds from the start",
                yaxis_title="probability in %",
                hoverdistance=-1,
                uirevision="video",
            )
            charts.show(fig, _alt(log, number), key=chart)
        _show_shares(log, number if len(numbers) > 1 else None)
        _show_table(log, key)


def _show_downloads(log: VideoLog, key: str, way: str) -> None:
    if not log.samples:
        return
    stem = log.name.rpartition("/")[2].rpartition(".")[0] or "video"
    with st.popover("Download", icon=":material/download:", key=f"downloads-{key}"):
        table = log.to_frame().assign(smoothing=way)
        tables.csv_button(table, "samples", stem, f"video-csv-{key}")
        st.download_button(
            f"Annotated video ({formats.megabytes(len(log.annotated))})",
            log.annotated,
            f"{stem}-faces.mp4",
            "video/mp4",
            on_click="ignore",
            key=f"video-mp4-{key}",
        )


def _summary(log: VideoLog, way: str) -> str:
    """What was seen in a line, and how much was read for it in another."""
    if not log.samples:
        return ""
    lasting = log.lasting()
    parts = [
        f"{log.seconds:.1f} s read",
        f"{formats.counted(log.samples, 'sample')}, "
        f"a face in {formats.percent(log.with_face / log.samples)} of them",
    ]
    if lasting:
        parts.append(formats.counted(len(lasting), "face"))
    if brief := len(log.numbers()) - len(lasting):
        parts.append(f"{brief} more seen only briefly")
    text = f"**{_seen(log, lasting)}**  \n{', '.join(parts)}."
    if lasting:
        text += f" Smoothing over time: {way}; change it under Model and framing."
    if log.ended and not log.complete and log.error is None:
        text += " Only the first ten minutes of a video are read."
    return text


def _seen(log: VideoLog, numbers: list[int]) -> str:
    """What these faces showed most of the time: each of a few, or all together."""
    if not numbers:
        return "No face found."
    if len(numbers) == 1 or len(numbers) > _TOLD:
        text = _mostly(log, numbers[0] if len(numbers) == 1 else None)
        return f"{text[0].upper()}{text[1:]}."
    return f"{', '.join(f'Face {number} {_mostly(log, number)}' for number in numbers)}."


def _mostly(log: VideoLog, number: int | None) -> str:
    shares, unsure = log.shares(number)
    most = int(shares.argmax())
    if unsure > shares[most]:
        return f"without a sure answer {formats.percent(unsure)} of the time"
    return f"{CLASS_NAMES[most]} {formats.percent(shares[most])} of the time"


def _choose_face(numbers: list[int], key: str) -> int:
    """Number of the face to show; asks only where there are several."""
    if len(numbers) == 1:
        return numbers[0]
    label, key = "Face, the one seen longest first", f"video-face-{key}"
    if len(numbers) > _FACES:
        return st.selectbox(label, numbers, key=key)
    return st.pills(label, numbers, default=numbers[0], required=True, key=key, wrap=True)


def _show_shares(log: VideoLog, number: int | None) -> None:
    shares, unsure = log.shares(number)
    whose = f"face {number}" if number is not None else "the face"
    charts.class_bars(
        shares.tolist(),
        [formats.percent(share) for share in shares],
        caption=f"Share of the time in which {whose} was seen",
        note=f"not sure in {formats.percent(unsure)}" if unsure else "",
        strong=int(shares.argmax()) if shares.any() else None,
        test_id="video-shares",
    )


def _alt(log: VideoLog, number: int) -> str:
    shares, _ = log.shares(number)
    most = CLASS_NAMES[int(shares.argmax())]
    return (
        f"Timeline of the seven probabilities of face {number} over {log.seconds:.0f} seconds, "
        f"most often {most}"
    )


def _show_table(log: VideoLog, key: str) -> None:
    table = log.to_frame().drop(columns="image").dropna(axis="columns", how="all")
    box = st.expander("Every sample as a table", key=f"video-table-{key}", on_change="rerun")
    if box.open:
        alt = f"Samples of {log.name} with time code, face and probabilities"
        box.dataframe(table, hide_index=True, alt=alt)
