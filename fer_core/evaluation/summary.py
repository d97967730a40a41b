"""`metrics.json` of a run: every subset's figures, derived from its predictions."""

from typing import Any

from fer_core.evaluation.report import SUBSETS, evaluate, subset_mask
from fer_core.runs.store import Predictions


def summarize(predictions: Predictions) -> dict[str, Any]:
    """Figures of the test subsets and of validation, as plain data.

    Args:
        predictions: of a run, with both splits.

    Returns:
        `test` maps `all`, `PublicTest` and `PrivateTest` to figures, `validation` holds
        them for the validation images; shares are 0-1, intervals 95 % bootstrap.
        Subsets without an image are left out.
    """
    test = predictions.subset("test")
    validation = predictions.subset("validation")
    parts = {name: test.where(subset_mask(test, name)) for name in SUBSETS}
    return {
        "test": {name: evaluate(part).to_dict() for name, part in parts.items() if len(part)},
        "validation": evaluate(validation).to_dict() if len(validation) else {},
    }
