"""Arrays of every convention are the same picture, or are refused by name."""

import io
import re

import numpy as np
import pytest
from PIL import Image

import fer_core
from fer_core.inference.pictures.decode import decode_image
from fer_core.reading.pixels import array_to_bgr, image_to_bgr


def gray_of(photo):
    return photo.mean(axis=2).astype(np.uint8)


def with_alpha(photo, value=255):
    return np.dstack([photo, np.full(photo.shape[:2], value, photo.dtype)])


SAME = {
    "rgb": (lambda p: p, True),
    "bgr": (lambda p: p[..., ::-1], False),
    "rgba": (with_alpha, True),
    "bgra": (lambda p: with_alpha(p[..., ::-1]), False),
    "float 0-1": (lambda p: p / 255, True),
    "float32 0-255": (lambda p: p.astype(np.float32), True),
    "float16": (lambda p: (p / 255).astype(np.float16), True),
    "overshoot": (lambda p: p / 255 * 1.04 - 0.01, True),
    "uint16": (lambda p: p.astype(np.uint16) * 257, True),
    "12 of 16 bits": (lambda p: p.astype(np.uint16) * 16, True),
    "int64 0-255": (lambda p: p.astype(np.int64), True),
    "colours first": (lambda p: p.transpose(2, 0, 1), True),
    "float colours first": (lambda p: p.transpose(2, 0, 1).astype(np.float32) / 255, True),
    "batch of one": (lambda p: p[None], True),
    "batch of one, colours first": (lambda p: p.transpose(2, 0, 1)[None], True),
    "not contiguous": (lambda p: np.repeat(p, 2, axis=1)[:, ::2], True),
}


@pytest.mark.parametrize("name", SAME)
def test_colours_of_every_convention_are_the_same_picture(photo, name):
    make, rgb = SAME[name]

    read = array_to_bgr(make(photo), rgb)

    assert read.dtype == np.uint8
    assert read.flags["C_CONTIGUOUS"]
    assert np.abs(read.astype(int) - photo[..., ::-1]).max() <= (9 if name == "overshoot" else 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda gray: gray,
        lambda gray: gray[..., None],
        lambda gray: gray[None],
        lambda gray: gray[None, ..., None],
        lambda gray: gray / 255,
        lambda gray: gray.astype(np.uint16) * 257,
    ],
)
def test_gray_needs_no_order_of_colours(photo, make):
    gray = gray_of(photo)

    read = array_to_bgr(make(gray), None)

    assert read.shape == photo.shape
    assert np.abs(read.astype(int) - gray[..., None]).max() <= 1


def test_what_is_transparent_is_white(photo):
    assert (array_to_bgr(with_alpha(photo, 0), True) == 255).all()


REFUSED = {
    "bool": (np.zeros((64, 64), bool), "dtype bool has no numbers of brightness"),
    "text": (np.full((64, 64), "a"), "has no numbers of brightness"),
    "complex": (np.zeros((64, 64), complex), "has no numbers of brightness"),
    "empty": (np.zeros((0, 64, 3), np.uint8), "shape (0, 64, 3) and dtype uint8 is empty"),
    "no values": (np.zeros((), np.uint8), "is no picture"),
    "a line": (np.zeros(64, np.uint8), "is no picture"),
    "NaN": (np.full((64, 64), np.nan), "holds NaN"),
    "infinite": (np.full((64, 64), np.inf), "holds NaN or infinite"),
    "standardized": (np.linspace(-2.1, 2.6, 4096).reshape(64, 64), "from -2.1 to 2.6"),
    "neither 0-1 nor 0-255": (np.linspace(0, 3, 4096).reshape(64, 64), "from 0 to 3"),
    "negative": (np.full((64, 64), -1, np.int16), "from -1 to -1"),
    "above 16 bits": (np.full((64, 64), 70_000), "from 70000 to 70000"),
    "a batch": (np.zeros((8, 64, 64, 3), np.uint8), "batch of 8 pictures: give it to read_many"),
    "two channels": (np.zeros((64, 64, 2), np.uint8), "neither 1, 3 nor 4 channels"),
    "colours first or last": (np.zeros((3, 64, 3), np.uint8), "first or last"),
    "five dimensions": (np.zeros((1, 1, 64, 64, 3), np.uint8), "is no picture"),
    "unknown order": (np.zeros((64, 64, 3), np.uint8), "say rgb=True"),
    "too large": (np.broadcast_to(np.uint8(0), (9000, 9000)), "too many pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_ambiguous_is_refused_with_its_shape(name):
    array, words = REFUSED[name]

    with pytest.raises(ValueError, match=re.escape(words)) as refused:
        array_to_bgr(array, None)

    assert str(array.shape) in str(refused.value)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "CMYK", "I;16", "F", "1", "YCbCr"])
def test_pillow_images_of_every_mode(photo, mode):
    image = Image.fromarray(photo)
    if mode == "I;16":
        image = Image.fromarray(gray_of(photo).astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(gray_of(photo).astype(np.float32))
    else:
        image = image.convert(mode)

    read = image_to_bgr(image)

    assert read.shape == photo.shape
    assert np.corrcoef(read.mean(axis=2).ravel(), photo.mean(axis=2).ravel())[0, 1] > 0.6


@pytest.mark.parametrize(
    ("mode", "low", "high"), [("F", 0, 1.5), ("F", -1, 1), ("F", 0, 700), ("I", 0, 70_000)]
)
def test_a_deep_gray_pillow_image_is_read_as_its_file_is(photo, mode, low, high):
    values = low + gray_of(photo) / 255 * (high - low)
    image = Image.fromarray(values.astype(np.float32 if mode == "F" else np.int32))
    file = io.BytesIO()
    image.save(file, "TIFF")

    assert np.array_equal(image_to_bgr(image), decode_image(file.getvalue()))


def test_a_pillow_image_is_turned_as_its_camera_says_and_stays_as_it_was(photo):
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    Image.fromarray(np.rot90(photo)).save(file, "PNG", exif=exif)
    image = Image.open(file)

    assert np.array_equal(image_to_bgr(image)[..., ::-1], photo)
    assert image.getexif()[0x0112] == 6


@pytest.mark.parametrize("thing", [None, 3, ["photo.png"], {"a": 1}])
def test_things_that_are_no_picture(thing):
    with pytest.raises(ValueError, match="must be a path, bytes, a NumPy array or a Pillow image"):
        fer_core.read(thing)
