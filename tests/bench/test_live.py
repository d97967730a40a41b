"""The benchmark of live video measures what the page does."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from fer_core.bench.live import make_stream, measure_live, run_live_benchmark
from fer_core.errors import FerError
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import haar_detector, yunet_detector
from fer_core.inference.predictor import Predictor
from tests.builders import make_run
from tests.yunet import yunet_or_skip


def test_the_stream_moves() -> None:
    stream = make_stream(8)
    assert {frame.shape for frame in stream} == {(480, 640, 3)}
    assert all((a != b).any() for a, b in pairwise(stream))


def test_figures_fit_together(tmp_path: Path) -> None:
    detector = yunet_detector(yunet_or_skip())
    result = measure_live(Predictor(Classifier(make_run(tmp_path)), detector), 20)
    assert result.frames == 20
    assert result.found == 1
    assert 0 < result.p50 <= result.p95
    assert result.fps > 0
    assert result.cpu > 0
    assert list(result.shares) == ["detect", "frame", "classify", "draw", "other"]
    assert sum(result.shares.values()) == pytest.approx(1, abs=0.02)
    assert max(result.shares, key=lambda name: result.shares[name]) == "detect"


def test_prints_load_and_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(tmp_path)
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path))
    monkeypatch.setattr("fer_core.bench.live.load_detector", haar_detector)
    monkeypatch.delattr(os, "getloadavg", raising=False)  # as on Windows
    run_live_benchmark(None, 10)
    printed = " ".join(capsys.readouterr().out.split())
    for words in ("Frames a second by the clock", "Share of the time: detect", "load"):
        assert words in printed


def test_says_what_to_do_without_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path))
    with pytest.raises(FerError, match="fer_core train"):
        run_live_benchmark(None, 10)
