"""Keeps models and the face detector, which threads share, from the first call on."""

import threading
import warnings
from dataclasses import replace
from pathlib import Path

from fer_core import paths
from fer_core.inference.classifier import Classifier, served_run
from fer_core.inference.detector import load_detector
from fer_core.inference.framing import Cropping
from fer_core.inference.predictor import Predictor

_lock = threading.Lock()
_loaded: dict[tuple[Path, str | None], tuple[Path, int, Predictor]] = {}


def predictor(model: str | None, whole: bool = False) -> Predictor:
    """The predictor of a run, of faces that are looked for or of whole pictures."""
    loaded = _load(model)
    return replace(loaded, cropping=Cropping.WHOLE) if whole else loaded


def _load(model: str | None) -> Predictor:
    """The predictor of a run, loaded once, and again where the run's model is another one."""
    key = paths.runs_dir(), model
    with _lock:
        if key in _loaded:
            file, changed, kept = _loaded[key]
            if file.exists() and file.stat().st_mtime_ns == changed:
                return kept
        run = served_run(model)
        classifier = Classifier(run)
        detector = load_detector()
        if detector.note and not _loaded:
            warnings.warn(detector.note, stacklevel=4)
        made = Predictor(classifier, detector, unsure_below=run.config.abstain_below or 0.0)
        _loaded[key] = run.onnx_path, run.onnx_path.stat().st_mtime_ns, made
        return made
