import struct
import zipfile
import zlib

import pytest

from fer_core.errors import ImageError
from fer_core.inference.pictures.zip_names import check_encoding, names

MEANT = {
    "gbk": ["张三/开心.png", "我的照片.jpg", "新建文件夹/微信图片_2023.jpg", "中国.png"],
    "cp932": [
        "写真.jpg",
        "日本.png",
        "新しいフォルダー/画像1.jpg",
        "田中さん.png",
        "運動会/写真.jpg",
    ],
    "big5": ["照片/生日.jpg", "新增資料夾/王小明.png", "全家福.jpg", "台灣.png"],
    "cp850": [
        "Müller.jpg",
        "fête/élève.png",
        "Ñandú.jpg",
        "São João.png",
        "Ødegård.jpg",
        "Zoë.png",
    ],
    "cp866": ["Фото/семья.jpg", "Новая папка/Иван.png", "лето.jpg"],
    "cp1252": ["Müller.jpg", "fête.png", "Größe/Übung.png"],
}


def info(raw: bytes, flags: int = 0, extra: bytes = b"") -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(raw.decode("utf-8" if flags else "cp437"))
    made.flag_bits, made.extra = flags, extra
    return made


@pytest.mark.parametrize("encoding", MEANT)
def test_names_of_other_systems(encoding):
    meant = MEANT[encoding]
    infos = [info(name.encode(encoding)) for name in meant]
    assert names(infos) == (meant, encoding)
    assert names(infos[:1]) == (meant[:1], encoding)


def test_korean_names_are_told_from_chinese_ones_where_there_are_some():
    meant = ["사진.jpg", "새 폴더/가족사진.jpg", "김철수.png"]
    assert names([info(name.encode("cp949")) for name in meant]) == (meant, "cp949")


def test_utf_8_without_its_mark_is_nothing_to_guess():
    meant = ["Müller.jpg", "日本.png", "plain.png"]
    assert names([info(name.encode()) for name in meant]) == (meant, None)
    assert names([info(b"plain.png")]) == (["plain.png"], None)


def test_marked_names_are_left_alone_beside_others():
    infos = [info("日本.png".encode(), flags=0x800), info("写真.jpg".encode("cp932"))]
    assert names(infos) == (["日本.png", "写真.jpg"], "cp932")


def test_a_name_stored_twice_is_taken_in_unicode():
    raw = "Zoë.png".encode("cp850")
    body = struct.pack("<BI", 1, zlib.crc32(raw)) + "Zoë 😀.png".encode()
    extra = struct.pack("<HH", 0x7075, len(body)) + body
    assert names([info(raw, extra=extra)]) == (["Zoë 😀.png"], None)
    stale = extra.replace(struct.pack("<I", zlib.crc32(raw)), bytes(4))
    assert names([info(raw, extra=stale)]) == (["Zoë.png"], "cp850")


def test_an_encoding_that_is_given_goes_before_a_guess():
    raw = "사진.jpg".encode("cp949")
    assert names([info(raw)], "cp949") == (["사진.jpg"], None)
    assert check_encoding("Shift-JIS") == "shift_jis"
    with pytest.raises(ImageError, match=r"no encoding.*gbk"):
        check_encoding("klingon")


def test_bytes_that_are_text_in_no_encoding_are_still_names():
    (name,), _ = names([info(bytes(range(128, 256)))])
    assert name
