"""Pictures for the tests: faces of several sizes and brightnesses, and what goes wrong."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from skimage import data

from fer_core.tables import to_csv
from tests.inference.media import make_video, make_zip, png

PHOTO = np.ascontiguousarray(data.astronaut()[0:260, 120:380])
"""A face and little else, RGB."""


def make_pictures(folder: Path, count: int, *, every: int = 1) -> Path:
    """`count` JPEGs of one face in folders of 50. Faces are looked for in each `every`th; the
    others are too small for that, which saves most of the time.
    """
    for number in range(count):
        side = 100 + 9 * (number % 13) if number % every == 0 else 12
        picture = cv2.convertScaleAbs(
            cv2.resize(PHOTO[..., ::-1], (side, side)), beta=number % 50 - 25
        )
        place = folder / f"{number // 50:03d}" / f"{number:05d}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(place), picture)
    return folder


def add_others(folder: Path) -> Path:
    """A video, a ZIP, two files that cannot be read, and one that is none of these."""
    photo = cv2.resize(PHOTO, (128, 128))
    frames = [np.ascontiguousarray(np.roll(photo, at, axis=1)[..., ::-1]) for at in range(0, 12, 4)]
    (folder / "clip.mp4").write_bytes(make_video(frames, rate=10))
    (folder / "some.zip").write_bytes(make_zip(("a.png", png(photo)), ("bad.jpg", b"no picture")))
    (folder / "000" / "empty.png").touch()
    (folder / "000" / "letter.jpg").write_text("Dear reader", encoding="utf-8")
    (folder / "notes.log").write_text("none", encoding="utf-8")
    return folder


def table_of(out: Path | str) -> pd.DataFrame:
    """All parts, in the order of the shards."""
    return pd.read_parquet(out)


def csv_of(out: Path | str) -> str:
    return to_csv(table_of(out))
