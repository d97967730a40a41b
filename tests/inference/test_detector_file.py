import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_core import paths
from fer_core.errors import DetectorError
from fer_core.inference import detector_file
from fer_core.inference.detector import load_detector
from tests.stand_in import SILENT, StandIn

PATH = f"/{detector_file.FILE_NAME}"


@pytest.fixture
def server(monkeypatch) -> Iterator[StandIn]:
    """Where the file is fetched from."""
    with StandIn() as server:
        monkeypatch.setattr(detector_file, "URL", f"{server.url}{PATH}")
        yield server


def cached() -> Path:
    return paths.cache_dir() / "models" / detector_file.FILE_NAME


def test_silent_server_costs_one_time_out_a_process(server, monkeypatch):
    monkeypatch.setattr(detector_file, "TIMEOUT", 0.4)
    server.faults[PATH] = SILENT
    started = time.monotonic()
    with pytest.raises(DetectorError, match=r"no answer within 0\.4 s"):
        detector_file.locate()
    assert 0.3 < time.monotonic() - started < 2
    with pytest.raises(DetectorError, match="no answer"):
        detector_file.locate()
    assert server.asked == [PATH]
    with pytest.raises(DetectorError):
        detector_file.locate(retry=True)
    assert server.asked == [PATH] * 2


def test_time_out_is_five_seconds():
    assert detector_file.TIMEOUT == 5


def test_server_that_trickles_is_given_up(monkeypatch):
    monkeypatch.setattr(detector_file, "TIMEOUT", 0.5)
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def trickle() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    monkeypatch.setattr(
        detector_file, "URL", f"http://127.0.0.1:{listener.getsockname()[1]}/yunet.onnx"
    )
    started = time.monotonic()
    with pytest.raises(DetectorError):
        detector_file.locate()
    assert time.monotonic() - started < 2
    stop.set()
    thread.join(5)
    listener.close()


@pytest.mark.parametrize("body", [b"", b"<html>Not found</html>", bytes(detector_file.SIZE)])
def test_wrong_file_is_refused_and_leaves_nothing(server, body):
    server.files[PATH] = body
    with pytest.raises(DetectorError, match="not the expected one"):
        detector_file.locate()
    assert not cached().exists()


def test_endless_file_is_not_read_to_its_end(server):
    server.files[PATH] = bytes(20 * 2**20)
    with pytest.raises(DetectorError, match="not the expected one"):
        detector_file.locate()


def test_right_file_is_fetched_once_and_kept(server, yunet_file):
    server.files[PATH] = yunet_file.read_bytes()
    assert detector_file.locate() == cached()
    assert detector_file.locate() == cached()
    assert server.asked == [PATH]
    assert hashlib.sha256(cached().read_bytes()).hexdigest() == detector_file.SHA256
    assert [path.name for path in cached().parent.iterdir()] == [detector_file.FILE_NAME]


def test_damaged_file_in_the_cache_is_fetched_again(server, yunet_file):
    cached().parent.mkdir(parents=True)
    cached().write_bytes(yunet_file.read_bytes()[:-1])
    server.files[PATH] = yunet_file.read_bytes()
    assert detector_file.locate().stat().st_size == detector_file.SIZE
    assert server.asked == [PATH]


def test_threads_that_ask_together_share_one_attempt(server, yunet_file):
    found: list[Path] = []
    server.files[PATH] = yunet_file.read_bytes()
    threads = [
        threading.Thread(target=lambda: found.append(detector_file.locate())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == [PATH]
    assert found == [cached()] * 8


def test_a_file_that_is_here_is_found_without_asking_for_it(monkeypatch, tmp_path):
    content = b"as it is published"
    monkeypatch.setattr(detector_file, "SIZE", len(content))
    monkeypatch.setattr(detector_file, "SHA256", hashlib.sha256(content).hexdigest())
    assert detector_file.find() is None
    cached().parent.mkdir(parents=True)
    cached().write_bytes(content)
    assert detector_file.find() == cached()

    named = tmp_path / "mine.onnx"
    monkeypatch.setenv(paths.DETECTOR_VARIABLE, str(named))
    named.write_bytes(content[::-1])
    assert detector_file.find() == cached()
    named.write_bytes(content)
    assert detector_file.find() == named.resolve()


def test_file_named_by_the_user_is_used_without_network(monkeypatch, yunet_file):
    monkeypatch.setenv(paths.DETECTOR_VARIABLE, str(yunet_file))
    assert detector_file.locate() == yunet_file.resolve()
    assert not cached().exists()


def test_wrong_file_named_by_the_user_is_said(monkeypatch, tmp_path):
    (tmp_path / "x.onnx").write_bytes(b"no network")
    monkeypatch.setenv(paths.DETECTOR_VARIABLE, str(tmp_path / "x.onnx"))
    with pytest.raises(DetectorError, match="FER_DETECTOR") as caught:
        detector_file.locate()
    assert str(tmp_path) not in str(caught.value)


def test_without_network_haar_stands_in_and_says_so():
    detector = load_detector()
    assert detector.name == "Haar cascade"
    assert "could not be fetched" in detector.note
    assert load_detector() is detector


def test_retry_gets_yunet_when_the_network_is_back(yunet_file, request):
    assert load_detector().name == "Haar cascade"
    server = request.getfixturevalue("server")
    server.files[PATH] = yunet_file.read_bytes()
    assert load_detector().name == "Haar cascade"
    assert not server.asked
    detector = load_detector(retry=True)
    assert (detector.name, detector.note) == ("YuNet", "")
    assert load_detector(retry=True) is detector
    assert server.asked == [PATH]


def test_a_file_that_came_another_way_is_used_at_once(yunet_file, monkeypatch, tmp_path):
    fallback = load_detector()
    assert fallback.note
    cached().write_bytes(b"a part of it")
    assert load_detector() is fallback
    monkeypatch.setenv(paths.DETECTOR_VARIABLE, str(tmp_path / "wrong.onnx"))
    cached().write_bytes(yunet_file.read_bytes())
    assert load_detector() is fallback, "The file that is named is wanted."
    monkeypatch.delenv(paths.DETECTOR_VARIABLE)
    detector = load_detector()
    assert (detector.name, detector.note) == ("YuNet", "")
    assert load_detector() is detector


def test_cache_that_cannot_be_written_falls_back(server, monkeypatch, tmp_path, yunet_file):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "file"))
    server.files[PATH] = yunet_file.read_bytes()
    assert "could not be saved" in load_detector().note
