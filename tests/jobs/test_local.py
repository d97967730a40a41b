"""Jobs as processes of their own: order, stops, kills, and what their folders say."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import JobError, RunError
from fer_core.jobs import local
from fer_core.jobs.base import DataSource, Job, JobSpec, write_spec
from fer_core.jobs.limits import SLOTS_VARIABLE, Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.process import identity
from fer_core.runs.store import CHOSEN, State, Status, list_runs, write_status
from tests.builders import make_run, with_config

CONFIG = TrainConfig(epochs=3)


def _backend(root: Path, seconds: float = 0.1, **limits: float) -> LocalBackend:
    bounds = Limits(**{"free_gb": 0.0, **limits})
    command = [sys.executable, "-m", "tests.jobs.fake", str(seconds)]
    return LocalBackend(root, bounds, lambda run_id: [*command, run_id])


def _wait(backend: LocalBackend, run_id: str, *states: State, seconds: float = 200) -> Job:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = backend.status(run_id)
        if job.status.state in states:
            return job
        time.sleep(0.05)
    raise AssertionError(f"{run_id} is {job.status}; log: {backend.logs(run_id)}")


def _begun(backend: LocalBackend, run_id: str, seconds: float = 200) -> None:
    """Waits until the training itself runs."""
    until = time.monotonic() + seconds
    while not (backend.root / run_id / "begun").exists():
        assert time.monotonic() < until, backend.logs(run_id)
        time.sleep(0.05)


def _wait_for_pid(backend: LocalBackend, run_id: str, seconds: float = 200) -> None:
    """Waits until the job's own process has written to its folder."""
    until = time.monotonic() + seconds
    while backend.status(run_id).status.pid is None:
        assert time.monotonic() < until, backend.logs(run_id)
        time.sleep(0.05)


def test_a_job_runs_to_its_end_and_becomes_a_run(tmp_path):
    backend = _backend(tmp_path)
    job = backend.submit(CONFIG)
    assert job.run_id == "report-baseline"
    assert job.is_active

    done = _wait(backend, job.run_id, State.DONE)

    assert done.run is not None
    assert [run.run_id for run in list_runs(tmp_path)] == ["report-baseline"]
    assert backend.logs(job.run_id) == "begun report-baseline"
    assert not done.is_active


def test_names_are_made_where_none_is_given_and_never_given_twice(tmp_path):
    backend = _backend(tmp_path)
    first = backend.submit(CONFIG, data=DataSource.SYNTHETIC)
    second = backend.submit(CONFIG, data=DataSource.SYNTHETIC)

    assert (first.run_id, second.run_id) == (
        "report-baseline-synthetic",
        "report-baseline-synthetic-2",
    )
    with pytest.raises(RunError, match="already"):
        backend.submit(CONFIG, first.run_id)
    with pytest.raises(RunError, match="not a run name"):
        backend.submit(CONFIG, "../elsewhere")
    for job in (first, second):
        _wait(backend, job.run_id, State.DONE)


def test_a_job_does_not_take_the_name_of_a_run_that_the_package_brings(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_PACKAGED", tmp_path / "package")
    (tmp_path / "package" / "runs" / "report-baseline").mkdir(parents=True)
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    ends = [sys.executable, "-c", ""]
    backend = LocalBackend(paths.runs_dir(), Limits(free_gb=0.0), lambda run_id: ends)

    assert backend.submit(CONFIG).run_id == "report-baseline-2"
    with pytest.raises(RunError, match="There is a run 'report-baseline' already"):
        backend.submit(CONFIG, "report-baseline")


def test_many_at_once_run_one_at_a_time_in_their_order(tmp_path):
    backend = _backend(tmp_path, queue=40)
    names: list[str] = []
    lock = threading.Lock()

    def submit() -> None:
        job = backend.submit(CONFIG)
        with lock:
            names.append(job.run_id)

    threads = [threading.Thread(target=submit) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(names)) == 5
    for name in names:
        _wait(backend, name, State.DONE, seconds=400)

    times = sorted(
        (float((tmp_path / name / what).read_text(encoding="utf-8")), what, _number(name))
        for name in names
        for what in ("begun", "ended")
    )
    assert [what for _, what, _ in times] == ["begun", "ended"] * 5, "Two ran at once."
    order = [number for _, what, number in times if what == "begun"]
    assert order == sorted(order)
    assert not list((tmp_path / ".queue").glob("*.ticket"))


def test_as_many_train_at_once_as_there_are_slots(tmp_path, monkeypatch):
    monkeypatch.setenv(SLOTS_VARIABLE, "2")
    backend = _backend(tmp_path, seconds=60, slots=2)
    names = [backend.submit(CONFIG).run_id for _ in range(3)]

    for name in names[:2]:
        _begun(backend, name)

    assert [backend.status(name).ahead for name in names] == [0, 0, 1]
    assert not list(tmp_path.glob("*/ended"))
    for name in reversed(names):
        backend.stop(name, at_once=True)
    assert not (tmp_path / names[2] / "begun").exists()


def test_a_waiting_job_can_be_stopped_and_resumed(tmp_path):
    backend = _backend(tmp_path, seconds=30)
    first = backend.submit(CONFIG, "first")
    second = backend.submit(CONFIG, "second")
    _begun(backend, first.run_id)
    assert backend.status("second").ahead == 1

    backend.stop("second")
    assert "resumed" in _wait(backend, "second", State.STOPPED).status.message
    with pytest.raises(JobError, match="neither waits nor runs"):
        backend.stop("second")
    assert backend.resume(second.run_id).ahead == 1
    with pytest.raises(JobError, match="already"):
        backend.resume(second.run_id)

    backend.stop("first")
    _wait(backend, "first", State.STOPPED)
    _begun(backend, "second")
    backend.stop("second", at_once=True)
    _wait(backend, "second", State.STOPPED)


def test_a_killed_job_says_so_and_gives_its_place_to_the_next(tmp_path):
    backend = _backend(tmp_path, seconds=1)
    backend.submit(CONFIG, "killed")
    backend.submit(CONFIG, "next")
    _begun(backend, "killed")

    psutil.Process(backend.status("killed").status.pid).kill()

    job = _wait(backend, "killed", State.STOPPED)
    assert "without a word" in job.status.message
    _wait(backend, "next", State.DONE)
    backend.resume("killed")
    _wait(backend, "killed", State.DONE)


@pytest.mark.skipif(os.name == "nt", reason="process groups")
def test_a_job_outlives_the_process_group_that_started_it(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from tests.jobs.test_local import _backend, "
        "CONFIG; _backend(Path(sys.argv[1]), seconds=1).submit(CONFIG, 'orphan'); "
        "print('submitted', flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == "submitted\n"
        os.killpg(server.pid, signal.SIGKILL)

    _wait(_backend(tmp_path), "orphan", State.DONE)


@pytest.mark.parametrize(
    ("seed", "message"), [(13, "The seed is unlucky"), (14, "ZeroDivisionError")]
)
def test_a_failed_job_says_why(tmp_path, seed, message):
    backend = _backend(tmp_path)
    job = backend.submit(TrainConfig(seed=seed))

    assert message in _wait(backend, job.run_id, State.FAILED).status.message
    assert ("Traceback" in backend.logs(job.run_id)) is (seed == 14)


def test_the_number_of_a_dead_process_that_another_has_now_is_not_signalled(tmp_path):
    """The recorded process is gone; its number belongs to this test."""
    backend = _backend(tmp_path)
    run = make_run(tmp_path, "old")
    write_status(
        run.folder,
        Status(state=State.RUNNING, pid=os.getpid(), process=f"{identity(os.getpid())}9"),
    )

    assert backend.status("old").status.state is State.STOPPED
    with pytest.raises(JobError, match="neither waits nor runs"):
        backend.stop("old", at_once=True)


def test_a_stop_that_comes_when_all_is_written_leaves_it_done(tmp_path):
    backend = _backend(tmp_path)
    backend.submit(TrainConfig(epochs=3, seed=15), "late")

    done = _wait(backend, "late", State.DONE, State.STOPPED)
    assert (done.status.state, done.status.epoch, done.status.epochs) == (State.DONE, 3, 3)
    with pytest.raises(JobError, match="done; there is nothing to resume"):
        backend.resume("late")


def test_a_waiting_job_whose_ticket_is_deleted_goes_on_waiting(tmp_path):
    backend = _backend(tmp_path, seconds=60)
    backend.submit(CONFIG, "first")
    backend.submit(CONFIG, "second")
    _begun(backend, "first")
    _wait_for_pid(backend, "second")
    max((tmp_path / ".queue").glob("*.ticket")).unlink()

    until = time.monotonic() + 60
    while backend.status("second").ahead != 1:
        assert time.monotonic() < until, "It did not take another ticket."
        time.sleep(0.05)
    assert not (tmp_path / "second" / "begun").exists()
    for name in ("second", "first"):
        backend.stop(name, at_once=True)


def test_a_job_that_waits_or_runs_is_not_deleted(tmp_path):
    backend = _backend(tmp_path, seconds=60)
    backend.submit(CONFIG, "mine")
    with pytest.raises(JobError, match="Stop it first"):
        backend.delete("mine")
    _begun(backend, "mine")
    backend.stop("mine")
    _wait(backend, "mine", State.STOPPED)

    (tmp_path / CHOSEN).write_text("mine", encoding="utf-8")
    backend.delete("mine")
    assert backend.list() == []
    assert not (tmp_path / "mine").exists()
    assert not (tmp_path / CHOSEN).exists(), "Another run of that name would be the default."


@pytest.mark.parametrize(
    "source", [{"teachers": ("mine",)}, {"initial_run": "mine"}, {"features_of": "mine"}]
)
def test_a_run_that_another_one_learns_from_is_not_deleted_meanwhile(tmp_path, source):
    make_run(tmp_path, "mine")
    student = with_config(make_run(tmp_path, "student"), train=TrainConfig(epochs=3, **source))
    pid = os.getpid()
    student.write_status(Status(state=State.RUNNING, pid=pid, process=identity(pid)))
    with pytest.raises(JobError, match="'student' waits or runs and learns from 'mine'"):
        _backend(tmp_path).delete("mine")

    student.write_status(Status(state=State.DONE))
    _backend(tmp_path).delete("mine")
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("name", ["..", "../elsewhere", "a/b", "", "UPPER", "-rf", "x;y"])
def test_what_is_no_run_name_reaches_no_file(tmp_path, name):
    backend = _backend(tmp_path / "runs")
    for act in (backend.resume, backend.stop, backend.status, backend.logs, backend.delete):
        with pytest.raises(RunError, match="not a run name"):
            act(name)
    with pytest.raises(RunError, match="not a run name"):
        backend.submit(CONFIG, name)
    assert list(tmp_path.glob("[!r]*")) == []


def test_a_copy_of_a_job_s_folder_is_no_job(tmp_path):
    copy = make_run(tmp_path, "mine - Copy").folder
    write_spec(copy, JobSpec(run_id="mine", train=CONFIG))

    assert _backend(tmp_path).list() == []


def test_a_start_that_fails_is_a_sentence_and_leaves_nothing(tmp_path, monkeypatch):
    def full(command, folder, root):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(local, "spawn", full)
    with pytest.raises(JobError, match="could not be started: no space left"):
        _backend(tmp_path).submit(CONFIG, "mine")
    assert _backend(tmp_path).list() == []
    assert not list((tmp_path / ".queue").glob("*.ticket"))

    make_run(tmp_path, "old").write_status(Status(state=State.STOPPED))
    with pytest.raises(JobError, match="could not be started: no space left"):
        _backend(tmp_path).resume("old")


@pytest.mark.parametrize("system", ["posix", "nt"])
def test_a_stop_on_a_full_disk_reaches_the_job_or_says_that_it_does_not(
    tmp_path, monkeypatch, system
):
    pid, ended = os.getpid(), []
    running = Status(state=State.RUNNING, pid=pid, process=identity(pid))
    make_run(tmp_path, "mine").write_status(running)

    def full(folder, status):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(local, "write_status", full)
    monkeypatch.setattr(local, "end", lambda pid, identity, at_once: ended.append(at_once))
    monkeypatch.setattr(local, "os", SimpleNamespace(name=system))
    backend = _backend(tmp_path)

    if system == "nt":  # its status would have been the only request
        with pytest.raises(JobError, match=r"could not be asked to stop.*--now"):
            backend.stop("mine")
    else:
        backend.stop("mine")
    backend.stop("mine", at_once=True)
    assert ended == ([True] if system == "nt" else [False, True])


def test_runs_that_cannot_be_written_to_are_listed_and_a_start_is_refused(tmp_path):
    make_run(tmp_path, "ready")
    (tmp_path / ".queue").write_bytes(b"")  # as on a disk that is read-only, for root too

    assert [job.run_id for job in _backend(tmp_path).list()] == ["ready"]
    with pytest.raises(JobError, match="the folder of the runs can be written to"):
        _backend(tmp_path).submit(CONFIG)


def test_a_folder_whose_record_cannot_be_read_hides_no_other_job(tmp_path):
    make_run(tmp_path, "ready")
    (tmp_path / "odd" / "job.json").mkdir(parents=True)

    assert [job.run_id for job in _backend(tmp_path).list()] == ["ready"]


def test_limits_refuse_with_the_setting_that_changes_them(tmp_path):
    with pytest.raises(JobError, match=r"300.*FER_MAX_EPOCHS"):
        _backend(tmp_path).submit(TrainConfig(epochs=301))
    with pytest.raises(JobError, match=r"queue takes 0.*FER_MAX_QUEUE"):
        _backend(tmp_path, queue=0).submit(CONFIG)
    with pytest.raises(JobError, match="GB of disk"):
        _backend(tmp_path, free_gb=10**6).submit(CONFIG)
    assert _backend(tmp_path).list() == []


@pytest.mark.parametrize("damage", [b"{", b"", b"\x00\xff{"])
def test_a_damaged_status_of_a_living_job_does_not_lose_it(tmp_path, damage):
    backend = _backend(tmp_path, seconds=30)
    backend.submit(CONFIG, "mine")
    _begun(backend, "mine")
    (tmp_path / "mine" / "status.json").write_bytes(damage)

    with pytest.raises(JobError, match="already"):
        backend.resume("mine")
    assert backend.status("mine").is_active
    backend.stop("mine")
    _wait(backend, "mine", State.STOPPED)


def test_a_job_gets_no_secret_of_the_server(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_OWNER_PASSPHRASE", "open sesame")
    backend = LocalBackend(
        tmp_path,
        Limits(free_gb=0),
        lambda run_id: [sys.executable, "-c", "import os; print(sorted(os.environ))"],
    )
    job = backend.submit(CONFIG)
    until = time.monotonic() + 60
    while not (log := backend.logs(job.run_id)) and time.monotonic() < until:
        time.sleep(0.05)

    assert "FER_RUNS_DIR" in log
    assert "PASSPHRASE" not in log
    assert "did not start" in _wait(backend, job.run_id, State.STOPPED).status.message


def _number(name: str) -> int:
    return int(name.rpartition("-")[2]) if name != "report-baseline" else 1
