"""A film for Chromium's fake camera: faces that move about, or an empty room.

with open_browser(camera_arguments(write_film(Path("camera.y4m")))) as browser: ...
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 640, 480
FPS = 30
_SECONDS = 3  # the camera repeats the film
_PICTURE = 300  # pixels of the pasted photograph's side; the face in it has about half of that
_PHOTOGRAPH = (slice(0, 240), slice(105, 345))  # of scikit-image's astronaut, around the face
_BACKGROUND = 90


def write_film(path: Path, faces: int = 1, *, fps: int = FPS, gray: bool = False) -> Path:
    """Writes a YUV4MPEG2 film, 640x480, three seconds that join without a jump.

    Args:
        path: of the new file; Chromium wants the ending `.y4m`.
        faces: 0 for an empty room, 1 for a face in the left half, 2 for one in each half.
        fps: pictures a second.
        gray: without colour, so that what is drawn on the film can be told from it.

    Returns:
        `path`.
    """
    import cv2

    photographs = _photographs(gray)[:faces]
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT, fps))
        for angle in np.linspace(0, 2 * np.pi, _SECONDS * fps, endpoint=False):
            frame: NDArray[np.uint8] = np.full((HEIGHT, WIDTH, 3), _BACKGROUND, np.uint8)
            for index, photograph in enumerate(photographs):
                turn = angle + index * np.pi
                x = round(10 + 10 * np.cos(turn)) + index * WIDTH // 2
                y = round(90 + 60 * np.sin(turn))
                frame[y : y + _PICTURE, x : x + _PICTURE] = photograph
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


def camera_arguments(film: Path) -> list[str]:
    """Chromium's switches for a camera that shows `film` and asks nobody."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film.resolve()}",
    ]


def _photographs(gray: bool) -> list[NDArray[np.uint8]]:
    """A face and its mirror image, each (300, 300, 3) RGB."""
    import cv2
    from skimage import data

    face = cv2.resize(data.astronaut()[_PHOTOGRAPH], (_PICTURE, _PICTURE))
    if gray:
        face = cv2.cvtColor(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return [np.asarray(face, np.uint8), np.asarray(face[:, ::-1], np.uint8)]
