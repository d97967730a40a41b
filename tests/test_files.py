"""Files are whole, on the disk, and under their names, or not there."""

import errno
import os
import stat

import pytest

from fer_core import files


@pytest.fixture
def refused(monkeypatch):
    """Windows, where a page has the target open: renaming is refused as often as the list says."""
    left = [3]
    replace = os.replace

    def refuse(source, target):
        if left[0]:
            left[0] -= 1
            raise PermissionError(errno.EACCES, "The file is in use")
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", refuse)
    return left


def test_a_file_that_someone_reads_is_replaced_when_they_are_done(tmp_path, refused):
    files.write_text(tmp_path / "status.json", "after")

    assert (tmp_path / "status.json").read_text(encoding="utf-8") == "after"
    assert refused == [0]


def test_a_file_that_stays_in_use_is_an_error_and_leaves_nothing(tmp_path, refused, monkeypatch):
    monkeypatch.setattr(files, "PATIENCE_SECONDS", 0.1)
    refused[0] = 10**6
    path = tmp_path / "status.json"
    path.write_text("before", encoding="utf-8")

    with pytest.raises(PermissionError):
        files.write_text(path, "after")

    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text(encoding="utf-8") == "before"


def test_what_is_renamed_is_on_the_disk_before_and_its_name_after(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace

    def note_sync(descriptor):
        mode = os.fstat(descriptor).st_mode
        done.append("folder" if stat.S_ISDIR(mode) else os.fstat(descriptor).st_size)
        fsync(descriptor)

    def note_replace(source, target):
        done.append("renamed")
        replace(source, target)

    monkeypatch.setattr(files.os, "fsync", note_sync)
    monkeypatch.setattr(files.os, "replace", note_replace)
    files.write_bytes(tmp_path / "model.onnx", b"1234567")

    assert done == [7, "renamed", "folder"]


def test_a_temporary_file_has_the_suffix_that_tells_writers_its_format(tmp_path):
    names = []
    files.write_file(tmp_path / "model.keras", lambda path: names.append(path.name) or path.touch())

    assert names[0].startswith(".model.")
    assert names[0].endswith(".keras")


def test_a_failing_write_leaves_the_file_before(tmp_path):
    path = tmp_path / "status.json"
    files.write_text(path, "before")

    def fail(temporary):
        temporary.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        files.write_file(path, fail)

    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk is full. Free some space"),
        (errno.EROFS, "x.json is on a disk that cannot be written. Set FER_RUNS_DIR"),
        (errno.EACCES, "rights of this user. Set FER_RUNS_DIR"),
        (errno.ENOTDIR, "beneath a file"),
        (errno.EFBIG, "ulimit -f"),
        (errno.EIO, "cannot be used: Input/output error"),
    ],
)
def test_what_the_disk_refuses_is_told_with_what_to_set(tmp_path, monkeypatch, number, words):
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path))
    error = OSError(number, os.strerror(number), str(tmp_path / "run" / "x.json"))
    assert words in files.explain(error)
    assert str(tmp_path) not in files.explain(error, in_private=False)


def test_a_folder_that_cannot_be_written_is_named_by_the_file_not_by_its_temporary(tmp_path):
    (tmp_path / "taken").touch()
    with pytest.raises(NotADirectoryError) as caught:
        files.write_text(tmp_path / "taken" / "card.md", "x")
    assert caught.value.filename == str(tmp_path / "taken" / "card.md")


def test_no_folder_for_temporary_files_is_told():
    error = FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")
    assert "Set TMPDIR" in files.explain(error)
