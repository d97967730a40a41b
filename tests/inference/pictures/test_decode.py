import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from fer_core.errors import ImageError
from fer_core.inference.pictures import decode
from fer_core.inference.pictures.decode import decode_image, read_bytes, read_image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encode(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def split_image(mode: str = "RGB") -> Image.Image:
    """16x8 pixels: red on the left, blue on the right."""
    image = Image.new("RGB", (16, 8), RED)
    image.paste(BLUE, (8, 0, 16, 8))
    return image.convert(mode)


def rgb_at(frame: np.ndarray, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(value) for value in frame[y, x, ::-1])


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "GIF", "PPM"])
def test_lossless_formats_keep_every_pixel_in_bgr_order(form):
    frame = decode_image(encode(split_image(), form))
    assert frame.shape == (8, 16, 3)
    assert frame.dtype == np.uint8
    assert rgb_at(frame, 0, 0) == RED
    assert rgb_at(frame, 15, 7) == BLUE


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_keep_colours_about(form):
    frame = decode_image(encode(split_image().resize((64, 32)), form, quality=95))
    assert np.abs(np.array(rgb_at(frame, 8, 16)) - RED).max() < 30
    assert np.abs(np.array(rgb_at(frame, 56, 16)) - BLUE).max() < 30


@pytest.mark.parametrize(
    ("orientation", "red_corner"),
    list(enumerate([(0, 0), (15, 0), (15, 7), (0, 7), (0, 0), (7, 0), (7, 15), (0, 15)], start=1)),
)
@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
def test_exif_orientation_is_applied(form, orientation, red_corner):
    image = Image.new("RGB", (16, 8), WHITE)
    image.paste(RED, (0, 0, 8, 4))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 100, "subsampling": 0} if form == "JPEG" else {}
    frame = decode_image(encode(image, form, exif=exif.tobytes(), **options))
    assert frame.shape[:2] == ((8, 16) if orientation < 5 else (16, 8))
    assert np.abs(np.array(rgb_at(frame, *red_corner)) - RED).max() < 30


def test_damaged_exif_does_not_lose_the_picture():
    data = encode(split_image(), "PNG", exif=b"Exif\0\0MM\0\x2a\xff\xff\xff\xffgarbage")
    assert decode_image(data).shape == (8, 16, 3)


def test_transparency_is_laid_over_white():
    image = Image.new("RGBA", (4, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 128))
    frame = decode_image(encode(image, "PNG"))
    assert rgb_at(frame, 0, 0) == RED
    assert rgb_at(frame, 1, 0) == WHITE
    assert abs(rgb_at(frame, 2, 0)[0] - 127) <= 1


def test_gray_with_alpha_is_laid_over_white():
    frame = decode_image(encode(Image.new("LA", (2, 2), (0, 0)), "PNG"))
    assert rgb_at(frame, 0, 0) == WHITE


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_is_laid_over_white(mode):
    image = Image.new(mode, (2, 1), 0)
    transparent = (0, 0, 0) if mode == "RGB" else 0
    frame = decode_image(encode(image, "PNG", transparency=transparent))
    assert rgb_at(frame, 0, 0) == WHITE


def test_palette_image_has_its_colours():
    frame = decode_image(encode(split_image().quantize(4), "PNG"))
    assert rgb_at(frame, 0, 0) == RED
    assert rgb_at(frame, 15, 0) == BLUE


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bit_gray_is_scaled_not_clipped(form):
    values = np.array([[0, 32768, 65535]], dtype=np.uint16)
    frame = decode_image(encode(Image.fromarray(values), form))
    assert frame[0, :, 0].tolist() == [0, 127, 255]


def test_sixteen_bit_colour_is_scaled_not_clipped():
    frame = decode_image(make_png(2, 1, depth=16, color=2, row=struct.pack(">6H", *[32768] * 6)))
    assert frame[0, 0].tolist() == [127, 127, 127]


def test_float_image_of_0_to_1_is_scaled():
    values = np.array([[0.0, 0.5, 1.0, np.nan]], dtype=np.float32)
    frame = decode_image(encode(Image.fromarray(values), "TIFF"))
    assert frame[0, :, 0].tolist() == [0, 127, 255, 0]


def test_cmyk_jpeg_is_not_inverted():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red = rgb_at(decode_image(encode(image, "JPEG", quality=100)), 8, 8)
    assert red[0] > 200
    assert max(red[1:]) < 60


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_first_frame_of_an_animation(form):
    first, second = Image.new("RGB", (8, 8), GREEN), Image.new("RGB", (8, 8), BLUE)
    options = {"lossless": True} if form == "WEBP" else {}
    data = encode(first, form, save_all=True, append_images=[second], **options)
    read = read_image(data)
    assert rgb_at(read.frame_bgr, 4, 4) == GREEN
    assert "first" in read.note


def test_a_phone_s_jpeg_of_two_pictures():
    """MPO: a JPEG file with a second picture, as many phones write."""
    first, second = Image.new("RGB", (16, 16), GREEN), Image.new("RGB", (16, 16), BLUE)
    read = read_image(encode(first, "MPO", save_all=True, append_images=[second]))
    assert rgb_at(read.frame_bgr, 4, 4)[1] > 240
    assert read.note == ""


def test_black_and_white_image():
    frame = decode_image(encode(Image.new("1", (8, 8), 1), "PNG"))
    assert rgb_at(frame, 0, 0) == WHITE


def test_large_picture_is_shrunk_by_a_whole_factor(monkeypatch):
    monkeypatch.setattr(decode, "MAX_DECODED_PIXELS", 64 * 32)
    big = split_image().resize((128, 64), Image.Resampling.NEAREST)
    for form in ("PNG", "JPEG"):
        frame = decode_image(encode(big, form))
        assert frame.shape == (32, 64, 3)
        assert rgb_at(frame, 4, 4)[0] > 200
    for mode in ("P", "LA", "RGBA", "I;16", "1"):
        picture = Image.new(mode, (128, 64))
        assert decode_image(encode(picture, "PNG")).shape == (32, 64, 3)
    for form in ("PNG", "JPEG"):
        read = read_image(encode(big, form))
        assert (read.width, read.height, read.is_shrunk) == (128, 64, True)
        assert decode_image(encode(big, form), full=True).shape == (64, 128, 3)
    assert not read_image(encode(split_image(), "PNG")).is_shrunk


@pytest.mark.parametrize("size", [(129, 65), (257, 259), (515, 33), (64, 128)])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_the_size_in_the_file_is_told_to_the_pixel(form, orientation, size, monkeypatch):
    monkeypatch.setattr(decode, "MAX_DECODED_PIXELS", 64 * 32)
    exif = Image.Exif()
    exif[0x0112] = orientation
    read = read_image(encode(Image.new("RGB", size, RED), form, exif=exif.tobytes()))
    assert (read.width, read.height) == (size[::-1] if orientation > 4 else size)
    assert read.is_shrunk


def test_a_picture_shrunk_in_strips_has_no_seams(monkeypatch):
    """Strips must fit together, and deep images be scaled by one value for all of them."""
    columns, rows = np.meshgrid(np.linspace(0, 1, 301), np.linspace(0, 1, 997))
    ramp = ((columns + rows) / 2).astype(np.float32)
    for values in (ramp, (ramp * 65535).astype(np.uint16), (ramp * 255).astype(np.uint8)):
        data = encode(Image.fromarray(values), "TIFF")
        monkeypatch.setattr(decode, "MAX_DECODED_PIXELS", 40_000)
        small = decode_image(data)
        monkeypatch.undo()
        whole = decode_image(data)
        assert small.shape == (333, 101, 3)
        assert np.abs(small[:332, :100].astype(int) - whole[1:996:3, 1:300:3]).max() <= 2


def make_png(width: int, height: int, depth: int = 8, color: int = 2, row: bytes = b"") -> bytes:
    """A PNG written by hand, so that its header may promise anything."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" + row))
        + chunk(b"IEND", b"")
    )


PNG = encode(split_image(), "PNG")
NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
BAD = {
    "empty": (b"", "empty"),
    "one byte": (b"\x89", "not an image"),
    "truncated header": (PNG[:12], "not an image"),
    "truncated png": (encode(NOISE, "PNG")[:-900], "damaged or incomplete"),
    "truncated jpeg": (encode(NOISE, "JPEG")[:-300], "damaged or incomplete"),
    "truncated gif": (encode(NOISE, "GIF")[:-500], "damaged or incomplete"),
    "truncated webp": (encode(NOISE, "WEBP")[:-100], "damaged or incomplete|not an image"),
    "text": (b"Dear reader,\nthis is no image.\n", "a text file, not an image"),
    "text in utf-8": ("Grüße aus Zürich, ".encode() * 60, "a text file, not an image"),
    "html": (b"<!DOCTYPE html><html></html>", "a web page"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document, not an image"),
    "zip": (b"PK\x03\x04" + bytes(40), "a ZIP archive, not an image"),
    "mp4": (b"\0\0\0\x18ftypisom" + bytes(40), "a video, not an image"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "damaged or incomplete"),
    "jpeg xl": (b"\xff\x0a" + bytes(40), "JPEG XL"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a PostScript document"),
    "random bytes": (
        bytes(np.random.default_rng(1).integers(128, 256, 999, dtype=np.uint8)),
        "not",
    ),
    "20,000 x 20,000": (make_png(20_000, 20_000), "too many pixels.*50 megapixels"),
    "8,000 x 8,000": (make_png(8_000, 8_000), r"8,000 x 8,000.*50 megapixels"),
    "too many bytes": (bytes(decode.MAX_BYTES + 1), "at most 50 MB"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_sentence(case):
    data, words = BAD[case]
    with pytest.raises(ImageError, match=words) as caught:
        decode_image(data, "holiday.jpg")
    message = str(caught.value)
    assert message.startswith("holiday.jpg ")
    assert message.endswith(".")
    assert "\n" not in message
    assert "Error" not in message


def test_wrong_extension_does_not_matter(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(PNG)
    assert decode_image(read_bytes(path)).shape == (8, 16, 3)


@pytest.mark.parametrize("name", ["a/DSC_1.NEF", "b.dng", "c.cr2", "d.3fr"])
def test_the_thumbnail_of_a_raw_picture_is_not_taken_for_the_picture(name):
    data = encode(split_image(), "TIFF")
    with pytest.raises(ImageError, match=rf"^{name} is a camera's raw picture, which is not read"):
        read_image(data, name)
    assert read_image(data, "scan.tif").width == split_image().width
    assert read_image(encode(split_image(), "JPEG"), name).width == split_image().width


def test_directory_missing_file_and_device_are_refused(tmp_path):
    with pytest.raises(ImageError, match="is a directory"):
        read_bytes(tmp_path)
    with pytest.raises(ImageError, match="does not exist"):
        read_bytes(tmp_path / "nothing.png")
    with pytest.raises(ImageError, match="not a regular file"):
        read_bytes(type(tmp_path)("/dev/zero"))
    with pytest.raises(ImageError, match="cannot be opened"):
        read_bytes(tmp_path / ("x" * 300))


def test_file_size_is_checked_before_reading(tmp_path):
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ImageError, match="at most 50 MB"):
        read_bytes(path)


def damage(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` cut off, with some bits flipped, or with a stretch of it overwritten."""
    broken = bytearray(data)
    kind = rng.integers(3)
    if kind == 0:
        return bytes(broken[: rng.integers(len(broken))])
    if kind == 1:
        for _ in range(rng.integers(1, 20)):
            broken[rng.integers(len(broken))] ^= 1 << int(rng.integers(8))
        return bytes(broken)
    start, length = int(rng.integers(len(broken))), int(rng.integers(1, 64))
    broken[start : start + length] = rng.bytes(length)
    return bytes(broken)


def fuzz(rounds: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    exif = Image.Exif()
    exif[0x0112] = 6
    options = {"JPEG": {"exif": exif.tobytes()}, "TIFF": {"compression": "tiff_lzw"}}
    sources = [
        encode(NOISE.convert(mode), form, **options.get(form, {}))
        for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "AVIF")
        for mode in (("RGB", "L") if form in ("JPEG", "TIFF") else ("RGB",))
    ]
    refused = 0
    for number in range(rounds):
        data = damage(sources[number % len(sources)], rng)
        try:
            frame = decode_image(data, "fuzz")
        except ImageError:
            refused += 1
        else:
            assert frame.dtype == np.uint8
            assert frame.ndim == 3
            assert frame.shape[2] == 3
    assert 0 < refused < rounds


# Pillow warns of damaged metadata in files that it reads all the same.
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_files_give_an_image_or_an_image_error():
    fuzz(300, seed=0)


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_many_damaged_files_give_an_image_or_an_image_error():
    for seed in range(1, 11):
        fuzz(2_000, seed)
