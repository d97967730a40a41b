"""The model card of a recurrent network over frames, generated from its files."""

from typing import Any

import pandas as pd

from fer_core.classes import CLASS_NAMES
from fer_core.errors import RunError
from fer_core.evaluation.provenance import extra_data
from fer_core.evaluation.temporal import table as tables
from fer_core.evaluation.temporal.words import PLACES, decided, has_lag
from fer_core.reference.images import FINGERPRINT
from fer_core.reporting import responsible
from fer_core.reporting.templates import render
from fer_core.runs.records import Place
from fer_core.runs.store import Run


def temporal_card(run: Run) -> str:
    """The whole card as Markdown.

    Raises:
        RunError: nothing was measured yet.
    """
    measured = tables.read_table(run)
    facts = run.config.temporal
    if measured is None or facts is None:
        raise RunError(
            f"Run '{run.run_id}' has no table of figures yet. It is made when training ends."
        )
    return render(
        "temporal_card.md.j2",
        run_id=run.run_id,
        config=run.config,
        epochs=len(run.history()),
        extra=extra_data(run),
        own_backbones=(),
        class_names=CLASS_NAMES,
        model_bytes=run.model_bytes,
        decided=decided(measured, facts.default_in),
        is_published=run.config.data_fingerprint == FINGERPRINT,
        has_lag=has_lag(measured),
        tables=titled(measured),
        texts=responsible,
        stamp=run.model_stamp(),
    )


def titled(measured: pd.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows by part and place, each with a title."""
    return [
        (f"{str(split).capitalize()} clips as in {PLACES[Place(place)]}", rows.to_dict("records"))
        for (split, place), rows in measured.groupby(["split", "place"], sort=False)
    ]
