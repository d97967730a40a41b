"""The Train page: start, watch, stop, resume, and locked for strangers."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.errors import JobError
from fer_core.jobs import local
from fer_core.jobs.base import DataSource
from fer_core.jobs.devices import Devices, Probe
from fer_core.jobs.limits import EPOCHS_VARIABLE, Limits
from fer_core.jobs.local import LocalBackend
from fer_core.models.registry import get_preset
from fer_core.paths import PROJECT_ROOT
from fer_core.runs.store import State, Status, default_run
from tests.builders import make_run
from views.ui import owner
from views.ui.curves.curve_charts import Metric
from views.ui.train import job_curves, machine, places

APP = str(PROJECT_ROOT / "app.py")
COLOR = "#123456"
SECONDS = {"now": 0.1}


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An empty runs folder, jobs that only count, and a machine that is not asked."""
    folder = tmp_path / "runs"
    folder.mkdir()
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(folder))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "no-data"))
    monkeypatch.setenv("FER_MIN_FREE_GB", "0")
    monkeypatch.delenv(owner.PASSPHRASE_VARIABLE, raising=False)
    spawn = local.spawn

    def fake(command, folder, root):
        counted = [sys.executable, "-m", "tests.jobs.fake", str(SECONDS["now"]), command[-1]]
        return spawn(counted, folder, root)

    monkeypatch.setattr(local, "spawn", fake)
    monkeypatch.setattr(machine, "enough_memory", lambda: False)
    SECONDS["now"] = 0.1
    st.cache_data.clear()
    st.cache_resource.clear()
    yield folder
    jobs = LocalBackend(folder)
    for job in jobs.list():
        if job.is_active:
            jobs.stop(job.run_id, at_once=True)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "is_unlocked", lambda: True)


def _open() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120).run()
    page = app.switch_page("views/operate/train.py").run()
    assert not page.exception, page.exception
    return page


def _button(page: AppTest, label: str):
    return next(button for button in page.button if button.label == label)


def _choose_row(page: AppTest, name: str) -> None:
    names = page.dataframe[0].value["name"].tolist()
    chosen = {"selection": {"rows": [names.index(name)], "columns": []}}
    page.session_state[f"jobs-{len(names)}-{names[0]}"] = chosen
    page.run()
    assert not page.exception, page.exception


def _open_group(page: AppTest, title: str) -> None:
    """As a click on its heading does; its controls are sent from then on."""
    page.session_state[f"group-{title}"] = True
    page.run()
    assert not page.exception, page.exception


def _wait(happened: Callable[[], object], seconds: float = 200) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def _contents(folder: Path) -> dict[str, bytes]:
    """Every file but the queue's locks."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".queue" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def _text(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.success, *page.warning]
    return "\n".join(str(element.value) for element in shown)


def test_one_click_trains_on_drawn_faces(runs: Path, unlocked: None) -> None:
    page = _open()
    assert "Nothing runs at the moment" in _text(page)

    _button(page, "Try it on drawn faces").click().run()

    assert not page.exception
    assert "'tiny-synthetic' has joined the queue" in _text(page)
    jobs = LocalBackend(runs)
    _wait(lambda: jobs.status("tiny-synthetic").status.state is State.DONE)
    page.run()
    assert page.dataframe[0].value["state"].tolist() == ["done"]


def test_a_preset_fills_the_form_and_a_wrong_value_is_refused_beside_it(unlocked: None) -> None:
    page = _open()
    page.selectbox(key="preset").set_value("tiny").run()
    config = get_preset("tiny").config
    assert page.number_input(key="train-epochs").value == config.epochs
    _open_group(page, "Augmentation")
    assert page.selectbox(key="train-augmentation").value == config.augmentation
    assert not page.error

    _open_group(page, "Network and split")
    page.selectbox(key="train-validation").set_value("none").run()
    _open_group(page, "Optimizer and schedule")
    page.toggle(key="train-keep_best").set_value(True).run()

    assert not page.exception
    assert "needs validation images" in page.error[0].value
    assert _button(page, "Start training").disabled


def test_a_folded_group_sends_no_controls_and_keeps_what_was_entered(unlocked: None) -> None:
    page = _open()
    sent = {field.key for field in (*page.number_input, *page.selectbox, *page.toggle)}
    assert "train-epochs" in sent
    assert not sent & {"train-augmentation", "train-dropout", "train-keep_best", "train-loss"}

    _open_group(page, "Regularisation")
    page.number_input(key="train-dropout").set_value(0.35).run()
    page.session_state["group-Regularisation"] = False
    page.run()
    assert "Regularisation (1)" in _text(page)
    assert page.session_state["train-dropout"] == 0.35
    assert not page.exception

    _open_group(page, "Regularisation")
    assert page.number_input(key="train-dropout").value == 0.35


def test_another_preset_fills_folded_groups_too(unlocked: None) -> None:
    page = _open()
    _open_group(page, "Regularisation")
    page.number_input(key="train-dropout").set_value(0.35).run()
    page.session_state["group-Regularisation"] = False
    page.run()

    page.selectbox(key="preset").set_value("tiny").run()
    _open_group(page, "Regularisation")

    assert page.number_input(key="train-dropout").value == get_preset("tiny").config.dropout


def test_a_wrong_value_in_a_folded_group_opens_it_and_is_named(unlocked: None) -> None:
    page = _open()
    page.session_state["train-validation"] = "none"
    page.session_state["train-keep_best"] = True
    page.run()

    assert not page.exception
    assert "needs validation images" in page.error[0].value
    assert page.toggle(key="train-keep_best").value
    assert _button(page, "Start training").disabled


def test_a_run_that_is_not_there_is_refused_beside_the_option_that_names_it(
    runs: Path, unlocked: None
) -> None:
    page = _open()
    page.segmented_control(key="train-data").set_value(DataSource.SYNTHETIC).run()
    assert not _button(page, "Start training").disabled

    _open_group(page, "Learning from other runs")
    page.text_input(key="train-initial_run").set_value("nobody").run()

    assert not page.exception
    assert "There is no run 'nobody'" in page.error[0].value
    assert _button(page, "Start training").disabled
    assert LocalBackend(runs).list() == []


def test_without_the_data_set_training_on_it_cannot_start(unlocked: None) -> None:
    page = _open()

    assert "data set is not on this machine" in _text(page)
    assert _button(page, "Start training").disabled


def test_a_running_job_is_shown_and_can_be_stopped_and_resumed(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    jobs.submit(TrainConfig(epochs=3), "next")
    _wait(lambda: (runs / "mine" / "begun").exists())
    page = _open()
    assert "**mine**" in _text(page)
    assert "next: 1 job before it" in _text(page)
    table = page.dataframe[0].value.set_index("name")
    assert table["state"].to_dict() == {"mine": "running", "next": "queued"}
    assert table.loc["mine", "remark"] == "See above."
    assert table.loc["mine", "epochs"] == "of 3", "It is not drawn anew with each epoch."

    _button(page, "Cancel").click().run()
    _wait(lambda: jobs.status("next").status.state is State.STOPPED)
    _button(page, "Stop").click().run()
    _wait(lambda: jobs.status("mine").status.state is State.STOPPED)
    page.run()
    assert not page.exception
    assert set(page.dataframe[0].value["state"]) == {"stopped"}


def test_a_stranger_sees_everything_and_can_change_nothing(runs: Path) -> None:
    make_run(runs, "done")
    page = _open()

    assert "for the owner of this server" in _text(page)
    assert {button.label for button in page.button if not button.disabled} == set()


def test_a_click_that_comes_after_the_lock_does_nothing(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn while it was unlocked, pressed when it no longer is."""
    lock = {"open": True}
    monkeypatch.setattr(owner, "is_unlocked", lambda: lock["open"])
    page = _open()
    lock["open"] = False
    _button(page, "Try it on drawn faces").click().run()

    assert not page.exception
    assert LocalBackend(runs).list() == []


def test_a_stranger_who_presses_every_locked_button_changes_nothing(runs: Path) -> None:
    """A browser can be made to send a click on a button that it shows as locked."""
    make_run(runs, "done")
    make_run(runs, "stopped").write_status(Status(state=State.STOPPED, epoch=1, epochs=3))
    before = _contents(runs)
    page = _open()
    pressed = set()
    for name in ("done", "stopped"):
        _choose_row(page, name)
        for label in [button.label for button in page.button]:
            button = _button(page, label)
            assert button.disabled
            button.proto.disabled = False
            button.click().run()
            assert not page.exception
            pressed.add(label)

    assert {"Start training", "Try it on drawn faces", "Resume", "Delete it"} <= pressed
    assert "Make it the app's default" in pressed
    assert _contents(runs) == before


def test_the_owner_chooses_the_run_that_the_app_serves(runs: Path, unlocked: None) -> None:
    make_run(runs, "best", accuracy=0.9)
    make_run(runs, "other", accuracy=0.4)
    page = _open()
    _choose_row(page, "other")

    _button(page, "Make it the app's default").click().run()

    assert not page.exception
    served = default_run(runs)
    assert served is not None
    assert served.run_id == "other"


def test_a_failed_job_says_why_and_has_its_log_at_hand(runs: Path, unlocked: None) -> None:
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(seed=13), "unlucky")
    _wait(lambda: jobs.status("unlucky").status.state is State.FAILED)
    page = _open()
    assert "'unlucky' failed. The seed is unlucky" in page.error[0].value

    page.session_state["log-failed-unlucky"] = True
    page.run()

    assert any("begun unlucky" in block.value for block in page.code)


def test_a_stopped_job_goes_on_and_a_deleted_one_is_gone(runs: Path, unlocked: None) -> None:
    SECONDS["now"] = 60
    jobs = LocalBackend(runs, Limits(free_gb=0))
    jobs.submit(TrainConfig(epochs=3), "mine")
    _wait(lambda: (runs / "mine" / "begun").exists())
    jobs.stop("mine")
    _wait(lambda: jobs.status("mine").status.state is State.STOPPED)
    page = _open()

    SECONDS["now"] = 0.1
    _choose_row(page, "mine")
    _button(page, "Resume").click().run()
    assert not page.exception
    _wait(lambda: jobs.status("mine").status.state is State.DONE)

    page.run()
    _choose_row(page, "mine")
    _button(page, "Delete it").click().run()
    assert not page.exception
    assert "'mine' is deleted" in _text(page)
    assert not (runs / "mine").exists()


def test_what_was_entered_outlives_a_visit_to_another_page(unlocked: None) -> None:
    page = _open()
    page.number_input(key="train-epochs").set_value(7).run()
    page.switch_page("views/operate/about.py").run()
    page.switch_page("views/operate/train.py").run()

    assert not page.exception
    assert page.number_input(key="train-epochs").value == 7


def test_more_epochs_than_the_server_allows_cannot_start(
    unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(EPOCHS_VARIABLE, "10")
    page = _open()

    assert "50 epochs are more than the 10" in _text(page)
    assert _button(page, "Start training").disabled


def test_a_name_that_is_none_is_refused_beside_it(unlocked: None) -> None:
    page = _open()
    page.text_input(key="train-run-id").set_value("../../etc").run()

    assert "is not a run name" in page.error[0].value
    assert _button(page, "Start training").disabled


def test_it_says_what_training_computes_on_and_what_an_epoch_takes(
    unlocked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Devices({"tensorflow": "2.21.0"}, ("CPU",), "Tesla T4", "Install requirements-gpu.")
    monkeypatch.setattr(machine, "enough_memory", lambda: True)
    monkeypatch.setattr(machine, "devices", lambda: found)
    monkeypatch.setattr(machine, "probe", lambda config: Probe(0.5, 2100.0, config.batch_size))
    page = _open()
    _wait(lambda: not machine.known_devices().is_pending)
    page.run()
    assert "Training computes on: CPU" in _text(page)
    assert "Tesla T4 is here and would not be used. Install requirements-gpu." in _text(page)

    _button(page, "Estimate the time").click().run()
    _wait(lambda: "500 ms a step" in _text(page.run()))
    # 21,532 of 28,709 images are 337 batches of 64.
    assert "about 3 min an epoch of 21,532 images" in _text(page)


def test_a_question_that_fails_says_why() -> None:
    def fail() -> Probe:
        raise JobError("No answer came.")

    answer = machine.Answer(fail)
    _wait(lambda: not answer.is_pending)

    assert answer.value is None
    assert answer.error == "No answer came."


def test_drawn_faces_make_a_short_epoch() -> None:
    assert places.training_images(TrainConfig(), DataSource.SYNTHETIC) == 315


def test_the_curve_of_a_training_names_its_best_epoch(runs: Path) -> None:
    history = make_run(runs, "mine").history()
    figure = job_curves.progress_figure(history, Metric.ACCURACY, 10, COLOR)
    assert figure.layout.title.text == "Best validation 45.0 %, epoch 3"
    assert figure.layout.xaxis.range == (0, 10)
    assert [line.name for line in figure.data] == ["training", "validation"]
    assert {line.line.color for line in figure.data} == {COLOR}

    assert figure.layout.xaxis.dtick is None

    figure = job_curves.progress_figure(history.iloc[:0], Metric.LOSS, 3, COLOR)
    assert figure.layout.title.text == "Loss: after the first epoch"
    assert figure.layout.xaxis.range == (0, 3)
    assert figure.layout.xaxis.dtick == 1, "There is no epoch 1.5."
    assert not figure.data
    figure = job_curves.progress_figure(history.iloc[:0], Metric.ACCURACY, 3, COLOR)
    assert figure.layout.yaxis.range == (0, 100)

    history["val_accuracy"] = float("nan")
    figure = job_curves.progress_figure(history, Metric.ACCURACY, 10, COLOR)
    assert figure.layout.title.text == "Accuracy so far"
    assert [line.name for line in figure.data] == ["training"]
