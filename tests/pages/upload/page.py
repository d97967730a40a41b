"""How tests bring pictures to the Upload page and read what it shows."""

import io

import cv2
import numpy as np
from skimage import data
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

NOTE = "The better one could not be fetched."


def upload(page: AppTest, *files: tuple[str, bytes]) -> None:
    page.file_uploader[0].set_value([(name, content, "image/png") for name, content in files])
    page.run()


def png(rgb: np.ndarray) -> bytes:
    done, buffer = cv2.imencode(".png", rgb[..., ::-1])
    assert done
    return io.BytesIO(buffer.tobytes()).getvalue()


def bars(page: AppTest) -> list[str]:
    return [str(e.proto.body) for e in page.html if "emotion-bars" in str(e.proto.body)]


def html(page: AppTest, mark: str) -> str:
    """The element of the page's own HTML that has this mark."""
    return next(str(e.proto.body) for e in page.html if mark in str(e.proto.body))


def thumbnails(page: AppTest) -> list[Button]:
    return [button for button in page.button if str(button.key).startswith("open-")]


def three_faces() -> np.ndarray:
    """One face three times, each time darker."""
    face = data.astronaut()[:300, 100:400]
    return np.hstack([face, face // 2, face // 3])


def text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader, *page.error]
    return "\n".join(str(element.value) for element in shown)
