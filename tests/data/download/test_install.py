import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest
from filelock import FileLock

from fer_core.data import fer2013
from fer_core.data.download import fetch, install
from fer_core.errors import DataError
from fer_core.paths import PROJECT_ROOT
from tests.data.builders import images, png, read_files, write_files, write_zip

OLD, NEW = images(1), images(1, seed=100)

CHILD = textwrap.dedent(
    """
    # Unpacks a ZIP and ends as if killed before (or after) the n-th change of the disk.
    import os, shutil, sys
    from pathlib import Path

    after, count = sys.argv[3] == "after", int(sys.argv[4])

    def deadly(function):
        def call(*args, **kwargs):
            global count
            count -= 1
            last = count == 0  # the call may make further ones
            if last and not after:
                os._exit(9)
            result = function(*args, **kwargs)
            if last:
                os._exit(9)
            return result
        return call

    from fer_core.data.download import fetch
    for owner, name in [(os, "replace"), (os, "unlink"), (os, "rmdir"), (shutil, "rmtree"),
                        (Path, "mkdir"), (Path, "write_bytes"), (Path, "write_text")]:
        setattr(owner, name, deadly(getattr(owner, name)))
    fetch.from_zip(Path(sys.argv[1]), Path(sys.argv[2]))
    """
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    fetch.from_zip(write_zip(tmp_path / "old.zip", OLD), tmp_path / "data/faces")
    write_zip(tmp_path / "new.zip", NEW)
    (tmp_path / "child.py").write_text(CHILD, encoding="utf-8")
    return tmp_path / "data/faces"


def run_child(target: Path, when: str, count: int) -> int:
    folder = target.parent.parent
    command = [sys.executable, folder / "child.py", folder / "new.zip", target, when, str(count)]
    root = str(PROJECT_ROOT)
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": root}, check=False).returncode


def check_after_kill(target: Path) -> None:
    """The old or the new data set is there, whole, and another run ends well."""
    with install.locked(target):
        assert install.is_complete(target)
        assert read_files(target) in (OLD, NEW)
    fetch.from_zip(target.parent.parent / "new.zip", target)
    assert read_files(target) == NEW
    assert {path.name for path in target.parent.iterdir()} == {"faces", ".faces.lock"}


@pytest.mark.parametrize("count", [5, 25, 36])
def test_a_kill_while_unpacking_leaves_the_old_data_set(target, count):
    assert run_child(target, "before", count) == 9
    assert read_files(target) == OLD
    check_after_kill(target)


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_kill_between_the_renames_loses_nothing(tmp_path, target, renames):
    making, previous = install.beside(target, "unpacking"), install.beside(target, "previous")
    fetch.from_zip(tmp_path / "new.zip", tmp_path / "other")
    os.replace(tmp_path / "other", making)
    if renames >= 1:
        os.replace(target, previous)
    if renames == 2:
        os.replace(making, target)
    check_after_kill(target)


@pytest.mark.long
@pytest.mark.parametrize("when", ["before", "after"])
def test_every_kill_point(target, when):
    for count in range(1, 400):
        code = run_child(target, when, count)
        if code == 0:
            assert count > 30
            return
        assert code == 9
        check_after_kill(target)
        fetch.from_zip(target.parent.parent / "old.zip", target)
    pytest.fail("the child never finished")


def test_a_failing_source_leaves_the_old_data_set(tmp_path, target):
    files = {name: data for name, data in NEW.items() if "happy" not in name}
    with pytest.raises(DataError, match="train/happy, test/happy"):
        fetch.from_zip(write_zip(tmp_path / "bad.zip", files), target)
    assert read_files(target) == OLD


@pytest.mark.parametrize("image", [b"", b"no image", png(size=96), png()[:60]])
def test_unusable_images_leave_the_old_data_set(tmp_path, target, image):
    bad = dict.fromkeys(NEW, image)
    with pytest.raises(DataError, match=r"14 of 14 images cannot be used.*Nothing was changed"):
        fetch.from_zip(write_zip(tmp_path / "bad.zip", bad), target)
    with pytest.raises(DataError, match="14 of 14 images"):
        fetch.from_dir(write_files(tmp_path / "bad", bad), target)
    assert read_files(target) == OLD
    check_after_kill(target)


def test_a_class_without_a_usable_image_is_named(tmp_path, target):
    bad = NEW | {"test/sad/im0.png": b""}
    with pytest.raises(DataError, match=r"is empty \(0 bytes\). None of test/sad is left"):
        fetch.from_zip(write_zip(tmp_path / "bad.zip", bad), target)
    assert read_files(target) == OLD


def test_a_few_unusable_images_are_left_out_and_listed(tmp_path, target):
    fetch.from_zip(write_zip(tmp_path / "new2.zip", NEW | {"train/sad/im7.png": b""}), target)
    assert read_files(target) == NEW
    assert install.read_manifest(target)["skipped"] == [["train/sad/im7.png", "is empty (0 bytes)"]]


def test_a_tiny_file_of_a_huge_picture_is_not_decoded(tmp_path, target):
    huge = cv2.imencode(".png", np.zeros((8000, 8000), np.uint8))[1].tobytes()
    fetch.from_zip(write_zip(tmp_path / "b.zip", NEW | {"train/sad/im7.png": huge}), target)
    assert "8000x8000" in install.read_manifest(target)["skipped"][0][1]


def test_after_a_kill_between_the_renames_the_set_is_found_without_another_download(target):
    os.replace(target, install.beside(target, "previous"))
    assert fer2013.is_available(target)
    assert read_files(target) == OLD


def test_an_installation_at_work_is_not_disturbed(target):
    os.replace(target, install.beside(target, "previous"))
    with FileLock(str(install.beside(target, "lock"))):
        assert not fer2013.is_available(target)


def test_images_added_by_hand_to_an_installed_set_need_force(tmp_path, target):
    write_files(target, {"train/sad/mine.png": png()})
    with pytest.raises(DataError, match="--force"):
        fetch.from_zip(tmp_path / "new.zip", target)
    assert (target / "train/sad/mine.png").exists()


def test_a_disk_of_its_own_is_refused_before_the_download(target, monkeypatch):
    monkeypatch.setattr(Path, "is_mount", lambda path: path == target)
    with pytest.raises(DataError, match="folder inside it"):
        fetch.download(target, force=True)


def test_a_complete_data_set_on_a_disk_of_its_own_is_used_as_it_is(target, monkeypatch):
    monkeypatch.setattr(Path, "is_mount", lambda path: path == target)
    assert fetch.download(target) == target
    (target / "train/sad/im0.png").unlink()
    with pytest.raises(DataError, match="folder inside it"):
        fetch.download(target)


def test_the_root_of_a_disk_is_refused_as_a_disk(tmp_path, monkeypatch):
    write_zip(tmp_path / "new.zip", NEW)
    root = Path(tmp_path.anchor)
    with pytest.raises(DataError, match="folder inside it"):
        fetch.from_zip(tmp_path / "new.zip", root)
    monkeypatch.setattr(Path, "exists", lambda path: False)  # a drive that is not connected
    install.settle(root)


def test_a_reader_that_keeps_a_file_open_for_a_moment_is_waited_for(tmp_path, target, monkeypatch):
    """As Windows refuses to rename a folder of which a file is open."""
    tries, replace = [], os.replace

    def refuse_twice(source, to):
        tries.append(source)
        if len(tries) <= 2:
            raise PermissionError(errno.EACCES, "Access is denied")
        replace(source, to)

    monkeypatch.setattr(os, "replace", refuse_twice)
    fetch.from_zip(tmp_path / "new.zip", target)
    assert read_files(target) == NEW


def test_a_cancelled_unpacking_leaves_the_old_data_set(tmp_path, target):
    def cancel(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch.from_zip(tmp_path / "new.zip", target, cancel)
    assert read_files(target) == OLD
    check_after_kill(target)


def test_foreign_files_are_never_replaced(tmp_path):
    home = write_files(tmp_path / "home", {"thesis.docx": b"years"} | OLD)
    with pytest.raises(DataError, match=r"thesis\.docx"):
        fetch.from_zip(write_zip(tmp_path / "new.zip", NEW), home, force=True)
    assert (home / "thesis.docx").read_bytes() == b"years"


def test_images_put_there_by_hand_need_force(tmp_path):
    own = write_files(tmp_path / "own", OLD)
    zip_path = write_zip(tmp_path / "new.zip", NEW)
    with pytest.raises(DataError, match="--force"):
        fetch.from_zip(zip_path, own)
    assert read_files(own) == OLD
    fetch.from_zip(zip_path, own, force=True)
    assert read_files(own) == NEW


def test_a_target_that_is_a_file(tmp_path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="is a file"):
        fetch.from_zip(write_zip(tmp_path / "new.zip", NEW), tmp_path / "taken")


def test_a_linked_data_folder_is_replaced_without_touching_what_it_points_to(tmp_path, target):
    link = tmp_path / "link"
    link.symlink_to(target)
    fetch.from_zip(tmp_path / "new.zip", link)
    assert read_files(link) == NEW
    assert read_files(target) == OLD


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    write_zip(tmp_path / "new.zip", NEW)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DataError, match="FER_DATA_DIR"):
        fetch.from_zip(tmp_path / "new.zip", tmp_path / "data")
