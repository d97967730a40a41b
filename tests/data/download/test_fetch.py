import errno
import json
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from fer_core.data.download import fetch, kaggle, transfer
from fer_core.data.download.install import beside, is_complete, read_manifest
from fer_core.errors import DataError, DownloadError
from fer_core.paths import PROJECT_ROOT
from tests.data.builders import FakeKaggle, images, read_files, write_files, write_zip

FILES = images(2)
SECRET = "0123456789abcdef"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data" / "faces"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Kaggle, on this machine, for a user without credentials."""
    zip_path = write_zip(tmp_path / "payload.zip", FILES)
    fake = FakeKaggle(zip_path.read_bytes())
    monkeypatch.setattr(kaggle, "API", fake.url)
    for name in [name for name in os.environ if name.startswith("KAGGLE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(transfer, "_CHUNK", 500)
    yield fake
    fake.close()


def leftovers(target: Path) -> set[str]:
    return {path.name for path in target.parent.iterdir()} - {target.name, ".faces.lock"}


def test_downloads_anonymously_and_reports_bytes(server, target, capsys):
    steps, unpacked = [], []
    fetch.download(
        target, lambda *step: steps.append(step), unpack_progress=lambda *s: unpacked.append(s)
    )
    assert read_files(target) == FILES
    assert steps[-1] == (len(server.payload), len(server.payload))
    assert unpacked[-1] == (len(FILES), len(FILES))
    assert all("Authorization" not in headers for _, _, headers in server.requests)
    assert read_manifest(target)["source"] == fetch.DATASET_URL
    assert not leftovers(target)
    assert capsys.readouterr().out == ""


def test_a_complete_data_set_is_not_fetched_again(server, target):
    fetch.download(target)
    before = len(server.requests)
    assert fetch.download(target) == target
    assert len(server.requests) == before


def test_a_data_set_with_emptied_files_is_fetched_again(server, target):
    fetch.download(target)
    (target / "train/happy/im0.png").write_bytes(b"")
    fetch.download(target)
    assert read_files(target) == FILES


def test_a_broken_connection_is_resumed_where_it_broke(server, target):
    server.breaks = [3000]
    fetch.download(target)
    assert read_files(target) == FILES
    assert "bytes=3000-" in server.ranges()


def test_after_too_many_breaks_the_next_run_continues(server, target):
    server.breaks = [2500] + [0] * (2 * transfer.ATTEMPTS)
    with pytest.raises(DownloadError, match="run it again to continue"):
        fetch.download(target)
    assert beside(target, "zip.part").stat().st_size == 2500
    server.breaks = []
    fetch.download(target)
    assert "bytes=2500-" in server.ranges()
    assert read_files(target) == FILES
    assert not leftovers(target)


def test_a_changed_file_on_the_server_is_not_glued_to_the_old_part(server, target):
    server.breaks = [2500] + [0] * (2 * transfer.ATTEMPTS)
    with pytest.raises(DownloadError):
        fetch.download(target)
    other = images(2, seed=500)
    write_zip(target.parent / "other.zip", other)
    server.payload, server.etag, server.breaks = (
        (target.parent / "other.zip").read_bytes(),
        '"two"',
        [],
    )
    fetch.download(target)
    assert read_files(target) == other


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "refused access"), (404, "no data set"), (400, "error .400."), (500, "error .500.")],
)
def test_a_refusal_is_told_and_offers_the_way_by_hand(server, target, status, words):
    server.statuses = [status] * 20
    with pytest.raises(DownloadError, match=words) as caught:
        fetch.download(target)
    assert "--zip" in str(caught.value)
    assert not target.exists()


def test_passing_trouble_of_the_server_is_waited_out(server, target):
    server.statuses = [503, 429]
    fetch.download(target)
    assert read_files(target) == FILES


def test_no_network(server, target):
    server.close()
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch.download(target)


def test_a_silent_server_times_out(server, target, monkeypatch):
    server.silent = True
    monkeypatch.setattr(transfer, "TIMEOUT_SECONDS", (0.2, 0.2))
    with pytest.raises(DownloadError, match="cannot be reached"):
        fetch.download(target)


def test_credentials_are_used(server, target, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    fetch.download(target)
    assert any("Authorization" in headers for _, _, headers in server.requests)


def test_rejected_credentials_fall_back_to_anonymous(server, target, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    server.reject_credentials = True
    fetch.download(target)
    assert read_files(target) == FILES


@pytest.mark.parametrize("named", ["~/.kaggle/kaggle.json", "KAGGLE_CONFIG_DIR", "token"])
def test_credentials_of_other_places_are_used(server, target, monkeypatch, tmp_path, named):
    if named == "token":
        monkeypatch.setenv("KAGGLE_API_TOKEN", SECRET)
    else:
        folder = tmp_path / ".kaggle" if named.startswith("~") else tmp_path
        folder.mkdir(exist_ok=True)
        stored = json.dumps({"username": "somebody", "key": SECRET})
        (folder / "kaggle.json").write_text(stored, encoding="utf-8")
        if named.startswith("~"):
            monkeypatch.delenv("KAGGLE_CONFIG_DIR")
    fetch.download(target)
    assert "Authorization" in server.requests[0][2]


@pytest.mark.parametrize(
    ("expires", "used"),
    [("2199-01-01T00:00:00+00:00", "of a login"), ("2001-01-01T00:00:00+00:00", f"of {SECRET}")],
)
def test_a_login_by_kaggles_own_command_is_used_and_renewed(
    server, target, tmp_path, capsys, expires, used
):
    path = tmp_path / ".kaggle" / "credentials.json"
    path.parent.mkdir()
    login = {"refresh_token": SECRET, "access_token": "of a login", "username": "somebody"}
    path.write_text(json.dumps(login | {"access_token_expiration": expires}), encoding="utf-8")
    fetch.download(target)
    asked = {where: headers for method, where, headers in server.requests if method == "POST"}
    token = asked["/v1/datasets.DatasetApiService/DownloadDataset"]["Authorization"]
    assert token == f"Bearer {used}"
    assert json.loads(path.read_text(encoding="utf-8"))["access_token"] == used
    assert capsys.readouterr() == ("", "")


def test_a_login_is_renewed_where_its_file_cannot_be_written(server, target, tmp_path, monkeypatch):
    from kagglesdk.kaggle_creds import KaggleCredentials

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(KaggleCredentials, "save", refuse)
    path = tmp_path / ".kaggle" / "credentials.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"refresh_token": SECRET}), encoding="utf-8")
    fetch.download(target)
    asked = {where: headers for method, where, headers in server.requests if method == "POST"}
    token = asked["/v1/datasets.DatasetApiService/DownloadDataset"]["Authorization"]
    assert token == f"Bearer of {SECRET}"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"refresh_token": 1, "access_token_expi'])
def test_a_damaged_login_does_not_prevent_an_anonymous_download(server, target, tmp_path, content):
    path = tmp_path / ".kaggle" / "credentials.json"
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    fetch.download(target)
    assert read_files(target) == FILES


def test_an_error_in_an_answer_of_status_200_is_an_error(server, target):
    server.codes = [429, 503]
    fetch.download(target)
    assert read_files(target) == FILES
    server.codes = [404]
    with pytest.raises(DownloadError, match="no data set"):
        fetch.download(target, force=True)


def test_overlapping_downloads_leave_the_streams_of_the_process_alone(server, tmp_path):
    server.slow = 0.02
    before = sys.stdin, sys.stdout, sys.stderr
    seen = []

    def step(*_: int) -> None:
        seen.append((sys.stdin, sys.stdout, sys.stderr) == before and not sys.stdin.closed)

    targets = [tmp_path / name / "faces" for name in "ab"]
    threads = [threading.Thread(target=fetch.download, args=(t, step)) for t in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(read_files(target) == FILES for target in targets)
    assert len(seen) > 2
    assert all(seen)
    assert (sys.stdin, sys.stdout, sys.stderr) == before


def test_no_message_carries_a_credential(server, target, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", SECRET)
    server.statuses = [403] * 20
    with pytest.raises(DownloadError) as caught:
        fetch.download(target)
    assert SECRET not in repr(caught.value)
    assert "signature" not in str(caught.value)


def test_a_page_instead_of_a_zip_is_thrown_away(server, target):
    good, server.payload = server.payload, b"<html>please log in</html>"
    with pytest.raises(DownloadError, match=r"cannot be used.*not a ZIP"):
        fetch.download(target)
    server.payload = good
    fetch.download(target)
    assert read_files(target) == FILES


def test_a_full_disk_is_told_and_the_part_is_kept(server, target, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DownloadError, match="disk is full"):
        fetch.download(target, fail)
    fetch.download(target)
    assert read_files(target) == FILES


def test_two_downloads_at_once_fetch_once(server, target):
    server.slow = 0.005
    threads = [threading.Thread(target=fetch.download, args=(target,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_files(target) == FILES
    assert len(server.ranges()) == 1


def test_a_download_killed_in_the_middle_continues(server, target, tmp_path):
    server.slow = 0.05
    script = tmp_path / "child.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys
            from pathlib import Path
            from fer_core.data.download import fetch, kaggle, transfer
            kaggle.API = sys.argv[1]
            transfer._CHUNK = 1000
            fetch.download(Path(sys.argv[2]), lambda done, total: print(done, flush=True))
            """
        ),
        encoding="utf-8",
    )
    child = subprocess.Popen(
        [sys.executable, script, server.url, target],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(PROJECT_ROOT)},
    )
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 3000:
            break
    child.kill()
    child.wait()
    child.stdout.close()
    assert not target.exists()
    server.slow = 0.0
    fetch.download(target)
    assert read_files(target) == FILES
    assert any(header.startswith("bytes=") for header in server.ranges())
    assert not leftovers(target)


def test_from_zip_keeps_the_zip_and_accepts_a_nested_root(tmp_path, target):
    zip_path = write_zip(tmp_path / "faces.zip", FILES, prefix="archive/")
    fetch.from_zip(zip_path, target)
    assert read_files(target) == FILES
    assert zip_path.exists()
    assert is_complete(target)


def test_from_dir_copies_and_lists_what_it_leaves(tmp_path, target):
    source = write_files(tmp_path / "source/archive", FILES | {"train/happy/notes.txt": b"x"})
    (source / "test/sad/im9.png").symlink_to(tmp_path / "gone.png")
    fetch.from_dir(tmp_path / "source", target)
    assert read_files(target) == FILES
    skipped = dict(read_manifest(target)["skipped"])
    assert set(skipped) == {"archive/train/happy/notes.txt", "archive/test/sad/im9.png"}
    assert read_files(source).items() >= FILES.items()


def test_from_dir_leaves_the_data_folder_itself_alone(target):
    write_files(target, FILES)
    assert fetch.from_dir(target, target) == target
    assert read_files(target) == FILES


def test_from_dir_names_the_missing_classes(tmp_path, target):
    files = {name: data for name, data in FILES.items() if "train/sad" not in name}
    source = write_files(tmp_path / "source", files)
    with pytest.raises(DataError, match="no image in train/sad"):
        fetch.from_dir(source, target)
    assert not target.exists()


@pytest.mark.parametrize("source", ["nowhere", "empty"])
def test_from_dir_without_a_data_set(tmp_path, target, source):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=source):
        fetch.from_dir(tmp_path / source, target)


def test_from_dir_does_not_swallow_a_folder_inside_the_target(target):
    write_files(target / "archive", FILES)
    with pytest.raises(DataError, match="inside the data folder"):
        fetch.from_dir(target, target)
    assert read_files(target / "archive") == FILES
