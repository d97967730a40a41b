"""`predict` on videos: what is done with the answers over time."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from skimage import data
from typer.testing import CliRunner

import fer_core
from fer_core import paths
from fer_core.classes import CLASS_NAMES
from fer_core.cli import app
from fer_core.inference import detector
from fer_core.inference.detector import haar_detector
from fer_core.runs.records import Place
from fer_core.runs.store import get_run
from tests.builders import make_pooled, make_run, make_temporal
from tests.inference.media import make_video


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "runs"
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(folder))
    make_pooled(make_run(folder))
    return folder


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    face = np.ascontiguousarray(data.astronaut()[:256, 90:346, ::-1])
    path = tmp_path / "clip.mp4"
    path.write_bytes(make_video([face] * 5 + [face // 2] * 5))
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["predict", "--detector", "haar", *map(str, arguments)])


def scores(*arguments: object) -> np.ndarray:
    """Probabilities of every sample."""
    result = run(*arguments, "--csv")
    assert result.exit_code == 0, result.output
    return pd.read_csv(io.StringIO(result.stdout))[list(CLASS_NAMES)].to_numpy(float)


def test_three_ways_give_three_answers(runs: Path, clip: Path) -> None:
    make_temporal(runs)
    alone, exponential, recurrent = (
        scores(clip, "--over-time", way) for way in ("none", "exponential", "recurrent")
    )
    assert alone.shape == exponential.shape == recurrent.shape
    assert not np.isnan(recurrent).any()
    for other in (alone, exponential):
        assert np.abs(other - recurrent).max() > 0.01
    assert np.abs(alone - exponential).max() > 1e-5
    assert scores(clip, "--smoothing", 0) == pytest.approx(alone)


def test_a_recurrent_network_is_the_default_where_validation_says_so(
    runs: Path, clip: Path
) -> None:
    make_temporal(runs, default_in=(Place.VIDEO,))
    recurrent, exponential = scores(clip), scores(clip, "--smoothing", 0.5)
    assert np.abs(recurrent - exponential).max() > 0.01
    (runs / "temporal" / "model.onnx").write_bytes(b"damaged")
    assert scores(clip) == pytest.approx(exponential), "Nobody asked for it."


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda runs: None, "No recurrent network has been trained yet"),
        (lambda runs: make_temporal(runs, features_of=("other",)), "was trained for other"),
        (
            lambda runs: make_temporal(runs).onnx_path.write_bytes(b"damaged"),
            "The model of run 'temporal' is damaged",
        ),
    ],
)
def test_what_cannot_be_used_is_a_sentence(runs: Path, clip: Path, damage, told: str) -> None:
    damage(runs)
    result = run(clip, "--over-time", "recurrent")
    assert result.exit_code == 2
    assert told in result.stderr
    assert get_run("fake", runs).onnx_path.exists()


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, ()),
        ({"over_time": "exponential"}, ("--over-time", "exponential")),
        ({"smoothing": 0.3}, ("--smoothing", "0.3")),
        ({"over_time": "none"}, ("--over-time", "none")),
    ],
)
def test_python_reads_a_video_as_the_command_does(
    runs: Path, clip: Path, monkeypatch: pytest.MonkeyPatch, settings: dict, options: tuple
) -> None:
    make_temporal(runs, default_in=(Place.VIDEO,))
    monkeypatch.setattr(detector, "_loaded", haar_detector())

    table = fer_core.to_frame(fer_core.read_video(clip, **settings))

    assert table[list(CLASS_NAMES)].to_numpy(float) == pytest.approx(scores(clip, *options))
