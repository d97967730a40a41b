import base64
import io

import numpy as np
import pytest
from PIL import Image

from fer_core.images import jpeg, png_url, shrunk


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1, 60_000), (1, 320)), ((60_000, 1), (320, 1)), ((640, 480), (320, 240)), ((9, 8), (9, 8))],
)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_the_longer_side_is_shrunk_to_the_limit(shape, expected, channels):
    small = shrunk(np.full((*shape, *channels), 90, np.uint8), 320)
    assert small.shape == (*expected, *channels)
    assert (small == 90).all()


@pytest.mark.parametrize("shape", [(48, 48), (5, 4, 3)])
def test_a_data_url_holds_the_pixels(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    head, _, data = png_url(pixels).partition(",")
    assert head == "data:image/png;base64"
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))), pixels)


def test_a_jpeg_has_the_colours_of_the_frame():
    blue = np.zeros((16, 16, 3), np.uint8)
    blue[..., 0] = 255
    seen = np.asarray(Image.open(io.BytesIO(jpeg(blue, 90))))
    assert seen[8, 8] == pytest.approx([0, 0, 255], abs=4)
