"""Decodes any image file that a user may bring into BGR pixels, or says why not.

Limits are checked before pixels are decoded. Exceptions of the decoders end here.
"""

import contextlib
import io
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from fer_core.errors import ImageError
from fer_core.inference.file_types import TIFF_STARTS, printable_path, refused
from fer_core.inference.pictures import depth, refusal
from fer_core.inference.results import ImageResult

MAX_BYTES = 50 * 2**20
MAX_PIXELS = 50_000_000  # larger pictures are refused
MAX_DECODED_PIXELS = 16_000_000  # larger pictures are shrunk by a whole factor, which bounds memory

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "DIB", "TIFF", "PPM", "AVIF", "JPEG2000")
"""What Pillow may try, beside HEIC; none of them runs another program, as EPS would."""

_LYING = (5, 6, 7, 8)  # EXIF orientations of pictures that are stored on their side


@dataclass(frozen=True, eq=False)
class Decoded:
    """A picture's pixels, uint8 (h, w, 3), BGR, upright; its size in the file, upright, which is
    larger where it was shrunk; and what of the file was left out, in a sentence or empty.
    """

    frame_bgr: NDArray[np.uint8]
    width: int
    height: int
    note: str = ""

    @property
    def is_shrunk(self) -> bool:
        """Whether the file has more pixels."""
        return self.frame_bgr.shape[:2] != (self.height, self.width)

    def about(self, result: ImageResult) -> ImageResult:
        """What was seen in the pixels, with boxes in pixels of the file."""
        return replace(result.scaled_to(self.width, self.height), note=self.note)


def decode_image(data: bytes, name: str = "image", *, full: bool = False) -> NDArray[np.uint8]:
    """The pixels that `read_image` gives."""
    return read_image(data, name, full=full).frame_bgr


def read_image(data: bytes, name: str = "image", *, full: bool = False) -> Decoded:
    """Decodes one image; of an animated one the first frame.

    EXIF orientation is applied, transparency laid over white, and what has more than 8 bits
    scaled by the range that its values use (10, 12, 14 or 16 bits, 0-1 or 0-255). The content
    decides, not the name, which is how messages call the file; but cameras' raw pictures are TIFFs
    with a thumbnail, which is not read in place of the picture. Pictures of more than
    `MAX_DECODED_PIXELS` come back shrunk by a whole factor, unless they are asked for in `full`.

    Raises:
        ImageError: one sentence that begins with `name`.
    """
    if not data:
        raise ImageError(f"{name} is empty (0 bytes).")
    if len(data) > MAX_BYTES:
        raise too_large(name, len(data))
    if data.startswith(TIFF_STARTS) and (reason := refused(name)):
        raise ImageError(f"{name} {reason}")
    try:
        with _open(data, name) as image:
            return _decode(image, data, name, full)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _too_many_pixels(name) from exc
    except UnidentifiedImageError as exc:
        raise ImageError(refusal.unidentified(data, name)) from exc
    except MemoryError as exc:
        raise ImageError(f"{name} needs more memory than there is. Make it smaller.") from exc
    except Exception as exc:  # the decoders raise nearly anything on damaged files
        raise ImageError(
            f"{name} is damaged or incomplete and cannot be read. Save or download it again."
        ) from exc


def read_bytes(path: Path, name: str = "") -> bytes:
    """A regular file's bytes; raises `ImageError` where it is missing, unreadable or too large.
    Messages call it `name`, or by its path.
    """
    name = name or printable_path(path)
    try:
        if path.is_dir():
            raise ImageError(f"{name} is a directory. Name the image files in it.")
        if not path.exists():
            raise ImageError(f"{name} does not exist.")
        if not path.is_file():
            raise ImageError(f"{name} is not a regular file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise too_large(name, size)
        return path.read_bytes()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or "not a valid file name"
        raise ImageError(f"{name} cannot be opened: {reason.lower()}.") from exc


@cache
def _heic() -> tuple[str, ...]:
    """Lets Pillow read HEIC, the main picture alone and on one thread; the format's name."""
    import pi_heif

    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    return ("HEIF",)


def _open(data: bytes, name: str) -> Image.Image:
    """The file as Pillow opens it, or, in the forms that it has no mode for, its pixels."""
    more = _heic() if data[4:8] == b"ftyp" else ()
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS + more)
    except UnidentifiedImageError:
        size = depth.size_of(data)
        if size is None:
            raise
        _check_size(size, name)
        return depth.colour(data)


def _decode(image: Image.Image, data: bytes, name: str, full: bool) -> Decoded:
    _check_size(image.size, name)
    note = _note(image)
    if depth.is_deep_colour(image, data):
        # OpenCV turns a TIFF itself.
        exif = {} if image.format == "TIFF" else image.getexif()
        image = depth.colour(data, exif.get(ExifTags.Base.Orientation, 1))
    size = image.size
    if image.format in ("JPEG", "MPO") and _shrink_factor(size) > 1 and not full:
        # libjpeg decodes at a half, quarter or eighth for a fraction of the memory.
        factor = _shrink_factor(size)
        image.draft(None, (image.width // factor, image.height // factor))
    is_drafted = image.size != size
    image.load()
    _check_size(image.size, name)  # the first frame may have enlarged a GIF's canvas
    size = size if is_drafted else image.size
    width, height = size[::-1] if _turn_upright(image) else size
    factor = 1 if full else _shrink_factor(image.size)
    span = depth.span(image)
    rgb = _shrunk(image, factor, span) if factor > 1 else _to_rgb(image, span)
    frame = np.ascontiguousarray(np.asarray(rgb, dtype=np.uint8)[:, :, ::-1])
    return Decoded(frame, width, height, note)


def _note(image: Image.Image) -> str:
    """What of the file is left out, in a sentence."""
    if image.format in ("MPO", "HEIF") or not getattr(image, "is_animated", False):
        return ""  # phones store a second picture, as for depth
    if image.format == "TIFF":
        return "It has several pages, of which the first was read."
    return "It is animated; its first frame was read."


def _check_size(size: tuple[int, int], name: str) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise _too_many_pixels(name, size)
    if min(size) < 1:
        raise ImageError(f"{name} has no pixels.")


def _shrink_factor(size: tuple[int, int]) -> int:
    return int(np.ceil(np.sqrt(size[0] * size[1] / MAX_DECODED_PIXELS)))


def _turn_upright(image: Image.Image) -> bool:
    """Applies the EXIF orientation in place: a copy of a large picture costs 200 MB. Whether width
    and height have changed places.
    """
    lies = False
    # A damaged EXIF block says nothing; the pixels are fine.
    with contextlib.suppress(Exception):
        lies = image.getexif().get(ExifTags.Base.Orientation) in _LYING
        ImageOps.exif_transpose(image, in_place=True)
    return lies


def _shrunk(image: Image.Image, factor: int, span: depth.Span) -> Image.Image:
    """`image` as RGB, each side divided by `factor`; in strips, to hold no second copy."""
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    step = 64 * factor
    for y in range(0, image.height, step):
        strip = image.crop((0, y, image.width, min(y + step, image.height)))
        small.paste(_to_rgb(strip, span).reduce(factor), (0, y // factor))
    return small


def _to_rgb(image: Image.Image, span: depth.Span) -> Image.Image:
    """`image` as RGB over white; the values of more than 8 bits by their `span`."""
    if depth.is_deep_gray(image):
        image = Image.fromarray(depth.to_8_bit(np.asarray(image), span))
    if image.mode == "LAB":  # its lightness is what faces need
        image = image.getchannel("L")
    if image.has_transparency_data:
        over = image.convert("RGBA")
        white = Image.new("RGBA", over.size, "white")
        return Image.alpha_composite(white, over).convert("RGB")
    return image.convert("RGB")


def too_large(name: str, size: int) -> ImageError:
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
