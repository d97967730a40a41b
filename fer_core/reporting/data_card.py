"""The data card: where the images come from, what is wrong with them, who is missing.

After Gebru et al. 2021, "Datasheets for datasets" (arXiv:1803.09010). Every figure is read
from `artifacts/reference`, so the card needs no image on the machine.
"""

from fer_core.data.balance import imbalance
from fer_core.quality.audit_report import Issue, read_audit
from fer_core.quality.label_report import read_quality
from fer_core.reference import files, published
from fer_core.reference.images import ferplus_agreement, published_class_table, published_copies
from fer_core.reporting.templates import render


def data_card() -> str:
    """The whole card as Markdown.

    Raises:
        DataError: a file of `artifacts/reference` is missing or damaged.
    """
    audit = read_audit(files.folder())
    classes = published_class_table()
    return render(
        "data_card.md.j2",
        classes=classes,
        imbalance=imbalance(classes, "train"),
        copies=published_copies(),
        audit=audit.facts,
        near=audit.count(Issue.NEAR),
        across=audit.count(Issue.NEAR_LEAKS),
        flat=audit.count(Issue.FLAT),
        no_face=audit.count(Issue.NO_FACE),
        people=published.people(),
        ferplus=ferplus_agreement(),
        quality=read_quality(files.folder()).facts,
    )
