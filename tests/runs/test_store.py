"""Run folders: what is listed, what is served, what a damaged one does."""

import json
import os
from datetime import timedelta

import numpy as np
import pytest

from fer_core.classes import FINGERPRINT
from fer_core.config import TrainConfig
from fer_core.errors import RunError
from fer_core.runs import store
from fer_core.runs.store import Predictions, State, Status, utc_now
from tests.builders import break_packing, make_predictions, make_run, with_config


def test_only_folders_with_a_config_are_runs(tmp_path):
    make_run(tmp_path, "good")
    (tmp_path / "no-config").mkdir()
    damaged = make_run(tmp_path, "damaged")
    (damaged.folder / "config.json").write_text("{", encoding="utf-8")

    assert [run.run_id for run in store.list_runs(tmp_path)] == ["good"]


def test_a_run_that_cannot_be_read_is_named_with_what_to_do(tmp_path):
    make_run(tmp_path, "good")
    (tmp_path / "waiting").mkdir()  # a job that has not begun
    damaged = make_run(tmp_path, "damaged").folder / "config.json"
    damaged.write_bytes(b"\xff{")
    newer = make_run(tmp_path, "newer").folder / "config.json"
    newer.write_text(
        newer.read_text(encoding="utf-8").replace('"format": 2', '"format": 3'), encoding="utf-8"
    )

    found = store.unreadable_runs(tmp_path)

    assert list(found) == ["damaged", "newer"]
    assert "Restore the file" in found["damaged"]
    assert "Use the version that wrote it" in found["newer"]
    with pytest.raises(RunError, match="'newer' cannot be read: it is of format 3"):
        store.get_run("newer", tmp_path)


@pytest.mark.parametrize("name", ["compact - Copy", "compact (1)", "Mine"])
def test_a_copy_whose_name_is_no_run_s_is_named_and_never_served(tmp_path, name):
    make_run(tmp_path, "good", accuracy=0.5)
    make_run(tmp_path, name, accuracy=1.0)

    assert [run.run_id for run in store.list_runs(tmp_path)] == ["good"]
    assert store.default_run(tmp_path).run_id == "good"
    told = store.unreadable_runs(tmp_path)[name]
    assert told.startswith(f"'{name}' is not a run name.")
    assert told.endswith("Rename the folder.")


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"sharpness": 3}, "sharpness=3"),
        ({"schedule": "stairs"}, "schedule=stairs"),
        ({"epochs": 2, "phases": [{"epochs": 2, "sharpness": 3}]}, "sharpness=3"),
    ],
)
def test_a_setting_that_this_version_does_not_know_is_named_and_no_damage(tmp_path, setting, named):
    path = make_run(tmp_path, "newer").folder / "config.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    values["train"] |= setting
    path.write_text(json.dumps(values), encoding="utf-8")

    told = store.unreadable_runs(tmp_path)["newer"]

    assert f"does not know its setting {named}. Use the version that wrote it" in told


def test_folders_of_the_first_format_are_read(tmp_path):
    run = make_run(tmp_path, "old")
    path = run.folder / "config.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    del values["format"], values["train"]["phases"]
    values["train"]["twin"] = None
    path.write_text(json.dumps(values), encoding="utf-8")

    assert store.get_run("old", tmp_path).config == run.config

    values["train"] |= {"validation": "none", "twin": "other"}
    path.write_text(json.dumps(values), encoding="utf-8")
    assert store.list_runs(tmp_path) == []
    assert "Train it again" in store.unreadable_runs(tmp_path)["old"]


def test_the_history_says_which_phase_an_epoch_belongs_to(tmp_path):
    run = make_run(tmp_path, epochs=2)
    assert run.history()["phase"].tolist() == [1, 1]
    assert "phase" not in (run.folder / "history.csv").read_text(encoding="utf-8")

    rows = run.history().assign(phase=[1, 2]).to_dict("records")
    run.write_history(rows)

    assert run.history()["phase"].tolist() == [1, 2]


def test_the_best_on_validation_is_served_whatever_the_test_images_say(tmp_path):
    better = make_run(tmp_path, "better-on-validation", accuracy=0.9)
    worse = make_run(tmp_path, "better-on-test", accuracy=0.2)
    for run, wrong in ((better, "test"), (worse, "validation")):
        predictions = make_predictions(140, accuracy=1.0)
        rows = predictions.split == wrong
        scores = predictions.y_score.copy()
        scores[rows] = np.roll(scores[rows], 1, axis=1)
        run.write_predictions(
            Predictions(predictions.path, predictions.split, predictions.y_true, scores)
        )

    assert store.default_run(tmp_path).run_id == "better-on-validation"


def test_a_network_in_whole_numbers_is_served_only_where_there_is_no_other(tmp_path):
    make_run(tmp_path, "as-trained", accuracy=0.5)
    rounded = make_run(tmp_path, "rounded", accuracy=0.9)
    with_config(rounded, quantized_from="as-trained")

    assert store.default_run(tmp_path).run_id == "as-trained"

    (tmp_path / "as-trained" / "model.onnx").unlink()
    assert store.default_run(tmp_path).run_id == "rounded"


def test_a_run_whose_validation_figures_do_not_compare_is_served_only_where_there_is_no_other(
    tmp_path,
):
    grouped = TrainConfig(validation="grouped")
    facts = {
        "published": (FINGERPRINT, grouped),
        "by-the-report-s-split": (FINGERPRINT, TrainConfig(validation="report")),
        "on-a-review": (FINGERPRINT, TrainConfig(validation="grouped", label_review="a" * 64)),
        "on-other-images": ("1" * 64, grouped),
    }
    for place, (name, (fingerprint, train)) in enumerate(facts.items()):
        run = make_run(tmp_path, name, accuracy=0.5 + 0.1 * place)
        with_config(run, data_fingerprint=fingerprint, train=train)

    for name in facts:
        assert store.default_run(tmp_path).run_id == name
        (tmp_path / name / "model.onnx").unlink()

    store.set_default_run(None, tmp_path)
    chosen = make_run(tmp_path, "chosen", accuracy=0.3)
    make_run(tmp_path, "better", accuracy=0.9)
    store.set_default_run(chosen.run_id, tmp_path)
    assert store.default_run(tmp_path).run_id == "chosen"


def test_a_run_on_drawn_faces_is_never_the_default(tmp_path):
    drawn = make_run(tmp_path, "drawn", accuracy=1.0)
    with_config(drawn, synthetic=True)
    assert store.default_run(tmp_path) is None

    make_run(tmp_path, "real", accuracy=0.3)
    assert store.default_run(tmp_path).run_id == "real"

    with pytest.raises(RunError, match="drawn faces"):
        store.set_default_run("drawn", tmp_path)
    (tmp_path / store.CHOSEN).write_text("drawn", encoding="utf-8")
    assert store.default_run(tmp_path).run_id == "real"


def test_a_run_without_a_model_is_not_served(tmp_path):
    run = make_run(tmp_path)
    run.onnx_path.unlink()

    assert store.default_run(tmp_path) is None


def test_a_run_with_damaged_predictions_is_not_served(tmp_path):
    (make_run(tmp_path, "damaged").folder / "predictions.npz").write_bytes(b"")
    make_run(tmp_path, "good")

    assert store.default_run(tmp_path).run_id == "good"


def test_the_owner_s_choice_is_served_as_long_as_it_can_be(tmp_path):
    make_run(tmp_path, "best", accuracy=0.9)
    chosen = make_run(tmp_path, "chosen", accuracy=0.5)
    store.set_default_run("chosen", tmp_path)
    assert store.default_run(tmp_path).run_id == "chosen"

    chosen.onnx_path.unlink()
    assert store.default_run(tmp_path).run_id == "best"
    with pytest.raises(RunError, match=r"no model\.onnx\. Runs that have one: best"):
        store.set_default_run("chosen", tmp_path)
    (tmp_path / store.CHOSEN).write_text("../../etc", encoding="utf-8")
    assert store.default_run(tmp_path).run_id == "best"
    store.set_default_run(None, tmp_path)
    assert not (tmp_path / store.CHOSEN).exists()


def test_a_history_cut_off_in_its_last_line_keeps_the_others(tmp_path):
    run = make_run(tmp_path, epochs=3)
    path = run.folder / "history.csv"
    path.write_text(
        path.read_text(encoding="utf-8") + "4,0.5,\n5,0.6,1,2,3,4,5,6,7,8\n\x00\x00",
        encoding="utf-8",
    )

    history = run.history()
    assert history["epoch"].tolist() == [1, 2, 3]
    path.write_bytes(b"\x00\xff")
    assert run.history().empty


def test_an_unknown_run_names_those_there_are(tmp_path):
    make_run(tmp_path, "one")

    with pytest.raises(RunError, match=r"no run 'two'. Runs: one\."):
        store.get_run("two", tmp_path)


def test_a_name_that_is_no_run_name_is_refused(tmp_path):
    with pytest.raises(RunError, match="not a run name"):
        store.get_run("../etc", tmp_path)


def test_an_epoch_that_is_no_number_is_left_out(tmp_path):
    run = make_run(tmp_path)
    path = run.folder / "history.csv"
    head, first, second, *_ = path.read_text(encoding="utf-8").splitlines()
    rest = second.partition(",")[2]
    path.write_text("\n".join([head, first, f"inf,{rest}", f"nan,{rest}"]), encoding="utf-8")

    assert run.history()["epoch"].tolist() == [1]


def test_a_damaged_status_reads_as_stopped(tmp_path):
    run = make_run(tmp_path)
    (run.folder / "status.json").write_text('{"state": "dancing"}', encoding="utf-8")

    assert run.status().state is State.STOPPED


def test_damaged_predictions_are_an_error_of_ours(tmp_path):
    run = make_run(tmp_path)
    break_packing(run.folder / "predictions.npz")
    with pytest.raises(RunError, match="damaged"):
        run.predictions()

    (run.folder / "predictions.npz").write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(RunError, match="damaged"):
        run.predictions()


def test_predictions_survive_the_disk(tmp_path):
    written = make_predictions()
    run = make_run(tmp_path)
    run.write_predictions(written)

    read = run.predictions()

    np.testing.assert_array_equal(read.y_score, written.y_score)
    np.testing.assert_array_equal(read.path, written.path)


@pytest.mark.parametrize(
    ("pid", "age", "state"),
    [
        (os.getpid(), timedelta(0), State.RUNNING),
        (os.getpid(), timedelta(hours=1), State.STOPPED),
        (2**22 + 1, timedelta(0), State.STOPPED),
    ],
    ids=["alive", "silent for long", "gone"],
)
def test_a_running_state_needs_a_living_process(pid, age, state, tmp_path):
    run = make_run(tmp_path)
    status = Status(state=State.RUNNING, epoch=1, epochs=3, pid=pid, heartbeat=utc_now() - age)
    (run.folder / "status.json").write_text(status.model_dump_json(), encoding="utf-8")

    assert run.status().state is state
    assert run.status().epoch == 1
