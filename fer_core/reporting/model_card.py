"""The model card of a run, generated from its files and never typed by hand.

After Mitchell et al. 2019, "Model cards for model reporting" (arXiv:1810.03993).

    python -m fer_core card tiny

writes `MODEL_CARD.md` into the run's folder. The same files give the same card.
"""

from pathlib import Path
from typing import Any

from fer_core.classes import CLASS_NAMES
from fer_core.config import Labels, TrainConfig
from fer_core.evaluation.metrics import compare_to_report, describe_intervals
from fer_core.evaluation.provenance import extra_data
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.roc import top_k_accuracy
from fer_core.evaluation.subsets import SUBSET_TITLES
from fer_core.files import write_text
from fer_core.models.classical.systems import CLASSIC
from fer_core.models.transfer import BACKBONES
from fer_core.reference.images import FINGERPRINT
from fer_core.reporting import responsible
from fer_core.reporting.facts import RunFacts, gather, weakest_class, worst_confusions
from fer_core.reporting.templates import render
from fer_core.reporting.temporal_card import temporal_card
from fer_core.runs.store import Run

FILE_NAME = "MODEL_CARD.md"


def write_model_card(run: Run) -> Path:
    """Writes `MODEL_CARD.md` into the run's folder, whole.

    Raises:
        RunError: the run has no figures of test images yet.
    """
    path = run.folder / FILE_NAME
    write_text(path, card_of(run))
    return path


def card_of(run: Run) -> str:
    """The card that the run's files give, as Markdown; raises as `write_model_card`."""
    if run.config.temporal is not None:
        return temporal_card(run)
    return model_card(gather(run))


def model_card(facts: RunFacts) -> str:
    """The whole card as Markdown."""
    train, history, table = facts.config.train, facts.history, facts.robustness
    return render(
        "model_card.md.j2",
        facts=facts,
        class_names=CLASS_NAMES,
        texts=responsible,
        is_published=facts.config.data_fingerprint == FINGERPRINT,
        is_classical=train.model in CLASSIC,
        extra=extra_data(facts.run),
        votes=_votes(train),
        own_backbones=tuple(BACKBONES),
        seconds=history["seconds"].sum() if len(history) else float("nan"),
        changes=_changes(train),
        phases=[phase.model_dump(mode="json", exclude_unset=True) for phase in train.phases],
        beside_report=compare_to_report(facts.report, facts.config.data_fingerprint),
        intervals=describe_intervals(facts.report),
        top_two=top_k_accuracy(facts.test),
        weakest=weakest_class(facts.report),
        confusions=worst_confusions(facts.report),
        hardest=None if table is None else measure.hardest(table),
        subset_titles=SUBSET_TITLES,
        stamp=facts.run.model_stamp(),
    )


def _votes(train: TrainConfig) -> list[float]:
    """The shares of FER+'s votes in the targets of the phases, each once."""
    shares = (p.ferplus_share if p.labels is Labels.FERPLUS else 0.0 for p in train.by_phase())
    return list(dict.fromkeys(shares))


def _changes(train: TrainConfig) -> list[dict[str, Any]]:
    """The settings that are not the report's, with their values and meaning."""
    own, usual = train.model_dump(mode="json"), TrainConfig().model_dump(mode="json")
    return [
        {
            "name": name,
            "here": own[name],
            "report": usual[name],
            "meaning": TrainConfig.model_fields[name].description or "",
        }
        for name in own
        if own[name] != usual[name] and name not in ("preset", "model", "phases")
    ]
