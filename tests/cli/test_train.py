"""`train` from the command line: its list, and what it says before it begins."""

import importlib

import pytest
from typer.testing import CliRunner

from fer_core import paths
from fer_core.cli import app, train_temporal
from fer_core.errors import ConfigError, RunError
from fer_core.jobs import fastest
from fer_core.models.registry import PRESETS, get_preset
from fer_core.training import machine
from tests.builders import make_dataset, make_run, make_temporal, with_config


def test_every_preset_is_listed_with_its_size_where_nothing_is_trained(monkeypatch, tmp_path):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))

    result = CliRunner().invoke(app, ["train", "--list"])

    assert result.exit_code == 0, result.exception
    lines = result.output.splitlines()
    assert {line.split()[0] for line in lines if line[1:2].strip()} >= set(PRESETS)
    tiny = next(line for line in lines if line.startswith(" tiny "))
    assert tiny.split()[1:7] == ["223,055", "120", "+", "34", "+", "6"]
    assert "…" not in result.output  # it can be read in 80 columns


@pytest.mark.parametrize(
    "option", [("--set", "epochs=3"), ("--run-id", "other"), ("--labels", "ferplus")]
)
def test_settings_of_a_resumed_run_cannot_be_changed(option):
    result = CliRunner().invoke(app, ["train", "--resume", "mine", *option])

    assert isinstance(result.exception, ConfigError)
    assert f"Omit {option[0]}." in str(result.exception)


@pytest.mark.parametrize(
    ("options", "library"),
    [(("--preset", "temporal", "--backend", "jax"), "jax"), (("--resume", "mine"), "torch")],
)
def test_a_recurrent_network_is_trained_with_the_library_that_was_named_or_began_it(
    monkeypatch, tmp_path, options, library
):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    run = make_temporal(tmp_path, "mine")
    with_config(run, backend="torch", train=get_preset("temporal").config)
    used = []
    monkeypatch.setattr(fastest, "fixed_backend", lambda: None)
    monkeypatch.setattr(fastest, "use_backend", used.append)
    monkeypatch.setattr(machine, "check_memory", lambda: None)
    for step in ("begin", "continue_run"):
        monkeypatch.setattr(train_temporal, step, lambda *_: (run, None))
    monkeypatch.setattr(train_temporal, "train_to_end", lambda *_: None)

    result = CliRunner().invoke(app, ["train", *options])

    assert result.exit_code == 0, result.exception
    assert used == [library]


@pytest.mark.parametrize("option", ["--votes", "--weights"])
@pytest.mark.parametrize("run", [("--preset", "temporal"), ("--resume", "mine")])
def test_files_that_a_recurrent_network_would_ignore_are_refused(
    monkeypatch, tmp_path, run, option
):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    with_config(make_temporal(tmp_path, "mine"), train=get_preset("temporal").config)

    result = CliRunner().invoke(app, ["train", *run, option, "file"])

    assert isinstance(result.exception, ConfigError)
    assert option in str(result.exception)


@pytest.mark.parametrize("given", ["--backend jax", "--votes file", "--weights file"])
def test_what_a_classical_system_would_ignore_is_refused(given):
    result = CliRunner().invoke(app, ["train", "--preset", "hog-svm", *given.split()])

    assert isinstance(result.exception, ConfigError)
    assert given.split()[0] in str(result.exception)


@pytest.mark.parametrize("command", [("train", "--resume"), ("export",)])
def test_a_run_that_is_not_there_is_said_before_the_data_set_is_asked_for(
    monkeypatch, tmp_path, command
):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "none"))

    result = CliRunner().invoke(app, [*command, "absent"])

    assert isinstance(result.exception, RunError)
    assert "no run 'absent'" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        (("--set", "initial_run=there"), RunError, "trained on other images"),
        (("--set", 'teachers=["nobody"]'), RunError, "no run 'nobody'"),
        (("--labels", "ferplus"), ConfigError, "FER+'s votes are on the published images"),
    ],
)
def test_what_a_training_learns_from_is_looked_at_before_anything_is_timed(
    monkeypatch, tmp_path, options, error, told
):
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(make_dataset(tmp_path / "mine")))
    make_run(tmp_path / "runs", "there").keras_path.touch()
    monkeypatch.setattr(fastest, "choose", lambda *_, **__: pytest.fail("Steps were timed."))

    result = CliRunner().invoke(app, ["train", "--run-id", "mine", *options])

    assert isinstance(result.exception, error)
    assert told in str(result.exception)


@pytest.mark.parametrize(("lacks", "precision"), [(True, "float32"), (False, "mixed_bfloat16")])
def test_nothing_is_said_of_bfloat16_where_it_is_fast_or_not_asked_for(
    monkeypatch, tmp_path, lacks, precision
):
    said = _said_before_training(monkeypatch, tmp_path, lacks, precision)

    assert f"Trains with TensorFlow in {precision}: as asked for." in said
    assert "bfloat16 instructions" not in said


def test_bfloat16_that_is_slower_here_is_said_before_the_training(monkeypatch, tmp_path):
    output = _said_before_training(monkeypatch, tmp_path, True, "mixed_bfloat16")

    words = " ".join(output.split())  # the console's width breaks the lines
    assert "This processor has no bfloat16 instructions" in words
    assert "start again without precision=mixed_bfloat16" in words


def _said_before_training(monkeypatch, tmp_path, lacks: bool, precision: str) -> str:
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv("FER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(machine, "lacks_bfloat16", lambda device: lacks)
    command = importlib.import_module("fer_core.cli.train")
    monkeypatch.setattr(command, "_train_with_progress", lambda *_: None)
    monkeypatch.setattr(command, "_finish", lambda *_: None)
    data = make_dataset(tmp_path / "data", train_per_class=10, test_per_class=1)
    words = ["train", "--preset", "quick-look", "--data-dir", str(data)]

    result = CliRunner().invoke(app, [*words, "--set", f"precision={precision}"])

    assert result.exit_code == 0, result.exception
    return result.output
