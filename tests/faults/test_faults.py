"""Jobs that are killed, starved and damaged: none is lost, all end where they should."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fer_core.errors import JobError
from fer_core.jobs import local
from fer_core.jobs.base import DataSource
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.runs.store import State
from tests.builders import MICRO
from tests.faults.harness import TALLY, Home, config, moments
from tests.faults.memory import memory_group

KILLS_LONG = 20
AFTER_TWO_EPOCHS = "checkpoint.previous"
"""Is there once the second checkpoint has been written."""


def _kill_and_finish(home: Home, undisturbed, run_id: str, moment: float) -> None:
    expected, _ = undisturbed
    home.submit(run_id)
    time.sleep(moment)
    home.check_readable(run_id)
    home.kill(run_id)
    TALLY.add("job killed (SIGKILL) at a random moment, resumed")
    home.check_readable(run_id)
    home.check_same(home.finish(run_id), expected)


@pytest.mark.slow
def test_a_job_killed_between_two_epochs_goes_on_and_ends_like_one_left_alone(home):
    small = {"model": MICRO, "epochs": 6}
    home.submit("alone", **small)
    expected = home.finish("alone")
    home.submit("killed", **small)
    home.wait_until("killed", lambda folder: (folder / "checkpoint").exists())
    home.kill("killed")
    TALLY.add("job killed (SIGKILL) between two epochs, resumed")
    assert home.jobs.status("killed").status.state is State.STOPPED

    found = home.finish("killed")

    assert re.search(r"Resumed after epoch [1-9]\.", home.jobs.logs("killed"))
    home.check_same(found, expected)


@pytest.mark.long
@pytest.mark.parametrize("number", range(KILLS_LONG))
def test_a_job_killed_at_any_of_twenty_moments_ends_like_one_left_alone(home, undisturbed, number):
    moment = moments(KILLS_LONG, undisturbed[1], seed=2)[number]
    _kill_and_finish(home, undisturbed, f"killed-long-{number}", moment)


@pytest.mark.long
def test_a_job_outlives_the_server_that_started_it(home, undisturbed):
    """The process that submitted it is killed with its whole group, as a server would be."""
    script = (
        "import time; from tests.faults.harness import config; "
        "from fer_core.jobs.base import DataSource; "
        "from fer_core.jobs.local import LocalBackend; "
        "LocalBackend().submit(config(), 'orphan', DataSource.SYNTHETIC); "
        "print('submitted', flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == "submitted\n"
        os.killpg(server.pid, signal.SIGKILL)
    TALLY.add("server killed (SIGKILL) with its process group")

    home.check_same(home.finish("orphan"), undisturbed[0])


def _stopped_after_two_epochs(home: Home, run_id: str) -> Path:
    home.submit(run_id)
    home.wait_until(run_id, lambda folder: (folder / AFTER_TWO_EPOCHS).exists())
    home.kill(run_id)
    return home.runs / run_id


@pytest.mark.long
def test_damaged_files_fall_back_to_what_is_whole(home, undisturbed):
    folder = _stopped_after_two_epochs(home, "damaged")
    (folder / "status.json").write_bytes(b"\x00\xff{")
    with (folder / "history.csv").open("a", encoding="utf-8") as file:
        file.write("3,0.2,")
    variables = folder / "checkpoint" / "variables.npz"
    variables.write_bytes(variables.read_bytes()[:1000])
    for fault in ("status.json damaged", "history.csv cut off", "last checkpoint cut off"):
        TALLY.add(fault)

    home.check_readable("damaged")
    job = home.jobs.status("damaged")
    assert job.status.state is State.STOPPED
    assert job.run is not None
    assert len(job.run.history()) >= 1
    home.jobs.resume("damaged")
    home.check_same(home.finish("damaged"), undisturbed[0])


@pytest.mark.long
def test_a_clock_that_jumps_neither_ends_a_job_nor_wakes_a_dead_one(home, undisturbed):
    home.submit("clock")
    home.wait_until("clock", lambda folder: (folder / "checkpoint").exists())
    status = home.runs / "clock" / "status.json"
    for heartbeat in ("1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z"):
        said = json.loads(status.read_text(encoding="utf-8")) | {"heartbeat": heartbeat}
        status.write_text(json.dumps(said), encoding="utf-8")
        TALLY.add("clock a century off")
        assert home.jobs.status("clock").is_active
    home.kill("clock")
    said = json.loads(status.read_text(encoding="utf-8")) | {"heartbeat": "2099-01-01T00:00:00Z"}
    status.write_text(json.dumps(said), encoding="utf-8")
    assert home.jobs.status("clock").status.state is State.STOPPED
    home.jobs.resume("clock")
    home.check_same(home.finish("clock"), undisturbed[0])


@pytest.mark.long
def test_two_resumes_at_once_start_one_process(home, undisturbed):
    _stopped_after_two_epochs(home, "twice")
    home.jobs.resume("twice")
    TALLY.add("resumed twice")
    with pytest.raises(JobError, match="already"):
        home.jobs.resume("twice")
    home.check_same(home.finish("twice"), undisturbed[0])


@pytest.mark.long
def test_a_full_disk_is_said_and_survived(home, undisturbed, tmp_path):
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small file system needs root")
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        jobs = LocalBackend(small, Limits(free_gb=0.0))
        name = jobs.submit(config(), "full", DataSource.SYNTHETIC).run_id
        filler = small / "filler"
        until = time.monotonic() + 280
        while not (small / name / "checkpoint").exists():
            assert time.monotonic() < until, jobs.logs(name)
            time.sleep(0.02)
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
                    file.flush()
            except OSError:
                pass
        TALLY.add("disk full")
        while jobs.status(name).is_active:
            assert time.monotonic() < until, jobs.logs(name)
            time.sleep(0.1)
        said = jobs.status(name).status
        assert said.state is State.FAILED, jobs.logs(name)
        assert "The disk is full" in said.message
        filler.unlink()
        size = ["mount", "-o", "remount,size=60m", str(small)]
        subprocess.run(size, check=True)
        jobs.resume(name)
        while jobs.status(name).is_active:
            assert time.monotonic() < until + 280, jobs.logs(name)
            time.sleep(0.1)
        assert jobs.status(name).status.state is State.DONE, jobs.logs(name)
        run = jobs.status(name).run
        assert run is not None
        home.check_same(run.predictions().y_score, undisturbed[0])
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


@pytest.mark.long
def test_a_job_that_the_kernel_ends_for_want_of_memory_says_so_and_goes_on(home, undisturbed):
    with memory_group() as group:
        if group is None:
            pytest.skip("a control group for memory can be made by root on Linux only")
        limits = Limits(free_gb=0.0, queue=40)
        jobs = LocalBackend(
            home.runs, limits, lambda run_id: group.inside(local.worker_command(run_id))
        )
        name = jobs.submit(config(), "starved", DataSource.SYNTHETIC).run_id
        home.wait_until(name, lambda folder: (folder / "checkpoint").exists())
        with group.starved():
            said = home.wait(name, State.STOPPED, State.FAILED, State.DONE).status
    TALLY.add("job ended by the kernel for want of memory (SIGKILL)")
    assert said.state is State.STOPPED, jobs.logs(name)
    assert "often the memory was too small" in said.message
    assert said.epoch >= 1
    home.check_readable(name)
    home.jobs.resume(name)
    home.check_same(home.finish(name), undisturbed[0])


@pytest.mark.long
def test_thirty_submits_at_once_run_one_by_one_in_their_order(tmp_path):
    """Processes, each with a backend of its own; their training is only a count."""
    program = (
        "import sys; from fer_core.jobs.limits import Limits; "
        "from fer_core.jobs.local import LocalBackend; from fer_core.config import TrainConfig; "
        "from pathlib import Path; command = [sys.executable, '-m', 'tests.jobs.fake', '0.05']; "
        "b = LocalBackend(Path(sys.argv[1]), Limits(free_gb=0.0, queue=40), "
        "lambda run_id: [*command, run_id]); print(b.submit(TrainConfig(epochs=1)).run_id)"
    )
    submits = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)],
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for _ in range(30)
    ]
    names = [process.communicate(timeout=600)[0].strip() for process in submits]
    TALLY.add("30 submits at once")
    assert len(set(names)) == 30
    jobs = LocalBackend(tmp_path, Limits(free_gb=0.0))
    until = time.monotonic() + 900
    while any(jobs.status(name).is_active for name in names):
        assert time.monotonic() < until, [str(jobs.status(name).status) for name in names]
        time.sleep(0.5)

    assert all((tmp_path / name / "ended").exists() for name in names), "A job was lost."
    times = sorted(
        (float((tmp_path / name / what).read_text(encoding="utf-8")), what, name)
        for name in names
        for what in ("begun", "ended")
    )
    assert [what for _, what, _ in times] == ["begun", "ended"] * 30, "Two ran at once."
    order = [
        int(name.removeprefix("report-baseline").removeprefix("-") or 1)
        for _, what, name in times
        if what == "begun"
    ]
    assert order == sorted(order), "They did not run in the order of their tickets."
