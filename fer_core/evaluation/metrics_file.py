"""What follows from a run's predictions and is written beside them: `metrics.json`, the figures
of every view, `timing.json`, and the threshold of abstention in `config.json`.
"""

from typing import Any

from fer_core.evaluation import timing
from fer_core.evaluation.calibration import abstention_threshold
from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.subsets import LabelView, known_views, view_test
from fer_core.reference.images import copy_groups
from fer_core.runs.store import Predictions, Run, utc_now

KEYS = {LabelView.FER2013: "test", LabelView.FERPLUS: "test_ferplus"}


def summarize(predictions: Predictions, data_fingerprint: str | None = None) -> dict[str, Any]:
    """Figures of the views of the test set and of validation, as plain data.

    Returns:
        `test` maps each of `Subset` to figures by FER2013's labels, `test_ferplus` to
        figures by FER+ majority, `validation` holds them for the validation images;
        shares are 0-1, intervals 95 % bootstrap. Views without an image are left out.
    """
    figures: dict[str, Any] = {key: {} for key in KEYS.values()}
    for subset, labels in known_views(data_fingerprint):
        view = view_test(predictions, subset, labels, data_fingerprint=data_fingerprint)
        if len(view.predictions):
            figures[KEYS[labels]][str(subset)] = evaluate(view.predictions, view.groups).to_dict()
    validation = predictions.subset("validation")
    groups = copy_groups(validation.path, data_fingerprint)
    figures["validation"] = evaluate(validation, groups).to_dict() if len(validation) else {}
    return figures


def record(run: Run, predictions: Predictions, model: str, **changes: Any) -> Run:
    """Writes the predictions of a `model` (as `epoch 12`) on validation and test images, their
    figures, the time that an exported model takes for a face here and, last, the configuration
    with its `changes`; returns the run with that.
    """
    validation = predictions.subset("validation")
    changes |= {
        "abstain_below": abstention_threshold(validation.y_score, validation.y_true),
        "test_looks": (*run.config.test_looks, f"{utc_now():%Y-%m-%dT%H:%MZ} {model}"),
    }
    recorded = Run(run.folder, run.config.model_copy(update=changes))
    recorded.folder.mkdir(parents=True, exist_ok=True)
    recorded.write_predictions(predictions)
    recorded.write_metrics(summarize(predictions, run.config.data_fingerprint))
    if recorded.onnx_path.exists():
        timing.write(recorded, timing.measure(recorded))
    recorded.write_config()
    return recorded
