"""What a file is that is no image, in a sentence."""

from fer_core.inference.file_types import PICTURE_BRANDS, PICTURE_FORMATS, refused

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
    (b"\0\0\0\x0cJXL ", "a JPEG XL image, which is not read"),
    (b"\xff\x0a", "a JPEG XL image, which is not read"),
    (b"\0\0\1\0", "an icon, which is not read"),
)


def unidentified(data: bytes, name: str) -> str:
    """One sentence, which begins with `name`, on the bytes of a file that no decoder knows."""
    head = data[:512]
    kind = next((kind for start, kind in _SIGNATURES if head.startswith(start)), None)
    if kind is None and head[4:8] == b"ftyp":
        if head[8:12] in PICTURE_BRANDS:
            return f"{name} is damaged or incomplete and cannot be read. Save or download it again."
        kind = "a camera's raw picture" if head[8:12] == b"crx " else "a video"
    markup = b"<!doctype", b"<html", b"<?xml", b"<svg"
    if kind is None and head.lstrip().lower().startswith(markup):
        kind = "a web page or an SVG drawing"
    if kind is None and _is_text(head):
        kind = "a text file"
    if kind is not None:
        return f"{name} is {kind}, not an image. Use {PICTURE_FORMATS}."
    if reason := refused(name):
        return f"{name} {reason}"
    return f"{name} is not an image that can be read, or it is damaged. Use {PICTURE_FORMATS}."


def _is_text(head: bytes) -> bool:
    try:
        text = head[:508].decode("utf-8", errors="strict")
    except UnicodeDecodeError as exc:
        if exc.start < min(len(head), 508) - 3:
            return False
        text = head[: exc.start].decode("utf-8")
    return all(character.isprintable() or character in "\t\r\n\f" for character in text)
