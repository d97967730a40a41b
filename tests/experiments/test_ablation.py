"""Every variant differs from the baseline in one training technique; finished ones are kept."""

from contextlib import nullcontext

import numpy as np
import pytest

from fer_core.classes import CLASS_INDEX
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import Dataset, Faces
from fer_core.errors import RunError
from fer_core.experiments.ablation import (
    COLUMNS,
    VARIANTS,
    run_variant,
    summarize_variant,
    to_table,
    variant_config,
)
from fer_core.reference import published
from fer_core.reference.published import WEAK_SCORES
from fer_core.runs.store import State, Status, get_run
from fer_core.training.loop import Silent
from tests.builders import make_run

BY_NAME = {variant.name: variant for variant in VARIANTS}


def _observe(run):
    return nullcontext(Silent())


def test_every_variant_is_a_valid_configuration_at_the_budget():
    for variant in VARIANTS:
        config = variant_config(variant, epochs=7)
        changed = config.model_dump(exclude_defaults=True, mode="json")
        assert changed.pop("epochs") == 7
        assert changed == variant.changes


def test_all_together_holds_every_technique():
    together = BY_NAME["all together"].changes

    for variant in VARIANTS:
        assert variant.changes.items() <= together.items()
    assert BY_NAME["baseline"].changes == {}


def test_a_row_holds_the_figures_of_the_exported_epoch(tmp_path):
    run = make_run(tmp_path, epochs=5)
    exported = run.config.model_copy(update={"exported_epoch": 2})
    run = type(run)(run.folder, exported)

    row = summarize_variant(BY_NAME["focal loss"], run)

    history = run.history().set_index("epoch").loc[2]
    assert set(row) == set(COLUMNS)
    assert row["train_validation_gap"] == pytest.approx(
        history["accuracy"] - history["val_accuracy"], abs=1e-4
    )
    seen = run.history()["val_accuracy"].tail(3)
    assert row["validation_swing"] == pytest.approx(seen.max() - seen.min(), abs=1e-4)
    assert row["low"] < row["accuracy"] < row["high"]
    test = run.predictions().subset("test")
    answers, fearful = test.y_score.argmax(axis=1), CLASS_INDEX["fearful"]
    right = ((answers == fearful) & (test.y_true == fearful)).sum()
    assert row["precision_fearful"] == pytest.approx(right / (answers == fearful).sum(), abs=1e-4)
    assert row["recall_fearful"] == pytest.approx(right / (test.y_true == fearful).sum(), abs=1e-4)
    assert to_table([row])["changes"].tolist() == ["loss=focal"]


def _dataset(fingerprint="0" * 64):
    """That of the runs of `make_run`, without images."""
    nothing = np.empty((0, 48, 48, 1), np.uint8)
    faces = Faces(nothing, np.empty(0, np.int8), np.empty(0, str))
    return Dataset(faces, faces, fingerprint, False, ())


def _finished(root, variant, epochs, config=None):
    run = make_run(root, f"{variant.name.replace(' ', '-')}-{epochs}")
    config = run.config.model_copy(update={"train": config or variant_config(variant, epochs)})
    type(run)(run.folder, config).write_config()
    return run


def test_a_finished_variant_is_not_trained_again(tmp_path):
    variant = BY_NAME["baseline"]
    run = _finished(tmp_path, variant, 3)
    before = (run.folder / "history.csv").stat().st_mtime_ns

    again = run_variant(variant, 3, _dataset(), tmp_path, _observe)

    assert again.status().state is State.DONE
    assert (run.folder / "history.csv").stat().st_mtime_ns == before


def test_a_folder_of_another_configuration_is_not_taken_for_the_variants(tmp_path):
    variant = BY_NAME["baseline"]
    run = _finished(tmp_path, variant, 3, TrainConfig(epochs=3, seed=9))
    run.write_status(Status(state=State.STOPPED))

    with pytest.raises(RunError, match="another configuration"):
        run_variant(variant, 3, _dataset(), tmp_path, _observe)
    assert get_run(run.run_id, tmp_path).config.train.seed == 9


@pytest.mark.parametrize("state", [State.DONE, State.STOPPED])
def test_a_run_on_other_images_is_neither_shown_nor_continued(tmp_path, state):
    variant = BY_NAME["baseline"]
    _finished(tmp_path, variant, 3).write_status(Status(state=state))

    with pytest.raises(RunError, match=r"on other images\. Move it away"):
        run_variant(variant, 3, _dataset("f" * 64), tmp_path, _observe)


def test_common_changes_reach_every_variant_and_yield_to_its_own():
    common = {"precision": "mixed_bfloat16", "dropout": 0.7}

    for variant in VARIANTS:
        config = variant_config(variant, 3, common)
        assert config.precision == "mixed_bfloat16"
        assert config.dropout == variant.changes.get("dropout", 0.7)


def _row(name, epochs=3, common=None, accuracy=0.5):
    row = dict.fromkeys(COLUMNS, 0.0)
    words = ", ".join(f"{key}={value}" for key, value in (common or {}).items())
    return row | {"variant": name, "epochs": epochs, "common": words, "accuracy": accuracy}


def test_variants_measured_before_stay_in_the_table_in_their_order():
    before = to_table([_row("mixup"), _row("baseline", accuracy=0.4)])

    table = to_table([_row("baseline"), _row("focal loss")], before)

    assert table["variant"].tolist() == ["baseline", "focal loss", "mixup"]
    assert table["accuracy"].tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("other", [{"epochs": 4}, {"common": {"precision": "mixed_bfloat16"}}])
def test_variants_of_another_budget_or_setting_do_not_stay(other):
    before = to_table([_row("mixup", **other)])

    assert to_table([_row("baseline")], before)["variant"].tolist() == ["baseline"]


def test_a_table_of_before_the_weak_classes_were_noted_is_kept(tmp_path):
    path = tmp_path / "ablation.csv"
    to_table([_row("mixup"), _row("baseline")]).drop(columns=[*WEAK_SCORES]).to_csv(path)

    table = to_table([_row("baseline")], published.ablation(path))

    assert table["variant"].tolist() == ["baseline", "mixup"]
    assert table.columns.tolist() == list(COLUMNS)
    assert table[list(WEAK_SCORES)].isna().all(axis=1).tolist() == [False, True]
    assert published.ablation(tmp_path / "none.csv").empty
