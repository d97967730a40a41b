"""`python -m fer_core data audit` and `data label-quality`: what is wrong with the images."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fer_core import paths
from fer_core.cli.options import Changes, Cpus, DataDir, Gpus, Ray, Votes
from fer_core.cli.progress import StageBar, print_standing
from fer_core.cli.stopping import continues
from fer_core.cli.train import configure
from fer_core.data import fer2013, ferplus
from fer_core.data.fer2013 import Dataset
from fer_core.errors import ConfigError
from fer_core.models.classical.systems import CLASSIC
from fer_core.quality import audit_report, label_report
from fer_core.quality.audit_report import Audit, Issue
from fer_core.quality.label_report import LabelQuality
from fer_core.reference.images import FINGERPRINT
from fer_core.scale.many import train_many
from fer_core.terminal import console, table

_SHOWN = 20

Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Folder to write to, if not the cache folder.")
]


def audit(
    data_dir: DataDir = None,
    faces: Annotated[
        bool, typer.Option(help="Also find images without a face; the longest part.")
    ] = True,
    out: Out = None,
) -> None:
    """Check every image for copies, near copies, empty images and non-faces.

    The lists are kept for the Dataset page; `train --exclude-list` takes those that it
    offers for download.
    """
    from fer_core.inference.detector import load_detector
    from fer_core.quality import audit as auditing

    detector = load_detector() if faces else None
    if detector is not None and detector.note:
        console.print(detector.note, style="yellow")
    with StageBar() as bar:
        bar.advance("decoding", 0, 1)
        dataset = fer2013.load(data_dir)
        found = auditing.audit(dataset, detector, bar.advance)
    folder = out or audit_report.machine_folder(dataset.fingerprint)
    audit_report.write_audit(found, folder)
    console.print(_audit_table(found))
    console.print(f"Written to {folder}", soft_wrap=True)


@continues()
def label_quality(
    preset: Annotated[
        str, typer.Option(help="What is trained on each fold; `train --list` shows them.")
    ] = "hog-svm",
    set_: Changes = None,
    folds: Annotated[int, typer.Option(help="Parts of the training folder, 2 to 20.")] = 5,
    votes: Votes = None,
    data_dir: DataDir = None,
    keep: Annotated[int, typer.Option(min=1, help="Suspicious images to keep, worst first.")] = (
        2000
    ),
    out: Out = None,
    ray: Ray = None,
    cpus: Cpus = 2,
    gpus: Gpus = 0,
) -> None:
    """Rank the training images whose label is probably wrong, by confident learning.

    Each image is scored by a model that was trained without it and its copies. Where FER+'s
    votes are available, the head of the list is compared with them. If stopped, it continues
    after the last finished fold. With --ray the folds are trained side by side on a cluster.
    """
    from fer_core.quality.folds import fold_folder
    from fer_core.quality.label_quality import find_suspicious_labels

    config = configure(preset, set_ or [])
    if ray is not None and config.model in CLASSIC:
        raise ConfigError(f"'{config.model}' is fitted on one machine. Omit --ray.")
    dataset = fer2013.load(data_dir)
    known = _votes_on(dataset, votes)
    if ray is not None:
        train_many(
            "fold",
            [f"fold {number}" for number in range(1, folds + 1)],
            fold_folder(dataset, config, folds),
            ray,
            print_standing,
            data_dir=data_dir,
            cpus=cpus,
            gpus=gpus,
            folds=folds,
            config=config.model_dump(mode="json", exclude_defaults=True),
        )
    with StageBar() as bar:
        found = find_suspicious_labels(dataset, config, folds, known, keep, bar.advance)
    folder = out or label_report.machine_folder(dataset.fingerprint)
    label_report.write_quality(found, folder)
    console.print(_suspicious_table(found))
    for sentence in _sentences(found):
        console.print(sentence)
    console.print(f"Written to {folder}", soft_wrap=True)


def _votes_on(dataset: Dataset, named: Path | None) -> ferplus.Votes | None:
    """The votes in the file that the user named, else FER+'s own, which are on the published
    images alone.
    """
    here = dataset.fingerprint == FINGERPRINT and paths.ferplus_file().exists()
    return ferplus.load_votes(named) if named is not None or here else None


def _audit_table(found: Audit) -> Table:
    facts = found.facts
    title = f"Audit of {facts.images:,} images"
    shown = table(title, "what", "groups", "images", "of them test")
    for issue in found.issues():
        groups, images, test = found.count(issue)
        name = f"{issue.value} ({facts.detector})" if issue is Issue.NO_FACE else issue.value
        shown.add_row(name, f"{groups:,}" if issue.is_grouped else "", f"{images:,}", f"{test:,}")
    return shown


def _suspicious_table(found: LabelQuality) -> Table:
    title = f"The {min(_SHOWN, len(found.rows))} most suspicious labels"
    texts = "image", "given", "suggested"
    votes = ["FER+"] if found.facts.agreement is not None else []
    shown = table(title, *texts, "margin", *votes, left=(*texts, *votes))
    for row in found.rows.head(_SHOWN).to_dict("records"):
        shown.add_row(
            row["path"],
            row["given"],
            row["suggested"],
            f"{row['p_given'] - row['p_suggested']:+.2f}",
            *[row["ferplus"] or "no majority"] * len(votes),
        )
    return shown


def _sentences(found: LabelQuality) -> list[str]:
    facts = found.facts
    setting = f" ({facts.setting})" if facts.setting else ""
    lines = [
        f"{facts.preset}{setting}, {facts.folds} folds: {100 * facts.accuracy:.1f} % of "
        f"{facts.images:,} training images get their given label. Confident learning flags "
        f"{facts.suspicious:,} of them."
    ]
    judged = facts.agreement
    if judged is None:
        lines.append(
            "There are no FER+ votes on these images, so nothing was checked (--votes FILE)."
        )
    else:
        lines.append(
            f"Precision at {judged.judged} against FER+: {100 * judged.precision:.1f} % "
            f"({judged.errors} labels that its majority calls wrong, {judged.suggested_right} "
            f"of them as suggested; {judged.judged - judged.with_majority} without a majority). "
            f"Images picked at random would reach {100 * judged.random_precision:.1f} %."
        )
    return lines
