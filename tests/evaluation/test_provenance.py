"""What a run learned from besides the data set is derived, never declared."""

from fer_core.config import TrainConfig
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.provenance import extra_data, in_short
from fer_core.evaluation.scoreboard import Own, scoreboard
from fer_core.models.transfer import BACKBONES
from fer_core.runs.store import Run
from tests.builders import make_run


def _with(run: Run, **changes) -> Run:
    """The run with another config, written to its folder as well."""
    train = {key: changes.pop(key) for key in list(changes) if key in TrainConfig.model_fields}
    settings = TrainConfig(**(run.config.train.model_dump(exclude_unset=True) | train))
    config = run.config.model_copy(update=changes | {"train": settings})
    (run.folder / "config.json").write_text(config.model_dump_json(), encoding="utf-8")
    return Run(run.folder, config)


def test_a_run_from_random_weights_has_no_extra_data(tmp_path):
    assert str(extra_data(make_run(tmp_path, "plain"))) == "no"


def test_imagenet_reaches_ensembles_students_heirs_and_quantized_runs(tmp_path):
    _with(make_run(tmp_path, "start"), model="efficientnetlite0")
    heir = _with(make_run(tmp_path, "heir"), initial_run="start")
    student = _with(make_run(tmp_path, "student"), teachers=("heir",))
    quantized = _with(make_run(tmp_path, "small"), quantized_from="start")
    ensemble = _with(make_run(tmp_path, "mean"), members=("plain", "student"))
    make_run(tmp_path, "plain")

    for run in (heir, student, quantized, ensemble):
        assert str(extra_data(run)) == "ImageNet", run.run_id
    assert extra_data(ensemble).backbones == (BACKBONES["efficientnetlite0"],)


def test_a_taught_run_in_a_later_phase_counts_too(tmp_path):
    _with(make_run(tmp_path, "start"), model="mobilenetv2")
    run = _with(
        make_run(tmp_path, "late"),
        phases=({"epochs": 1}, {"epochs": 1, "teachers": ["start"]}),
        epochs=2,
    )

    assert str(extra_data(run)) == "ImageNet"


def test_a_missing_run_is_named_and_ferplus_labels_too(tmp_path):
    run = _with(make_run(tmp_path, "mean"), members=("gone",), labels="ferplus")

    assert str(extra_data(run)) == "FER+ labels, not known for gone"


def test_reviewed_labels_and_the_network_whose_features_are_read_count_too(tmp_path):
    reviewed = _with(make_run(tmp_path, "reviewed"), label_review="a" * 64)
    over_time = _with(make_run(tmp_path, "over-time"), features_of="reviewed")

    assert str(extra_data(reviewed)) == str(extra_data(over_time)) == "reviewed labels"


def test_the_scoreboard_says_what_a_run_learned_from(tmp_path):
    report = evaluate(make_run(tmp_path, "mine").predictions().subset("test"))

    table = scoreboard({"mine": Own({"all": report}, "ImageNet")}).set_index("system")

    assert table.loc["mine", "extra_training_data"] == "ImageNet"


def test_a_network_is_called_what_it_is(tmp_path):
    assert in_short(_with(make_run(tmp_path, "small"), model="tiny")).startswith("residual network")
    assert in_short(_with(make_run(tmp_path, "plain"), model="vgg")).startswith("VGG-like network")
    assert in_short(_with(make_run(tmp_path, "own"), model="resnext")).startswith("resnext, ")
