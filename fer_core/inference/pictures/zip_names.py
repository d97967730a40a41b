"""Names of a ZIP's members as they were meant.

A ZIP says of a name only whether it is UTF-8; older programs write it in the encoding of their
system and say nothing. Names that are no UTF-8 are taken for the encoding in which most of their
characters are common ones, which is right for most and certain for none: `names` says what it
took, so that whoever knows better can choose another.
"""

import codecs
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from itertools import pairwise

from fer_core.errors import ImageError

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
"""Extra field in which Info-ZIP and 7-Zip store a name as UTF-8 beside the old one."""
_HIGH = re.compile(rb"[\x80-\xff]+")
_WESTERN = ("cp850", "cp1252")
"""Of Windows' own ZIPs in Western Europe, and of other programs there."""
_ENOUGH = 0.7
"""Share of common characters from which an encoding is believed."""
_KOREAN = 8
"""Characters from which a text that Chinese and Korean could both be is Korean: of common Chinese
ones every third is none of Korea's."""


def check_encoding(encoding: str) -> str:
    """The encoding's own name; raises `ImageError` where Python knows none of this name."""
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise ImageError(
            f"'{encoding}' is no encoding that is known. Common ones: gbk, big5, shift_jis, "
            "cp949, cp850, cp866, cp1252."
        ) from None


def names(
    infos: Sequence[zipfile.ZipInfo], encoding: str | None = None
) -> tuple[list[str], str | None]:
    """The members' names, in order; and the encoding that was guessed, None where there was nothing
    to guess. A given `encoding` is taken for all names that are not said to be UTF-8.
    """
    stated = [_stated(info) for info in infos]
    raw = [
        b"" if name is not None else _raw(info) for name, info in zip(stated, infos, strict=True)
    ]
    if encoding is None and not _is_utf8(raw):
        encoding = guess = _guess(raw)
    else:
        encoding, guess = encoding or "utf-8", None
    decoded = (name.decode(encoding, errors="replace") for name in raw)
    return [a if a is not None else b for a, b in zip(stated, decoded, strict=True)], guess


def _stated(info: zipfile.ZipInfo) -> str | None:
    """A name that the ZIP says in UTF-8."""
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(body) > 5 and body[0] == 1:
            (checksum,) = struct.unpack_from("<I", body, 1)
            if checksum == zlib.crc32(_raw(info)):
                return body[5:].decode("utf-8", errors="replace")
    return None


def _raw(info: zipfile.ZipInfo) -> bytes:
    """The name's bytes, which `zipfile` has read as code page 437."""
    return info.orig_filename.encode("cp437", errors="replace")


def _is_utf8(raw: Sequence[bytes]) -> bool:
    try:
        b"\n".join(raw).decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guess(raw: Sequence[bytes]) -> str:
    runs = [len(run) for run in _HIGH.findall(b"\n".join(raw))]
    if runs.count(1) >= len(runs) / 2:  # single letters among Latin ones
        return max(_WESTERN, key=lambda name: _fit(raw, name))
    scores = {name: _score(raw, name, common) for name, common in _COMMON.items()}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < _ENOUGH:
        return _WESTERN[0]
    if best == "gbk" and scores["cp949"] == scores["gbk"]:
        length = sum(ord(c) > 127 for c in b"".join(raw).decode("gbk"))
        return "cp949" if length >= _KOREAN else "gbk"
    return best


def _fit(raw: Sequence[bytes], encoding: str) -> float:
    """The share of characters beyond ASCII that are letters, no large one after a small one."""
    text = "\n".join(name.decode(encoding, errors="replace") for name in raw)
    pairs = [(a, b) for a, b in pairwise(f"\n{text}") if not b.isascii()]
    return sum(b.isalpha() and not (a.islower() and b.isupper()) for a, b in pairs) / len(pairs)


def _score(raw: Sequence[bytes], encoding: str, is_common: Callable[[bytes], bool]) -> float:
    """The share of characters beyond ASCII that are common; 0 where a name is none at all."""
    try:
        text = "".join(name.decode(encoding) for name in raw)
    except UnicodeDecodeError:
        return 0.0
    encoded = [char.encode(encoding) for char in text if not char.isascii()]
    return sum(map(is_common, encoded)) / len(encoded)


def _is_common_gbk(char: bytes) -> bool:
    """Of the first level of GB 2312, or its punctuation."""
    return (
        len(char) == 2 and (0xB0 <= char[0] <= 0xD7 or char[0] in (0xA1, 0xA3)) and char[1] > 0xA0
    )


def _is_common_big5(char: bytes) -> bool:
    """Of the first level, or punctuation."""
    return len(char) == 2 and (0xA4 <= char[0] <= 0xC6 or char[0] == 0xA1)


def _is_common_sjis(char: bytes) -> bool:
    """Kana, kanji of the first level, or punctuation."""
    if len(char) != 2:
        return False
    kana = (char[0] == 0x82 and char[1] >= 0x4F) or (char[0] == 0x83 and char[1] <= 0x96)
    return kana or 0x88 <= char[0] <= 0x98 or char[0] == 0x81


def _is_common_korean(char: bytes) -> bool:
    """A syllable of KS X 1001."""
    return len(char) == 2 and 0xB0 <= char[0] <= 0xC8 and char[1] > 0xA0


def _is_russian(char: bytes) -> bool:
    return 0x80 <= char[0] <= 0xAF or 0xE0 <= char[0] <= 0xF1


_COMMON: dict[str, Callable[[bytes], bool]] = {
    "gbk": _is_common_gbk,
    "cp932": _is_common_sjis,
    "big5": _is_common_big5,
    "cp949": _is_common_korean,
    "cp866": _is_russian,
}
