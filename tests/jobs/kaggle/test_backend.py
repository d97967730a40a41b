"""Jobs on Kaggle, against a server on this machine that speaks the client's protocol."""

import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fer_core.config import TrainConfig
from fer_core.data.download import kaggle
from fer_core.errors import JobError, RunError
from fer_core.jobs import parcel
from fer_core.jobs.base import DataSource, KerasBackend, Place, read_spec
from fer_core.jobs.kaggle import notebooks
from fer_core.jobs.kaggle.backend import KaggleBackend, script_for
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.process import identity
from fer_core.runs.store import State, Status, write_status
from tests.builders import make_dataset, make_run, tiny_config, with_config

SERVICE = "/v1/kernels.KernelsApiService/"
CONFIG = TrainConfig(epochs=3, seed=7)
ROW = {
    "epoch": 1,
    "accuracy": 0.5,
    "loss": 1.5,
    "val_accuracy": 0.4,
    "val_loss": 1.6,
    "learning_rate": 0.001,
    "seconds": 12.0,
}


class FakeKaggle:
    """Kaggle's notebooks, as far as a job uses them.

    Attributes:
        state: of the session.
        log: what it printed.
        result: `run.zip`, once there is one.
        refuse: answer 401 to everything.
        unknown: data sets that it does not attach.
        pushed: requests that saved a notebook.
    """

    def __init__(self) -> None:
        self.state, self.log = "QUEUED", ""
        self.result: bytes | None = None
        self.refuse = False
        self.unknown: list[str] = []
        self.pushed: list[dict[str, object]] = []
        handler = type("Handler", (_Handler,), {"kaggle": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    kaggle: FakeKaggle

    def do_POST(self) -> None:
        kaggle = self.kaggle
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        if kaggle.refuse or "Authorization" not in self.headers:
            self._answer(401, {"code": 401, "message": "no"})
        elif self.path == SERVICE + "SaveKernel":
            kaggle.pushed.append(body)
            answer = {"ref": body["slug"], "url": "", "versionNumber": 1}
            self._answer(200, answer | {"invalidDatasetSources": kaggle.unknown})
        elif self.path == SERVICE + "GetKernelSessionStatus":
            self._answer(200, {"status": kaggle.state, "failureMessage": ""})
        elif self.path == SERVICE + "ListKernelSessionOutput":
            files = [{"url": f"{kaggle.url}/run.zip", "fileName": "run.zip"}]
            self._answer(200, {"files": files if kaggle.result else [], "log": kaggle.log})
        else:
            self._answer(404, {"code": 404, "message": self.path})

    def do_GET(self) -> None:
        data = self.kaggle.result or b""
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None: ...

    def _answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def server(tmp_path, monkeypatch):
    fake = FakeKaggle()
    monkeypatch.setattr(kaggle, "API", fake.url)
    for name in [name for name in os.environ if name.startswith("KAGGLE")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", "not-a-real-key-0123456789abcdef")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def jobs(tmp_path):
    return KaggleBackend(tmp_path / "runs", Limits(free_gb=0.0))


@pytest.fixture
def exported(monkeypatch):
    """Names of the runs that a local job exports; it runs, and does nothing else."""
    names: list[str] = []

    def resume(self, name):
        names.append(name)
        pid = os.getpid()
        running = Status(state=State.RUNNING, epochs=3, pid=pid, process=identity(pid))
        write_status(self.root / name, running)
        return self.status(name)

    monkeypatch.setattr(LocalBackend, "resume", resume)
    return names


def _result(folder: Path, run_id: str, config: TrainConfig = CONFIG) -> bytes:
    """A trained run as it comes back."""
    made = make_run(folder, run_id)
    run = with_config(made, train=config)
    checkpoint = run.checkpoint_path
    checkpoint.mkdir()
    (checkpoint / "variables.npz").write_bytes(b"weights")
    (checkpoint / "state.json").write_text("{}", encoding="utf-8")
    parcel.pack(run, folder / "run.zip")
    return (folder / "run.zip").read_bytes()


def test_a_job_is_a_private_notebook_on_a_gpu_without_internet(server, jobs):
    job = jobs.submit(CONFIG)

    (pushed,) = server.pushed
    assert re.fullmatch("somebody/fer-report-baseline-[0-9a-f]{8}", str(pushed["slug"]))
    assert pushed["isPrivate"] is True
    assert pushed["enableGpu"] is True
    assert pushed["enableInternet"] is False
    assert pushed["machineShape"] == "NvidiaTeslaT4"
    assert pushed["datasetDataSources"] == ["ananthu017/emotion-detection-fer"]
    assert "not-a-real-key" not in json.dumps(pushed)
    assert job.status.state is State.QUEUED
    spec = read_spec(jobs.root / job.run_id)
    assert spec is not None
    assert spec.place is Place.KAGGLE
    assert "not-a-real-key" not in spec.model_dump_json()


@pytest.mark.parametrize("name", ["a--b", "a_.b", "tiny.2", "x-"])
def test_the_notebook_has_the_name_that_kaggle_makes_of_its_title(server, jobs, name):
    """By the rule of the kaggle package, which warns where the two differ."""
    from slugify import slugify

    jobs.submit(CONFIG, name)

    (pushed,) = server.pushed
    assert pushed["slug"] == f"somebody/{slugify(pushed['newTitle'])}"
    assert len(pushed["newTitle"]) >= 5


def test_a_data_set_that_is_not_attached_is_said_at_once(server, jobs):
    server.unknown = ["ananthu017/emotion-detection-fer"]
    with pytest.raises(JobError, match="did not attach the data set"):
        jobs.submit(CONFIG)
    assert jobs.list() == []


def test_its_curve_is_drawn_while_it_runs(server, jobs):
    job = jobs.submit(CONFIG)
    server.state = "RUNNING"
    lines = ["Epoch 1\n", parcel.EPOCH_MARK + json.dumps(ROW) + "\n", parcel.EPOCH_MARK + "{\n"]
    server.log = json.dumps([{"stream_name": "stdout", "time": 1, "data": d} for d in lines])

    seen = jobs.status(job.run_id)

    assert seen.status.state is State.RUNNING
    assert seen.status.epoch == 1
    assert (jobs.root / job.run_id / "history.csv").read_text(encoding="utf-8").count("\n") == 2
    assert "Epoch 1" in jobs.logs(job.run_id)


def test_a_finished_run_comes_home_and_is_exported_here(server, jobs, tmp_path, exported):
    job = jobs.submit(CONFIG)
    server.state, server.result = "COMPLETE", _result(tmp_path / "there", job.run_id)

    done = jobs.status(job.run_id)

    assert exported == [job.run_id]
    assert done.run is not None
    assert (done.run.checkpoint_path / "variables.npz").read_bytes() == b"weights"
    assert not (done.run.folder / "model.onnx").exists(), "Only what is asked for comes in."


@pytest.mark.parametrize("damage", ["cut", "other", "escape"])
def test_a_result_that_is_no_run_is_refused(server, jobs, tmp_path, damage):
    job = jobs.submit(CONFIG)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("../../escaped" if damage == "escape" else "readme.txt", "hello")
    whole = _result(tmp_path / "there", job.run_id)
    server.state = "COMPLETE"
    server.result = whole[: len(whole) // 2] if damage == "cut" else buffer.getvalue()

    said = jobs.status(job.run_id).status
    assert said.state is State.FAILED
    assert "What came back from Kaggle is" in said.message
    assert not list(tmp_path.rglob("escaped"))
    LocalBackend(jobs.root, Limits(free_gb=0.0)).delete(job.run_id)


def test_names_that_look_alike_there_are_notebooks_of_their_own(server, jobs):
    for name in ("tiny_2", "tiny-2", "tiny.2"):
        jobs.submit(CONFIG, name)
    KaggleBackend(jobs.root.parent / "another machine", Limits(free_gb=0.0)).submit(
        CONFIG, "tiny-2"
    )

    assert len({str(pushed["slug"]) for pushed in server.pushed}) == 4


@pytest.mark.parametrize(
    ("run_id", "config"), [("other", CONFIG), ("mine", TrainConfig(epochs=3, seed=8))]
)
def test_another_run_is_not_taken_for_this_one(server, jobs, tmp_path, run_id, config):
    jobs.submit(CONFIG, "mine")
    server.state, server.result = "COMPLETE", _result(tmp_path / "there", run_id, config)

    said = jobs.status("mine").status
    assert said.state is State.FAILED
    assert "another run than this one" in said.message
    server.refuse = True  # and is not asked again
    assert jobs.status("mine").status == said
    assert not (jobs.root / "mine" / "config.json").exists()


def test_a_job_that_is_still_there_is_not_resumed_and_one_that_came_home_is(
    server, jobs, tmp_path, exported
):
    jobs.submit(CONFIG, "mine")
    server.state = "RUNNING"
    with pytest.raises(JobError, match="waits or runs on Kaggle"):
        jobs.resume("mine")

    server.state, server.result = "COMPLETE", _result(tmp_path / "there", "mine")

    assert jobs.resume("mine").is_active
    assert exported == ["mine"]


def test_two_that_ask_at_once_fetch_it_once(server, jobs, tmp_path, exported, monkeypatch):
    jobs.submit(CONFIG, "mine")
    server.state, server.result = "COMPLETE", _result(tmp_path / "there", "mine")
    fetch, seen = notebooks.fetch, []

    def meanwhile(url):
        seen.append(jobs.status("mine").status.state)
        return fetch(url)

    monkeypatch.setattr(notebooks, "fetch", meanwhile)
    jobs.status("mine")
    jobs.status("mine")

    assert seen == [State.QUEUED]
    assert exported == ["mine"]


def test_a_run_of_jax_is_exported_by_tensorflow(server, jobs, tmp_path, exported):
    jobs.submit(CONFIG, "mine", backend=KerasBackend.JAX)
    server.state, server.result = "COMPLETE", _result(tmp_path / "there", "mine")
    jobs.status("mine")

    spec = read_spec(jobs.root / "mine")
    assert spec is not None
    assert spec.backend is KerasBackend.TENSORFLOW


def test_a_stop_says_where_it_can_be_done(server, jobs):
    job = jobs.submit(CONFIG)

    with pytest.raises(JobError, match=r"kaggle\.com/code/somebody/fer-report-baseline"):
        jobs.stop(job.run_id)


def test_a_run_without_a_result_has_failed_and_can_be_deleted(server, jobs):
    job = jobs.submit(CONFIG)
    server.state, server.log = "COMPLETE", "Killed"

    said = jobs.status(job.run_id).status

    assert said.state is State.FAILED
    assert "left no result" in said.message
    assert jobs.logs(job.run_id) == "Killed"
    LocalBackend(jobs.root, Limits(free_gb=0.0)).delete(job.run_id)


def test_a_job_whose_notebook_is_gone_can_be_given_up(server, jobs):
    """Kaggle answers as for a wrong account then, so nothing but the owner can tell."""
    job = jobs.submit(CONFIG)
    local = LocalBackend(jobs.root, Limits(free_gb=0.0))
    server.refuse = True
    with pytest.raises(JobError, match="refused access"):
        jobs.status(job.run_id)
    with pytest.raises(JobError, match="Stop it first"):
        local.delete(job.run_id)

    given_up = jobs.stop(job.run_id, at_once=True)

    assert given_up.status.state is State.STOPPED
    assert not given_up.is_active
    with pytest.raises(JobError, match="neither waits nor runs"):
        jobs.stop(job.run_id, at_once=True)
    with pytest.raises(JobError, match="Submit it again"):
        jobs.resume(job.run_id)
    local.delete(job.run_id)


def test_the_log_of_a_job_there_is_followed_by_asking_now_and_then(server, jobs, monkeypatch):
    from typer.testing import CliRunner

    from fer_core import paths
    from fer_core.cli import app

    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(jobs.root))
    name = jobs.submit(CONFIG).run_id
    server.state, server.log = "RUNNING", "first\n"
    waits = []

    def wait(seconds):
        waits.append(seconds)
        server.log += "second\n"
        server.state = "ERROR" if len(waits) == 2 else "RUNNING"

    monkeypatch.setattr("fer_core.cli.jobs.time.sleep", wait)
    said = CliRunner().invoke(app, ["jobs", "logs", name, "--follow"]).output

    assert said.split() == ["first", "second", "second"]
    assert waits == [30.0, 30.0]
    ended = jobs.status(name).status
    assert ended.state is State.FAILED
    assert "The log says why" in ended.message


def test_refused_credentials_and_no_account_are_sentences(server, jobs, monkeypatch):
    server.refuse = True
    with pytest.raises(JobError, match="KAGGLE_USERNAME") as refused:
        jobs.submit(CONFIG)
    assert "not-a-real-key" not in str(refused.value)
    monkeypatch.delenv("KAGGLE_USERNAME")
    monkeypatch.delenv("KAGGLE_KEY")
    with pytest.raises(JobError, match="account there"):
        jobs.submit(CONFIG)
    assert jobs.list() == []


def test_what_kaggle_cannot_do_is_refused_before_it_is_asked(server, jobs):
    with pytest.raises(JobError, match="Drawn faces"):
        jobs.submit(CONFIG, data=DataSource.SYNTHETIC)
    with pytest.raises(JobError, match="other runs"):
        jobs.submit(TrainConfig(teachers=("compact",)))
    with pytest.raises(JobError, match="ImageNet weights"):
        jobs.submit(TrainConfig(model="mobilenetv2"))
    with pytest.raises(JobError, match="no network"):
        jobs.submit(TrainConfig(model="hog-svm"))
    with pytest.raises(JobError, match="votes are not on Kaggle"):
        jobs.submit(TrainConfig(phases=({"epochs": 1}, {"epochs": 1, "labels": "ferplus"})))
    with pytest.raises(JobError, match="no model 'nosuch'"):
        jobs.submit(TrainConfig(model="nosuch"))
    with pytest.raises(RunError, match="not a run name"):
        jobs.submit(CONFIG, "../elsewhere")
    assert server.pushed == []


@pytest.mark.long
def test_the_script_that_is_sent_trains_and_leaves_a_run(tmp_path):
    """Run here as Kaggle would: the package inside the script, the data set below `input`."""
    from fer_core.jobs.base import JobSpec

    config = tiny_config(model="tiny")
    spec = JobSpec(run_id="there", train=config, backend=KerasBackend.TENSORFLOW)
    (tmp_path / "script.py").write_text(script_for(spec), encoding="utf-8")
    make_dataset(tmp_path / "input" / "emotion-detection-fer")
    (tmp_path / "working").mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env=environment | {"FER_KAGGLE_ROOT": str(tmp_path)},
        capture_output=True,
        encoding="utf-8",
        timeout=1200,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count(parcel.EPOCH_MARK) == config.epochs
    with zipfile.ZipFile(tmp_path / "working" / "run.zip") as file:
        assert {"config.json", "checkpoint/variables.npz"} <= set(file.namelist())
