"""Decodes any image file that a user may bring into BGR pixels, or says why not.

Limits are checked before pixels are decoded. Pillow's exceptions end here.
"""

import contextlib
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from fer_core.errors import ImageError

MAX_BYTES = 50 * 2**20
MAX_PIXELS = 50_000_000  # larger pictures are refused
MAX_DECODED_PIXELS = 16_000_000  # larger pictures are shrunk by a whole factor, which bounds memory

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "PPM", "AVIF", "JPEG2000")
"""What Pillow may try; none of them runs another program, as EPS would."""
SUPPORTED = "JPEG, PNG, GIF, WebP, BMP, TIFF, PPM or AVIF"

_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1")
_SIGNATURES = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PK\x05\x06", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"8BPS", "a Photoshop document"),
    (b"%!PS", "a PostScript document"),
)


def decode_image(data: bytes, name: str = "image") -> NDArray[np.uint8]:
    """Decodes one image as uint8 (h, w, 3), BGR; of an animated one the first frame.

    EXIF orientation is applied, transparency laid over white, 16-bit and CMYK converted.
    The content decides, not the name, which is how messages call the file. Pictures of more
    than `MAX_DECODED_PIXELS` come back shrunk by a whole factor.

    Raises:
        ImageError: one sentence that begins with `name`.
    """
    if not data:
        raise ImageError(f"{name} is empty (0 bytes).")
    if len(data) > MAX_BYTES:
        raise _too_large(name, len(data))
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _decode(image, name)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _too_many_pixels(name) from exc
    except UnidentifiedImageError as exc:
        raise ImageError(_unidentified(data, name)) from exc
    except MemoryError as exc:
        raise ImageError(f"{name} needs more memory than there is. Make it smaller.") from exc
    except Exception as exc:  # Pillow's plugins raise nearly anything on damaged files
        raise ImageError(
            f"{name} is damaged or incomplete and cannot be read. Save or download it again."
        ) from exc


def shrunk_by(data: bytes) -> int:
    """By which factor `decode_image` divides the sides of this image file; 1 for most files."""
    with contextlib.suppress(Exception), Image.open(io.BytesIO(data), formats=FORMATS) as image:
        return _shrink_factor(image.width * image.height)
    return 1


def read_bytes(path: Path) -> bytes:
    """A regular file's bytes; raises `ImageError` where it is missing, unreadable or too large."""
    try:
        if path.is_dir():
            raise ImageError(f"{path} is a directory. Name the image files in it.")
        if not path.exists():
            raise ImageError(f"{path} does not exist.")
        if not path.is_file():
            raise ImageError(f"{path} is not a regular file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise _too_large(str(path), size)
        return path.read_bytes()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not a valid file name"
        raise ImageError(f"{path} cannot be opened: {reason.lower()}.") from exc


def _decode(image: Image.Image, name: str) -> NDArray[np.uint8]:
    _check_pixels(image, name)
    width, height = image.size
    if image.format in ("JPEG", "MPO") and width * height > MAX_DECODED_PIXELS:
        # libjpeg decodes at a half, quarter or eighth for a fraction of the memory.
        factor = _shrink_factor(width * height)
        image.draft(None, (width // factor, height // factor))
    image.load()
    _check_pixels(image, name)  # the first frame may have enlarged a GIF's canvas
    _turn_upright(image)
    factor = _shrink_factor(image.width * image.height)
    top = _brightest(image)
    rgb = _shrunk(image, factor, top) if factor > 1 else _to_rgb(image, top)
    return np.ascontiguousarray(np.asarray(rgb, dtype=np.uint8)[:, :, ::-1])


def _check_pixels(image: Image.Image, name: str) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels(name, image.size)
    if min(image.size) < 1:
        raise ImageError(f"{name} has no pixels.")


def _shrink_factor(pixels: int) -> int:
    return int(np.ceil(np.sqrt(pixels / MAX_DECODED_PIXELS)))


def _turn_upright(image: Image.Image) -> None:
    """Applies the EXIF orientation in place: a copy of a large picture costs 200 MB."""
    # A damaged EXIF block says nothing; the pixels are fine.
    with contextlib.suppress(Exception):
        ImageOps.exif_transpose(image, in_place=True)


def _shrunk(image: Image.Image, factor: int, top: float) -> Image.Image:
    """`image` as RGB, each side divided by `factor`; in strips, to hold no second copy."""
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    step = 64 * factor
    for y in range(0, image.height, step):
        strip = image.crop((0, y, image.width, min(y + step, image.height)))
        small.paste(_to_rgb(strip, top).reduce(factor), (0, y // factor))
    return small


def _to_rgb(image: Image.Image, top: float) -> Image.Image:
    """`image` as RGB over white; of more than 8 bits, `top` becomes 255."""
    if _is_deep(image):
        values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0, neginf=0.0)
        image = Image.fromarray(np.clip(values * (255 / top), 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    return image.convert("RGB")


def _is_deep(image: Image.Image) -> bool:
    """Whether a gray image has more than 8 bits; Pillow reduces colour images itself."""
    return image.mode.startswith("I") or image.mode == "F"


def _brightest(image: Image.Image) -> float:
    """The value that white has in a gray image of more than 8 bits; 255 in others."""
    if image.mode.startswith("I;16"):
        return 65535.0
    if not _is_deep(image):
        return 255.0
    extremes = np.asarray(image.getextrema(), dtype=np.float64)
    highest = float(np.nan_to_num(extremes[1], nan=255.0, posinf=255.0))
    if image.mode == "F" and highest <= 1:
        return 1.0
    return next((limit for limit in (255.0, 65535.0) if highest <= limit), highest)


def _too_large(name: str, size: int) -> ImageError:
    return ImageError(
        f"{name} has {size / 2**20:,.0f} MB; at most {MAX_BYTES // 2**20} MB are read. "
        "Make it smaller and try again."
    )


def _too_many_pixels(name: str, size: tuple[int, int] | None = None) -> ImageError:
    dimensions = f" ({size[0]:,} x {size[1]:,})" if size else ""
    return ImageError(
        f"{name} has too many pixels{dimensions}; at most {MAX_PIXELS // 10**6} megapixels "
        "are read. Make it smaller and try again."
    )


def _unidentified(data: bytes, name: str) -> str:
    head = data[:512]
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return f"{name} is a HEIC image, which is not supported. Save it as JPEG or PNG."
    kind = next((kind for start, kind in _SIGNATURES if head.startswith(start)), None)
    if kind is None and head[4:8] == b"ftyp":
        kind = "a video"
    markup = b"<!doctype", b"<html", b"<?xml", b"<svg"
    if kind is None and head.lstrip().lower().startswith(markup):
        kind = "a web page or an SVG drawing"
    if kind is None and _is_text(head):
        kind = "a text file"
    if kind is not None:
        return f"{name} is {kind}, not an image. Use {SUPPORTED}."
    return f"{name} is not an image that can be read, or it is damaged. Use {SUPPORTED}."


def _is_text(head: bytes) -> bool:
    try:
        text = head[:508].decode("utf-8", errors="strict")
    except UnicodeDecodeError as exc:
        if exc.start < min(len(head), 508) - 3:
            return False
        text = head[: exc.start].decode("utf-8")
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
