"""A sweep's space: what is read of it, and what is refused with which words."""

from pathlib import Path

import pytest

from fer_core.config import MAX_EPOCHS
from fer_core.errors import ConfigError
from fer_core.models.registry import PRESETS
from fer_core.scale.space import full_config, read_space, trial_config

BASE = trial_config("tiny", {}, 5)


def read(folder: Path, text: str):
    file = folder / "space.toml"
    file.write_text(text, encoding="utf-8")
    return read_space(file, BASE)


def test_ranges_and_choices_are_read(tmp_path: Path) -> None:
    space = read(
        tmp_path,
        "learning_rate = {low = 0.01, high = 0.3, log = true}\nbatch_size = {low = 32, high = 128,"
        " step = 32}\nclass_weights = [true, false]\n[dropout]\nlow = 0\nhigh = 0.5",
    )

    rate, batch, weights, dropout = space
    assert (rate.low, rate.high, rate.log) == (0.01, 0.3, True)
    assert (batch.is_whole, batch.step) == (True, 32)
    assert weights.choices == (True, False)
    assert (dropout.low, dropout.high, dropout.is_whole) == (0, 0.5, False)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("learningrate = [0.1, 0.2]", ("'learningrate' is no setting", "learning_rate?")),
        ("nonsense = [1, 2]", ("'nonsense' is no setting", "Valid: ", "dropout")),
        ("epochs = [5, 10]", ("'epochs'", "--epochs")),
        ("teachers = [['compact'], []]", ("'teachers'", "names other runs")),
        ("dropout = 0.3", ("'dropout' = 0.3 is one value", "--set dropout=0.3")),
        ("class_weights = true", ("--set class_weights=true",)),
        ("dropout = [0.1, 1.5]", ("'dropout' = 1.5", "below 1")),
        ("dropout = {low = 0.1, high = 1.5}", ("'dropout' = 1.5", "below 1")),
        ("dropout = {low = 0.5, high = 0.1}", ("low = 0.5 is not below high = 0.1",)),
        ("dropout = {low = 0.5}", ("'dropout': high is missing",)),
        ("dropout = {low = '0', high = 1}", ("low = '0' is not a number",)),
        ("dropout = {low = 0.0, high = 0.5, log = true}", ("begins above 0",)),
        ("dropout = {low = 0.1, high = 0.5, log = 1}", ("log = 1", "true or false")),
        ("dropout = {low = 0.1, high = 0.5, steps = 1}", ("the key 'steps'", "low, high")),
        ("dropout = {low = 0.1, high = 0.5, step = 2}", ("step = 2", "at most 0.4")),
        ("dropout = {low = 0.1, high = inf}", ("high = inf is not a number",)),
        ("[dropout.low]\nof = 1", ("'dropout': low = {'of': 1} is not a number",)),
        ("dropout = [nan, 0.1]", ("nan is not a number",)),
        ("batch_size = {low = 16.5, high = 64}", ("low = 16.5 is not a whole number",)),
        ("batch_size = [16, true]", ("True is not a whole number",)),
        ("augmentation = {low = 1, high = 2}", ("is no number", "none, basic, medium, strong")),
        ("augmentation = ['medium', 'wild']", ("'augmentation' = 'wild'", "strong")),
        ("augmentation = ['medium', 'medium']", ("1 choice.", "two or more")),
        ("augmentation = []", ("0 choices",)),
        ("class_weights = [true, 'yes']", ("'yes' is not valid", "true or false")),
        ("model = ['tiny', 'hog-svm']", ("there is no network 'hog-svm'", "compact")),
        ("model = ['tiny', [1]]", ("[1] is no choice",)),
        ("distillation_share = [0.5, 0.7]", ("'distillation_share'", "needs teachers")),
        ("features_of = ['compact', 'tiny']", ("'features_of'", "not searched")),
        ("focal_gamma = [1.0, 2.0]", ("changes nothing: loss is crossentropy", "loss=focal")),
        ("frozen_epochs = [1, 2]", ("changes nothing: model is tiny", "mobilenetv2")),
        ("plateau_factor = [0.2, 0.5]\nschedule = ['cosine', 'constant']", ("changes nothing",)),
        ("optimizer = ['adam', 3]", ("'optimizer' = 3", "adam, sgd")),
    ],
)
def test_a_wrong_line_names_the_setting_what_is_wrong_and_what_is_valid(
    tmp_path: Path, line: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, line)

    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_a_setting_may_need_another_one_that_is_tried_too(tmp_path: Path) -> None:
    space = read(tmp_path, "focal_gamma = [1.0, 2.0]\nloss = ['focal', 'crossentropy']")

    assert [setting.name for setting in space] == ["focal_gamma", "loss"]


def test_a_file_of_windows_is_read(tmp_path: Path) -> None:
    file = tmp_path / "space.toml"
    file.write_bytes(b"\xef\xbb\xbfdropout = [0.1, 0.2]\r\n# words\r\nmixup = [0, 0.2]\r\n")

    assert [setting.choices for setting in read_space(file, BASE)] == [(0.1, 0.2), (0.0, 0.2)]


def test_every_wrong_line_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, "dropout = [2, 3]\nmixup = {low = 5}\nlearning_rate = [0.1, 0.2]")

    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is not there"),
        (b"", "names no setting"),
        (b"dropout: [0.1]", "is not TOML"),
        (b"\xff\xfe\x00", "is no text"),
    ],
)
def test_a_file_that_is_no_space_is_told(tmp_path: Path, content: bytes | None, words: str) -> None:
    file = tmp_path / "space.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ConfigError, match=words):
        read_space(file, BASE)


def test_trials_have_one_phase_and_the_best_is_trained_in_all(tmp_path: Path) -> None:
    trial = trial_config("tiny", {"seed": 3}, 5, {"dropout": 0.3})
    full = full_config("tiny", {"seed": 3}, {"dropout": 0.3})

    assert (trial.epochs, trial.phases, trial.dropout, trial.seed) == (5, (), 0.3, 3)
    assert len(full.phases) == len(PRESETS["tiny"].config.phases)
    assert (full.dropout, full.seed, full.epochs) == (0.3, 3, PRESETS["tiny"].config.epochs)


@pytest.mark.parametrize(
    ("preset", "changes", "words"),
    [
        ("hog-svm", {}, "no network"),
        ("tiny", {"model": "huge"}, "no model 'huge'"),
        ("tiny", {"teachers": ["compact"]}, "no other runs"),
        ("tiny", {"dropout": 3}, "'dropout'"),
        ("unknown", {}, "no preset 'unknown'"),
    ],
)
def test_what_trials_cannot_be_is_told_before_anything_starts(
    preset: str, changes: dict, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        trial_config(preset, changes, 5)


def test_too_many_epochs_are_refused() -> None:
    with pytest.raises(ConfigError, match="'epochs'"):
        trial_config("tiny", {}, MAX_EPOCHS + 1)


def test_values_are_tried_and_shown_with_six_digits(tmp_path: Path) -> None:
    rate, dropout = read(
        tmp_path,
        "learning_rate = {low = 0.01, high = 0.3, log = true}\n"
        "dropout = {low = 0.0, high = 0.5, step = 0.1}",
    )

    assert rate.tidy(0.06466422717414560) == 0.0646642
    assert dropout.tidy(0.30000000000000004) == 0.3
    assert rate.tidy(0.0099999999) == 0.01
