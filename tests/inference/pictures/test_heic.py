import contextlib

import numpy as np
import pytest

from fer_core.errors import ImageError
from fer_core.inference.pictures.decode import decode_image
from tests.inference.media import make_heic

CORNERS = [(0, 0), (-1, 0), (-1, -1), (0, -1)]


def red_corner() -> np.ndarray:
    """A white picture whose upper left quarter is red, uint8 (64, 128, 3), RGB."""
    rgb = np.full((64, 128, 3), 255, np.uint8)
    rgb[:32, :64] = (255, 0, 0)
    return rgb


@pytest.mark.parametrize("turns", range(4))
def test_a_phone_s_picture_is_read_upright(turns):
    frame = decode_image(make_heic(red_corner(), turns), "photo.heic")
    assert frame.shape == ((64, 128, 3) if turns % 2 == 0 else (128, 64, 3))
    assert np.abs(frame[CORNERS[turns]].astype(int) - (0, 0, 255)).max() < 20
    assert all((frame[corner] > 235).all() for corner in CORNERS if corner != CORNERS[turns])


@pytest.mark.parametrize(
    ("size", "words"),
    [((9000, 9000), "too many pixels"), ((128, 65), "damaged"), ((20, 20), "damaged")],
)
def test_a_header_that_tells_another_size_is_refused(size, words):
    with pytest.raises(ImageError, match=f"^photo.heic .*{words}"):
        decode_image(make_heic(red_corner(), size=size), "photo.heic")


def test_damage_gives_a_picture_or_a_sentence():
    data = make_heic(red_corner())
    rng = np.random.default_rng(0)
    for number in range(60):
        broken = bytearray(data[: rng.integers(1, len(data))] if number % 2 else data)
        for _ in range(8):
            broken[rng.integers(len(broken))] ^= 1 << int(rng.integers(8))
        with contextlib.suppress(ImageError):
            assert decode_image(bytes(broken), "x").ndim == 3
