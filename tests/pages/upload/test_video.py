"""Videos beside pictures."""

import numpy as np
from skimage import data
from streamlit.testing.v1 import AppTest

from fer_core.classes import CLASS_NAMES
from tests.inference.media import make_video
from tests.pages.upload.page import bars, png, text, upload


def test_a_video_gives_shares_of_time_and_a_timeline(page: AppTest) -> None:
    frames = [np.ascontiguousarray(data.astronaut()[..., ::-1])] * 20
    upload(page, ("clip.mp4", make_video(frames)))
    assert not page.exception
    assert "1.0 s read" in text(page) or "0.8 s read" in text(page)
    assert "a face in 100.0 % of them" in text(page)
    shares = [str(e.proto.body) for e in page.html if "video-shares" in str(e.proto.body)]
    assert shares[0].count("</tr>") == len(CLASS_NAMES)
    assert len(page.get("plotly_chart")) == 1
    assert len(page.get("video")) == 1


def test_a_video_says_first_what_was_seen_and_where_no_face_was(page: AppTest) -> None:
    face = np.ascontiguousarray(data.astronaut()[..., ::-1])
    half = [np.zeros_like(face)] * 20 + [face] * 20
    upload(page, ("half.mp4", make_video(half)), ("none.mp4", make_video([half[0]] * 5)))
    assert " 100.0 % of the time.**" in text(page)
    assert "a face in 50.0 % of them, 1 face." in text(page)
    assert "**No face found.**" in text(page)


def test_pictures_and_videos_are_read_together_and_stopped_apart(page: AppTest) -> None:
    frames = [np.zeros((64, 96, 3), np.uint8)] * 5
    files = [("a.mp4", make_video(frames)), ("b.mp4", make_video(frames))]
    upload(page, ("face.png", png(data.astronaut())), *files)
    assert not page.exception
    names = [header.value for header in page.subheader]
    assert names == ["a\\.mp4", "b\\.mp4"]
    assert len(bars(page)) == 1
    assert text(page).count("No face found") == 2


def test_a_bad_video_is_a_sentence(page: AppTest) -> None:
    upload(page, ("clip.mp4", b"this is no video"))
    assert not page.exception
    assert "is not a video that can be read" in page.error[0].value
