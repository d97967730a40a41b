"""The server's copy of the runtime: fetched whole and right, or not at all."""

import errno
import hashlib
import io
import tarfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fer_core import paths
from fer_core.data.download import transfer
from fer_core.errors import ConfigError, DownloadError
from fer_core.inference.live import fetch_runtime, web_runtime
from fer_core.inference.live.web_runtime import RuntimeFile
from tests.stand_in import CUT, SILENT, StandIn

CONTENTS = {"ort.mjs": b"export {};" * 100, "ort.wasm": bytes(range(256)) * 600}
NPM = "/onnxruntime-web.tgz"


def package(contents: dict[str, bytes]) -> bytes:
    """An npm package of these files."""
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for name, content in ({"../../evil.js": b"x"} | contents).items():
                member = tarfile.TarInfo(f"package/dist/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        return buffer.getvalue()


@pytest.fixture(autouse=True)
def _small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    files = (
        RuntimeFile(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in CONTENTS.items()
    )
    monkeypatch.setattr(web_runtime, "FILES", tuple(files))
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(transfer, "TIMEOUT_SECONDS", (0.5, 0.5))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """CDN and npm at once."""
    with StandIn({f"/dist/{name}": content for name, content in CONTENTS.items()}) as server:
        server.files[NPM] = package(CONTENTS)
        monkeypatch.setenv(paths.LIVE_CDN_VARIABLE, f"{server.url}/dist")
        monkeypatch.setattr(fetch_runtime, "PACKAGE", f"{server.url}{NPM}")
        yield server


def kept() -> dict[str, bytes]:
    """What the copy's folder holds, hidden files too."""
    folder = web_runtime.folder()
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def refusal(source: object = "") -> str:
    with pytest.raises(DownloadError) as caught:
        fetch_runtime.fetch(str(source))
    return str(caught.value)


def test_both_files_come_from_the_cdn_once(server):
    steps: list[tuple[int, int]] = []
    fetch_runtime.fetch(progress=lambda *step: steps.append(step))
    assert kept() == CONTENTS
    assert web_runtime.is_there()
    assert steps[-1] == (sum(map(len, CONTENTS.values())),) * 2
    assert NPM not in server.asked
    asked = len(server.asked)
    fetch_runtime.fetch()
    assert len(server.asked) == asked


def test_a_damaged_copy_is_fetched_again(server):
    (fetch_runtime.fetch() / "ort.wasm").write_bytes(b"damaged")
    assert not web_runtime.is_there()
    fetch_runtime.fetch()
    assert kept() == CONTENTS


@pytest.mark.parametrize("fault", [404, SILENT, "wrong"])
def test_npm_helps_where_the_cdn_cannot(server, fault):
    if fault == "wrong":
        server.files["/dist/ort.mjs"] = b"<html>Please log in</html>"
    else:
        server.faults["/dist/"] = fault
    fetch_runtime.fetch()
    assert kept() == CONTENTS


@pytest.mark.parametrize("length", [10, 1000, 500_000])
def test_a_file_with_another_checksum_is_refused_and_nothing_of_it_stays(server, length):
    fetch_runtime.fetch()
    server.files["/dist/ort.mjs"] = b"x" * length
    told = refusal(f"{server.url}/dist")
    assert "as ort.mjs is not the file of onnxruntime-web 1.30.0" in told
    assert kept() == CONTENTS, "What was there before is untouched."


@pytest.mark.parametrize(
    ("fault", "words"),
    [(404, "answered with an error (404)"), (SILENT, "does not answer in time")],
)
def test_where_nothing_can_be_reached_the_way_by_hand_is_told(server, fault, words):
    server.faults["/"] = fault
    began = time.monotonic()
    told = refusal()
    assert time.monotonic() - began < 8
    assert words in told
    assert "failed as well" in told
    assert "use `--from FILE`" in told
    assert kept() == {}


def test_a_transfer_that_is_cut_continues_at_the_next_run(server):
    server.faults = {"/dist/ort.wasm": CUT, NPM: 404}
    assert "check the network connection" in refusal()
    server.faults.clear()
    fetch_runtime.fetch()
    assert any(server.ranges)
    assert kept() == CONTENTS


def test_a_copy_is_taken_from_files_folders_and_mirrors(server, tmp_path):
    named = tmp_path / "onnxruntime-web.tgz"
    named.write_bytes(server.files[NPM])
    unpacked = tmp_path / "node" / "package" / "dist"
    unpacked.mkdir(parents=True)
    for name, content in CONTENTS.items():
        (unpacked / name).write_bytes(content)
    mirror = f"{server.url}{NPM}"
    for source in (named, tmp_path / "node", unpacked, f"{server.url}/dist/", mirror):
        for file in web_runtime.folder().glob("*"):
            file.unlink()
        fetch_runtime.fetch(str(source))
        assert kept() == CONTENTS, source
    assert not list(tmp_path.rglob("evil.js"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive",
        package(CONTENTS)[:900],
        package({"ort.mjs": CONTENTS["ort.mjs"]}),
        package(CONTENTS | {"ort.mjs": b"y" * len(CONTENTS["ort.mjs"])}),
    ],
    ids=["empty", "text", "cut", "one file", "wrong file"],
)
def test_a_file_that_is_another_package_is_refused(tmp_path, content):
    (tmp_path / "x.tgz").write_bytes(content)
    told = refusal(tmp_path / "x.tgz")
    assert "'x.tgz'" in told
    assert "onnxruntime-web 1.30.0" in told
    assert kept() == {}


def test_a_source_that_is_not_there_or_holds_nothing_is_named(tmp_path):
    assert "There is no 'gone.tgz'" in refusal(tmp_path / "gone.tgz")
    assert "There is no 'gone.tgz'" in refusal("~nobody-here/gone.tgz")
    (tmp_path / "empty").mkdir()
    assert "The folder 'empty' does not hold ort.mjs and ort.wasm" in refusal(tmp_path / "empty")


@pytest.mark.parametrize(
    "source", ["http://", "http://[::1", "ftp://a.test/x.tgz", "https://joe:secret@a.test/x.tgz"]
)
def test_a_source_that_is_no_address_is_told(source):
    told = refusal(source)
    assert "--from takes a file, a folder, or https://HOST/PATH" in told
    assert "secret" not in told


def test_a_full_disk_leaves_the_copy_as_it_was(server):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fetch_runtime.fetch(progress=fail)
    fetch_runtime.fetch()
    assert kept() == CONTENTS


def test_two_at_once_fetch_once(server):
    threads = [threading.Thread(target=fetch_runtime.fetch) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.asked == [f"/dist/{name}" for name in CONTENTS]


def test_the_cdn_is_an_address_or_none(monkeypatch):
    assert web_runtime.cdn().startswith("https://cdn.jsdelivr.net/npm/onnxruntime-web@1.30.0/")
    monkeypatch.setenv(paths.LIVE_CDN_VARIABLE, "none")
    assert web_runtime.cdn() == ""
    for wrong in ("cdn.test", "https://", "https://[::1"):
        monkeypatch.setenv(paths.LIVE_CDN_VARIABLE, wrong)
        with pytest.raises(ConfigError, match=r"FER_LIVE_CDN must be an address, .* or 'none'"):
            web_runtime.cdn()


def test_the_published_files_are_pinned():
    pinned = Path(web_runtime.__file__).read_text(encoding="utf-8")
    assert "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90" in pinned
    assert "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2" in pinned
    assert f"@{web_runtime.VERSION}/" in web_runtime.CDN
