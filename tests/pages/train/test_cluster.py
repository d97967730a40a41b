"""The Train page: a training that is sent to a Ray cluster."""

from pathlib import Path

import pytest

from fer_core.config import TrainConfig
from fer_core.jobs import detached
from fer_core.jobs.base import JobSpec, KerasBackend, Place, read_spec, write_spec
from fer_core.jobs.ray import backend
from fer_core.jobs.ray.settings import RaySettings
from fer_core.runs import process
from fer_core.runs.store import State, Status, write_status
from pages.parts.shared import cached
from pages.parts.train import cluster
from tests.jobs.ray.fake import CPU_NODE, FakeRay
from tests.pages.train.page import find_button, open_drawer, open_page, text, wait


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "FER_RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(cached, "has_data", lambda: True)
    sleeping = ["python3", "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(backend, "spawn", lambda command, *rest: detached.spawn(sleeping, *rest))
    fake = FakeRay()
    yield fake
    fake.end()
    for child in detached._children:
        child.kill()
        child.wait()
    detached._children.clear()


def at_cluster(address: str, preset: str = "compact"):
    """The drawer with a cluster chosen and its answer come."""
    page = open_drawer(preset)
    page.segmented_control(key="train-place").set_value(Place.RAY).run()
    page.text_input(key="train-ray-address").set_value(address).run()
    if address:
        wait(lambda: not cluster.known_cluster(address).is_pending)
        page.run()
    assert not page.exception, page.exception
    return page


def test_the_clusters_devices_are_shown_and_a_job_is_sent(
    runs: Path, unlocked: None, ray: FakeRay
) -> None:
    page = at_cluster(ray.address)
    shown = text(page)
    assert "Ray 2.60.0, 2 nodes: 2 GPUs (T4), 12 CPUs, 80 GB of memory." in shown
    assert "downloads the data set itself: 67 MB from Kaggle" in shown
    host = ray.address.removeprefix("http://")
    assert f"on the Ray cluster {host}, 1 GPU." in shown

    find_button(page, "Start training").click().run()

    assert not page.exception
    spec = read_spec(runs / "compact")
    assert spec is not None
    assert spec.ray == RaySettings(address=ray.address)
    assert spec.remote in ray.jobs
    assert "**compact** on the Ray cluster: sent" in text(page)


def test_a_cluster_without_gpus_is_told_and_start_waits(unlocked: None, ray: FakeRay) -> None:
    ray.nodes = [CPU_NODE]
    page = at_cluster(ray.address)
    assert "The cluster has no GPU." in text(page)
    assert find_button(page, "Start training").disabled

    page.number_input(key="train-ray-gpus").set_value(0).run()

    assert not find_button(page, "Start training").disabled
    assert "processors" in text(page)


def test_a_wrong_address_is_told_and_can_be_asked_again(unlocked: None, ray: FakeRay) -> None:
    port = ray.end()
    page = at_cluster(ray.address)
    assert f"No Ray cluster answers at `{ray.address}`." in text(page)
    assert find_button(page, "Start training").disabled

    ray.start(port)
    find_button(page, "Ask again").click().run()
    wait(lambda: not cluster.known_cluster(ray.address).is_pending)
    page.run()

    assert "2 nodes" in text(page)


@pytest.mark.parametrize("typed", ["ray://head:10001", "http://head:0", "two words"])
def test_what_is_no_address_is_told_beside_an_example(
    unlocked: None, ray: FakeRay, typed: str
) -> None:
    page = at_cluster(typed)
    assert "address of Ray's dashboard, as `http://HEAD:8265`." in page.error[0].value
    assert find_button(page, "Start training").disabled


def test_an_address_that_is_not_given_yet_is_asked_for_and_no_error(
    unlocked: None, ray: FakeRay
) -> None:
    page = at_cluster("")
    assert not page.error
    assert "Of Ray's dashboard, as `http://HEAD:8265`." in text(page)
    assert "Give the address of the Ray cluster." in text(page)
    assert find_button(page, "Start training").disabled


def test_several_gpus_need_jax_where_tensorflow_would_differ(unlocked: None, ray: FakeRay) -> None:
    page = at_cluster(ray.address)
    page.number_input(key="train-ray-gpus").set_value(2).run()
    assert "TensorFlow would train something else" in text(page)

    page.segmented_control(key="train-ray-backend").set_value(KerasBackend.JAX).run()

    assert not page.exception
    assert not find_button(page, "Start training").disabled


def test_a_stranger_asks_no_cluster_and_learns_of_none(
    ray: FakeRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_RAY_ADDRESS", ray.address)
    page = open_drawer("compact")
    page.segmented_control(key="train-place").set_value(Place.RAY).run()
    field = page.text_input(key="train-ray-address")
    assert field.disabled
    assert not field.value
    field.proto.disabled = False  # as a browser that was tampered with
    field.set_value(ray.address).run()

    assert not page.exception
    assert ray.asked == []
    assert find_button(page, "Start training").disabled


def test_a_cluster_that_does_not_answer_is_waited_for_or_given_up(
    runs: Path, unlocked: None, ray: FakeRay
) -> None:
    folder = runs / "far"
    folder.mkdir()
    settings = RaySettings(address=ray.address)
    where = {"place": Place.RAY, "remote": "fer-far", "ray": settings}
    write_spec(folder, JobSpec(run_id="far", train=TrainConfig(), **where))
    pid = detached.spawn(["python3", "-c", "import time; time.sleep(60)"], folder, runs)
    status = Status(
        state=State.RUNNING,
        epochs=50,
        host="the Ray cluster",
        stage="Waiting for an answer",
        message="No Ray cluster answers at http://head:8265.",
        pid=pid,
        process=process.identity(pid),
    )
    write_status(folder, status)
    page = open_page()
    assert "**far** on the Ray cluster: waiting for an answer" in text(page)
    assert "No Ray cluster answers" in text(page)
    assert "the training may go on there meanwhile" in text(page)
    assert "Last asked" in text(page)

    find_button(page, "Stop following it").click().run()

    assert not page.exception
    assert "'far' is stopped. No longer followed here." in text(page)
