"""Jobs on a Ray cluster, against one that speaks its REST API: sent, followed, brought home."""

import io
import json
import subprocess
import sys
import threading
import time
import zipfile

import pytest

from fer_core.config import TrainConfig
from fer_core.errors import FerError, JobError
from fer_core.jobs import parcel
from fer_core.jobs.base import DataSource, JobSpec, KerasBackend, Place, read_spec
from fer_core.jobs.limits import Limits
from fer_core.jobs.local import LocalBackend
from fer_core.jobs.ray import rest, told
from fer_core.jobs.ray.backend import RayBackend, package_for
from fer_core.jobs.ray.follow import follow
from fer_core.jobs.ray.settings import RaySettings
from fer_core.runs.store import State, get_run, read_status
from fer_core.training.create import check_resumable
from tests.builders import make_run, with_config
from tests.jobs.ray.conftest import jobs_at

CONFIG = TrainConfig(epochs=3, seed=7)
ROW = {
    **{"epoch": 1, "accuracy": 0.5, "loss": 1.5, "val_accuracy": 0.4, "val_loss": 1.6},
    **{"learning_rate": 0.001, "seconds": 12.0},
}


def lines(capsys, *marked):
    """What a training prints."""
    for mark, what in marked:
        told.tell(mark, what)
    return capsys.readouterr().out


def trained(folder, run_id, epochs=3):
    """A run as it comes home, and its ZIP."""
    made = make_run(folder, run_id, epochs=epochs)
    run = with_config(made, train=CONFIG)
    run.checkpoint_path.mkdir()
    (run.checkpoint_path / "variables.npz").write_bytes(b"weights")
    (run.checkpoint_path / "state.json").write_text("{}", encoding="utf-8")
    parcel.pack(run, folder / "run.zip")
    return run, (folder / "run.zip").read_bytes()


def result(capsys, packed):
    told.tell_result(packed)
    return capsys.readouterr().out


def in_background(jobs, name):
    """Follows a job as its process would."""
    thread = threading.Thread(target=follow, args=(name, jobs.root), daemon=True)
    thread.start()
    return thread


def wait(happened):
    until = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_job_carries_code_pins_and_configuration(ray, jobs, monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN", "the-token")
    job = jobs.submit(CONFIG, "mine")

    request = ray.job.request
    environment = request["runtime_env"]
    assert request["entrypoint_num_gpus"] == 1
    assert environment["env_vars"]["RAY_JOB_STOP_WAIT_TIME_S"] == "120"
    assert "tensorflow[and-cuda]==2.21.0" in environment["pip"]
    (package,) = ray.packages.values()
    assert environment["working_dir"].removeprefix("gcs://") in ray.packages
    with zipfile.ZipFile(io.BytesIO(package)) as file:
        sent = JobSpec.model_validate_json(file.read("job.json"))
        assert "fer_core/training/loop.py" in file.namelist()
        assert "fer_core/jobs/ray/remote.py" in file.namelist()
        assert request["entrypoint"].split()[-1] in file.namelist()
    assert sent.train == CONFIG
    assert job.status.state is State.QUEUED
    assert "the-token" not in json.dumps(request) + str(package)
    spec = read_spec(jobs.root / "mine")
    assert spec is not None
    assert spec.place is Place.RAY
    assert "the-token" not in spec.model_dump_json()


def test_jax_and_processors_need_other_packages(ray, tmp_path):
    jobs = jobs_at(tmp_path / "runs", address=ray.address, gpus=0)
    jobs.submit(CONFIG, backend=KerasBackend.JAX)
    assert "jax" in ray.job.request["runtime_env"]["pip"]
    assert not any("tensorflow" in line for line in ray.job.request["runtime_env"]["pip"])
    installed = jobs_at(tmp_path / "runs", address=ray.address, install=False)
    installed.submit(CONFIG)
    assert "pip" not in ray.job.request["runtime_env"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (TrainConfig(model="hog-svm"), "no network"),
        (TrainConfig(model="temporal", features_of="compact"), "train it here"),
        (TrainConfig(phases=({"epochs": 1, "labels": "ferplus"},)), "votes stay on this machine"),
        (TrainConfig(teachers=("nobody",)), "There is no run 'nobody'"),
        (TrainConfig(epochs=301), "301 epochs are more"),
    ],
)
def test_what_cannot_be_trained_there_is_refused_before_it_is_asked(ray, jobs, config, said):
    with pytest.raises(JobError, match=said):
        jobs.submit(config)
    assert ray.asked == []
    assert jobs.list() == []


def test_several_gpus_are_refused_where_tensorflow_would_train_something_else(ray, tmp_path):
    jobs = jobs_at(tmp_path / "runs", address=ray.address, gpus=2)
    with pytest.raises(FerError, match="Choose JAX"):
        jobs.submit(CONFIG)
    assert ray.asked == []
    jobs.submit(CONFIG, backend=KerasBackend.JAX)
    assert ray.job.request["entrypoint_num_gpus"] == 2


def test_a_cluster_that_refuses_leaves_no_job_behind(ray, jobs):
    ray.broken = "/api/jobs/"
    with pytest.raises(JobError, match="the disk of the head is full"):
        jobs.submit(CONFIG)
    assert jobs.list() == []
    ray.broken, ray.nodes = "", []
    with pytest.raises(JobError, match="no node"):
        jobs.submit(CONFIG)
    assert jobs.list() == []


def test_a_cluster_that_has_just_been_started_is_waited_for_a_little(ray, jobs, monkeypatch):
    ray.early = 1
    jobs.submit(CONFIG, "mine")
    assert ray.job.request["metadata"] == {"name": "mine"}

    monkeypatch.setattr(rest, "BEGINS", 0)
    ray.early = 2
    with pytest.raises(JobError, match="has just been started"):
        jobs.submit(CONFIG, "other")
    assert [job.run_id for job in jobs.list()] == ["mine"]


def test_what_a_run_learns_from_goes_along(ray, jobs):
    teacher = make_run(jobs.root, "wise")
    (teacher.folder / "model.keras").write_bytes(b"network")

    jobs.submit(TrainConfig(teachers=("wise",)))

    (package,) = ray.packages.values()
    with zipfile.ZipFile(io.BytesIO(package)) as file:
        assert file.read("runs/wise/model.keras") == b"network"


def test_its_curve_and_log_grow_while_it_runs(ray, jobs, capsys, tmp_path):
    run, _ = trained(tmp_path / "there", "mine")
    jobs.submit(CONFIG, "mine")
    following = in_background(jobs, "mine")
    wait(lambda: "free devices" in jobs.status("mine").status.stage)

    told_so_far = (
        *((told.STAGE, "Training"), (told.CONFIG, run.config.model_dump(mode="json"))),
        *((parcel.EPOCH_MARK, ROW), (told.STEP, {"step": 5, "steps": 9, "step_seconds": 0.2})),
    )
    ray.job.log = "Epoch 1/3: fine" + lines(capsys, *told_so_far)
    ray.job.status = "RUNNING"
    wait(lambda: jobs.status("mine").status.step == 5)

    job = jobs.status("mine")
    assert job.status.state is State.RUNNING
    assert job.status.epoch == 1
    assert job.is_followed
    assert job.status.host == "the Ray cluster"
    assert len(get_run("mine", jobs.root).history()) == 1
    assert "Epoch 1/3: fine" in jobs.logs("mine")
    assert "FER-" not in jobs.logs("mine")
    ray.job.status = "FAILED"
    following.join(20)


def test_a_finished_run_comes_home_and_is_exported_here(ray, jobs, exported, capsys, tmp_path):
    jobs.submit(CONFIG, "mine", backend=KerasBackend.JAX)
    ray.job.status = "SUCCEEDED"
    ray.job.log = result(capsys, trained(tmp_path / "there", "mine")[1])

    assert follow("mine", jobs.root) == 0

    assert exported == ["mine"]
    assert (jobs.root / "mine" / "checkpoint" / "variables.npz").read_bytes() == b"weights"
    spec = read_spec(jobs.root / "mine")
    assert spec is not None
    assert spec.remote is None
    assert spec.backend is KerasBackend.TENSORFLOW, "The export is TensorFlow's."


def test_a_run_comes_home_through_shared_storage(ray, exported, tmp_path):
    from fer_core.jobs.ray.storage import Storage

    (tmp_path / "shared").mkdir()
    shared = str(tmp_path / "shared")
    jobs = jobs_at(tmp_path / "runs", address=ray.address, storage=shared)
    jobs.submit(CONFIG, "mine")
    packed = trained(tmp_path / "there", "mine")[1]
    Storage(shared).put(f"{read_spec(jobs.root / 'mine').remote}.zip", packed)
    ray.job.status = "SUCCEEDED"

    follow("mine", jobs.root)

    assert exported == ["mine"]
    assert list((tmp_path / "shared").iterdir()) == []


@pytest.mark.parametrize(("stored", "keys"), [(True, ["AWS_SECRET_ACCESS_KEY"]), (False, [])])
def test_whoever_brings_a_run_home_has_the_keys_of_its_storage_and_no_others(
    ray, tmp_path, monkeypatch, stored, keys
):
    for name in ("AWS_SECRET_ACCESS_KEY", "KAGGLE_KEY", "HF_TOKEN"):
        monkeypatch.setenv(name, "x")
    settings = RaySettings(address=ray.address, storage=tmp_path.as_uri() if stored else "")
    told = "import os; print([n for n in os.environ if n.endswith(('_KEY', '_TOKEN'))])"
    follower = [sys.executable, "-c", told]
    root = tmp_path / "runs"
    jobs = RayBackend(root, Limits(free_gb=0.0), ray=settings, follow=lambda name: follower)

    jobs.submit(CONFIG, "mine")

    wait(lambda: jobs.logs("mine"))
    assert jobs.logs("mine") == str(keys)


def test_a_shared_storage_that_is_not_here_is_told_before_anything_is_sent(ray, tmp_path):
    for address, said in (
        (str(tmp_path / "nowhere"), "no folder here"),
        ("relative/path", "no shared storage"),
        ("s3://KEY:SECRET@bucket", "holds a name or password"),
        ("nonsense://bucket", "cannot be used"),
    ):
        jobs = jobs_at(tmp_path / "runs", address=ray.address, storage=address)
        with pytest.raises(JobError, match=said) as refused:
            jobs.submit(CONFIG)
        assert "SECRET" not in str(refused.value)
    assert not ray.jobs


def test_a_lost_connection_is_waited_for(ray, jobs, exported, capsys, tmp_path):
    jobs.submit(CONFIG, "mine")
    ray.job.status = "RUNNING"
    port = ray.end()
    following = in_background(jobs, "mine")
    wait(lambda: "No Ray cluster answers" in jobs.status("mine").status.message)
    assert jobs.status("mine").is_active
    assert ray.address not in jobs.status("mine").status.message, "Visitors read it."

    ray.job.status = "SUCCEEDED"
    ray.job.log = result(capsys, trained(tmp_path / "there", "mine")[1])
    ray.start(port)
    following.join(20)

    assert exported == ["mine"]


def test_a_cluster_that_was_started_anew_is_told(ray, jobs):
    jobs.submit(CONFIG, "mine")
    ray.jobs.clear()

    follow("mine", jobs.root)

    said = jobs.status("mine").status
    assert said.state is State.FAILED
    assert "no longer knows the job" in said.message


def test_a_node_that_vanished_is_told_without_its_log(ray, jobs):
    jobs.submit(CONFIG, "mine")
    ray.job.status, ray.job.error = "FAILED", "JOB_SUPERVISOR_ACTOR_DIED"
    ray.broken = "/logs"

    follow("mine", jobs.root)

    assert jobs.status("mine").status.message == "The node that trained it is gone."


def test_why_it_failed_there_is_said_in_its_own_words(ray, jobs, capsys):
    jobs.submit(CONFIG, "mine")
    ray.job.log = lines(capsys, (told.FAILED, "The cluster finds no data set in /data."))
    ray.job.status, ray.job.message = "FAILED", f"It failed, last available logs: {ray.job.log}"

    follow("mine", jobs.root)

    said = jobs.status("mine").status
    assert said.state is State.FAILED
    assert said.message == "The cluster finds no data set in /data."
    assert "FER-FAILED" not in jobs.logs("mine")


def test_an_environment_in_which_ray_does_not_start_is_not_taken_for_a_lost_node(ray, jobs):
    jobs.submit(CONFIG, "mine")
    ray.job.status, ray.job.error = "FAILED", "JOB_SUPERVISOR_ACTOR_DIED"
    ray.job.message = (
        "Job supervisor actor died: The actor died because of an error raised in its creation "
        "task, JobSupervisor.__init__()\nModuleNotFoundError: No module named 'click'"
    )

    follow("mine", jobs.root)

    assert "could not start in the environment" in jobs.status("mine").status.message
    assert "No module named 'click'" in jobs.logs("mine")


def test_a_stopped_job_comes_home_and_continues_there(ray, jobs, capsys, tmp_path):
    jobs.submit(CONFIG, "mine")
    ray.job.status = "RUNNING"
    following = in_background(jobs, "mine")
    wait(lambda: jobs.status("mine").status.state is State.RUNNING)
    ray.job.log = result(capsys, trained(tmp_path / "there", "mine", epochs=2)[1])

    jobs.stop("mine")
    following.join(20)

    said = jobs.status("mine").status
    assert said.state is State.STOPPED
    assert said.epoch == 2
    before = list(ray.jobs)

    jobs.resume("mine")

    assert len(ray.jobs) == 2
    assert list(ray.jobs)[-1] not in before
    with zipfile.ZipFile(io.BytesIO(list(ray.packages.values())[-1])) as file:
        assert file.read("runs/mine/checkpoint/variables.npz") == b"weights"
    with pytest.raises(JobError, match="waits or runs already"):
        jobs.resume("mine")


def test_one_whose_node_is_gone_with_its_checkpoint_begins_again_there(jobs, ray, tmp_path):
    jobs.submit(CONFIG, "mine")
    with_config(make_run(jobs.root, "mine"), train=CONFIG, finished=None)  # as it told

    package = package_for(read_spec(jobs.root / "mine"), jobs.root)

    with zipfile.ZipFile(io.BytesIO(package)) as file:
        file.extractall(tmp_path / "there")
    check_resumable(get_run("mine", tmp_path / "there" / "runs"))


def test_whoever_follows_may_be_killed(ray, jobs, exported, capsys, tmp_path):
    """As by a restart of this machine: the cluster trains on, and is found again."""
    from fer_core.runs.store import write_status

    jobs.submit(CONFIG, "mine")
    dead = {"state": State.RUNNING, "pid": 2**22 + 1, "process": "gone"}
    write_status(jobs.root / "mine", read_status(jobs.root / "mine").model_copy(update=dead))
    said = jobs.status("mine").status
    assert said.state is State.STOPPED
    assert "Nothing here follows it any more" in said.message

    jobs.resume("mine")
    assert len(ray.jobs) == 1, "It is followed, not sent again."
    ray.job.status = "SUCCEEDED"
    ray.job.log = result(capsys, trained(tmp_path / "there", "mine")[1])
    follow("mine", jobs.root)

    assert exported == ["mine"]


def test_a_damaged_result_is_asked_for_again(ray, jobs, exported, capsys, tmp_path):
    jobs.submit(CONFIG, "mine")
    ray.job.status = "SUCCEEDED"
    whole = result(capsys, trained(tmp_path / "there", "mine")[1])
    ray.job.log = whole.replace(told.PART, told.PART + '"AAAA"\n' + told.PART, 1)
    follow("mine", jobs.root)
    assert "damaged" in jobs.status("mine").status.message

    ray.job.log = whole
    jobs.resume("mine")
    follow("mine", jobs.root)

    assert exported == ["mine"]


def test_a_job_whose_cluster_is_gone_can_be_given_up_and_deleted(ray, jobs):
    jobs.submit(CONFIG, "mine")
    ray.broken = "/stop"
    with pytest.raises(JobError, match="did not take this"):
        jobs.stop("mine")
    assert jobs.status("mine").status.state is State.QUEUED

    given_up = jobs.stop("mine", at_once=True).status

    assert given_up.state is State.STOPPED
    assert "was not told" in given_up.message
    LocalBackend(jobs.root, Limits(free_gb=0.0)).delete("mine")


def test_why_packages_were_not_installed_is_in_the_log(ray, jobs):
    jobs.submit(CONFIG, "mine")
    ray.job.status, ray.job.error = "FAILED", "RUNTIME_ENV_SETUP_FAILURE"
    ray.job.message = "ERROR: No matching distribution found for tensorflow"

    follow("mine", jobs.root)

    assert "packages could not be installed there" in jobs.status("mine").status.message
    assert "No matching distribution" in jobs.logs("mine")


def test_a_python_that_is_too_old_is_told_by_the_cluster(ray, jobs, tmp_path):
    jobs.submit(CONFIG, "mine")
    (package,) = ray.packages.values()
    with zipfile.ZipFile(io.BytesIO(package)) as file:
        script = file.read("start.py").decode().replace("(3, 11)", "(4, 0)")
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False
    )
    ray.job.status, ray.job.log = "FAILED", said.stdout

    follow("mine", jobs.root)

    assert said.returncode == 1
    assert "this app needs 3.11 to 3.13" in jobs.status("mine").status.message


def test_drawn_faces_can_be_trained_there_too(ray, jobs):
    jobs.submit(CONFIG, data=DataSource.SYNTHETIC)
    assert len(ray.jobs) == 1
