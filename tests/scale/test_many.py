"""Trainings side by side: what is asked of the cluster, and what failed there."""

from pathlib import Path

import pytest

from fer_core.cli import derive
from fer_core.config import TrainConfig
from fer_core.data.fer2013 import load
from fer_core.errors import ConfigError, ScaleError
from fer_core.quality import folds
from fer_core.scale import many
from fer_core.scale.on_cluster import explain, in_memory
from tests.builders import make_dataset, tiny_config


def test_those_that_failed_are_told_with_their_reasons(tmp_path: Path, monkeypatch) -> None:
    asked = {}

    def run_on(address, module, request, tell, *, gpus):
        asked.update(request)
        tell({"name": "one", "words": "done"})
        return {"failed": {"two": "The loss is no longer a number."}}

    monkeypatch.setattr(many, "run_on", run_on)
    told = []

    with pytest.raises(ScaleError) as failed:
        many.train_many(
            *("member", ["one", "two"], tmp_path, "local", lambda *words: told.append(words)),
            configs={},
        )

    assert told == [("one", "done")]
    assert "1 of 2 were not trained" in str(failed.value)
    assert "two: The loss is no longer a number." in str(failed.value)
    assert asked["folder"] == str(tmp_path)


def test_a_fold_is_found_by_whoever_asks_for_all_of_them(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    dataset = load(make_dataset(tmp_path / "data", 10, 2))
    trained = []

    def train(dataset, work, number):
        trained.append(number)
        return folds.np.full((int((work.fold == number).sum()), 7), 1 / 7)

    monkeypatch.setattr(folds, "_train_network", train)
    config = tiny_config()
    folder = folds.fold_folder(dataset, config, 2)
    sent = in_memory(dataset)
    given = {"config": config.model_dump(mode="json", exclude_defaults=True), "folds": 2}
    many.KINDS["fold"]("fold 2", folder, sent, given)

    folds.out_of_fold(dataset, config, 2)

    assert trained == [1, 0]


def test_the_data_set_is_sent_as_it_is(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    dataset = load(make_dataset(tmp_path / "data", 3, 2))

    sent = in_memory(dataset)

    assert type(sent.train.images) is folds.np.ndarray
    assert (sent.train.images == dataset.train.images).all()
    assert sent.fingerprint == dataset.fingerprint


def test_a_lost_machine_and_another_error_are_told_apart() -> None:
    assert "was lost 3 times" in explain("ActorDiedError: The actor died unexpectedly")
    assert explain("Traceback ...\nKeyError: 'x'\n").endswith("KeyError: 'x'")


def test_members_differ_by_their_seed_alone(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))
    asked = {}
    monkeypatch.setattr(derive, "_train_members", lambda configs, *_: asked.update(configs))
    monkeypatch.setattr("fer_core.export.ensemble.make_ensemble", lambda names, run_id: names)
    monkeypatch.setattr(derive, "write_and_print_report", lambda run: None)

    derive.ensemble(run_id="all", train=3, preset="tiny", set_=["seed=5", "phases=[]", "epochs=2"])

    assert list(asked) == ["all-1", "all-2", "all-3"]
    assert [config.seed for config in asked.values()] == [5, 6, 7]
    (rest,) = {config.model_copy(update={"seed": 0}) for config in asked.values()}
    assert isinstance(rest, TrainConfig)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"train": 1}, "two or more"),
        ({"train": 2, "members": ["compact"]}, "Name no runs beside it"),
        ({"train": 2, "preset": "hog-svm"}, "no network"),
        ({"train": 2, "set_": ["dropout=7"]}, "'dropout'"),
    ],
)
def test_members_that_cannot_be_are_refused(
    tmp_path: Path, monkeypatch, given: dict, words: str
) -> None:
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "runs"))

    with pytest.raises(ConfigError, match=words):
        derive.ensemble(**given)
