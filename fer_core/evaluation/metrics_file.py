"""`metrics.json` of a run: the figures of every view, derived from its predictions."""

from typing import Any

from fer_core.evaluation.metrics import evaluate
from fer_core.evaluation.subsets import LabelView, known_views, view_test
from fer_core.reference.images import copy_groups
from fer_core.runs.store import Predictions

KEYS = {LabelView.FER2013: "test", LabelView.FERPLUS: "test_ferplus"}


def summarize(predictions: Predictions, data_fingerprint: str | None = None) -> dict[str, Any]:
    """Figures of the views of the test set and of validation, as plain data.

    Args:
        predictions: of a run, with both splits.
        data_fingerprint: of the images that the run was made with; leak-free images and
            FER+ labels are known for the published data set only.

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
