"""One photograph in every depth and container gives the same eight bits."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from fer_core.inference.pictures.decode import decode_image

RAMP = np.linspace(0, 255, 48 * 64).reshape(48, 64).astype(np.uint8)
COLOUR = np.dstack([RAMP, RAMP[::-1], 255 - RAMP])
WIDER = {10: 1023 / 255, 12: 4095 / 255, 14: 16383 / 255, 16: 257.0}


def by_pillow(values: np.ndarray, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, form, **options)
    return buffer.getvalue()


def by_opencv(values: np.ndarray, ending: str) -> bytes:
    done, data = cv2.imencode(ending, values)
    assert done
    return data.tobytes()


def distance(data: bytes, expected: np.ndarray) -> int:
    """The largest difference of a pixel."""
    expected = np.dstack([expected] * 3) if expected.ndim == 2 else expected
    frame = decode_image(data)
    assert frame.shape == expected.shape
    return int(np.abs(frame.astype(int) - expected).max())


@pytest.mark.parametrize("bits", WIDER)
@pytest.mark.parametrize("ending", [".png", ".tiff", ".pgm"])
def test_gray_of_any_depth_in_sixteen_bits(ending, bits):
    values = np.round(RAMP * WIDER[bits]).astype(np.uint16)
    assert distance(by_opencv(values, ending), RAMP) <= 1


@pytest.mark.parametrize("bits", WIDER)
@pytest.mark.parametrize("ending", [".png", ".tiff", ".ppm"])
def test_colour_of_any_depth_in_sixteen_bits(ending, bits):
    values = np.round(COLOUR * WIDER[bits]).astype(np.uint16)
    assert distance(by_opencv(values, ending), COLOUR) <= 1


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("picture", [RAMP, COLOUR], ids=["gray", "colour"])
def test_float_tiff(picture, kind, top):
    values = (picture / 255 * top).astype(kind)
    assert distance(by_opencv(values, ".tiff"), picture) <= 1


def test_float_of_minus_one_to_one_and_what_a_sharp_filter_leaves():
    signed = (RAMP / 127.5 - 1).astype(np.float32)
    assert distance(by_opencv(signed, ".tiff"), RAMP) <= 1
    over = (RAMP / 255 * 1.04 - 0.02).astype(np.float32)
    assert distance(by_opencv(over, ".tiff"), RAMP) <= 6


@pytest.mark.parametrize("picture", [RAMP, COLOUR], ids=["gray", "colour"])
def test_pfm(picture):
    assert distance(by_opencv((picture / 255).astype(np.float32), ".pfm"), picture) <= 1


@pytest.mark.parametrize("top", [255, 4095, 65535, 2**31 - 1])
def test_gray_of_32_bits(top):
    values = np.round(RAMP / 255 * top).astype(np.int32)
    assert distance(by_pillow(values, "TIFF"), RAMP) <= 1


def test_numbers_below_zero_are_darker_than_zero():
    values = RAMP.astype(np.int32) * 10 - 1000
    assert distance(by_pillow(values, "TIFF"), RAMP) <= 1


def test_white_is_zero_in_sixteen_bits():
    values = (RAMP.astype(np.uint16) * 257)[::-1, ::-1]
    data = by_pillow(values, "TIFF", tiffinfo={262: 0})
    assert distance(data, 255 - RAMP[::-1, ::-1]) <= 1


def test_what_is_no_number_is_black_and_the_rest_as_it_was():
    values = (RAMP / 255).astype(np.float32)
    values[0, 0], values[-1, -1] = np.nan, np.inf
    assert distance(by_opencv(values, ".tiff"), RAMP) <= 1


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_deep_transparency_is_laid_over_white(ending):
    alpha = np.full(RAMP.shape, 65535, np.uint16)
    alpha[:8] = 0
    deep = np.round(COLOUR * WIDER[12]).astype(np.uint16)
    expected = COLOUR.copy()
    expected[:8] = 255
    assert distance(by_opencv(np.dstack([deep, alpha]), ending), expected) <= 1


@pytest.mark.parametrize("ending", [".png", ".tiff"])
def test_deep_colour_is_turned_upright(ending):
    """Orientation 6 is shown turned to the right."""
    values = by_opencv(np.round(COLOUR * 257.0).astype(np.uint16), ending)
    if ending == ".png":
        exif = Image.Exif()
        exif[0x0112] = 6
        body = b"eXIf" + exif.tobytes()[6:]
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        values = values[:33] + chunk + values[33:]
    else:
        values = with_tiff_tag(values, 274, 6)
    assert distance(values, np.rot90(COLOUR, -1)) <= 1


def with_tiff_tag(data: bytes, tag: int, value: int) -> bytes:
    """A TIFF file of one page whose directory, moved to the end, has one tag more."""
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    entries = [data[start + 2 + 12 * i : start + 14 + 12 * i] for i in range(count)]
    entries.append(struct.pack("<HHII", tag, 3, 1, value))
    entries.sort(key=lambda entry: struct.unpack_from("<H", entry))
    directory = struct.pack("<H", count + 1) + b"".join(entries) + bytes(4)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + directory


def test_a_black_picture_stays_black():
    assert distance(by_opencv(np.zeros((48, 64), np.uint16), ".png"), 0 * RAMP) == 0


def test_damaged_deep_files_are_refused_in_a_sentence():
    from fer_core.errors import ImageError

    for ending in (".png", ".tiff", ".ppm", ".pfm"):
        kind = np.float32 if ending == ".pfm" else np.uint16
        data = by_opencv((COLOUR * 257.0).astype(kind), ending)
        with pytest.raises(ImageError, match="damaged or incomplete"):
            decode_image(data[: len(data) // 3])
