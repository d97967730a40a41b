"""`python -m fer_core data ...`: fetch, inspect or draw a data set."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.table import Table

from fer_core import paths
from fer_core.cli.data_audit import audit, label_quality
from fer_core.cli.options import Votes
from fer_core.cli.progress import CountBar
from fer_core.data import fer2013
from fer_core.data.balance import Summary, class_table, summarize
from fer_core.data.fer2013 import Dataset
from fer_core.data.ferplus import load_votes
from fer_core.errors import ConfigError
from fer_core.reference.images import Copies
from fer_core.terminal import console, table

app = typer.Typer(no_args_is_help=True, help="Fetch, inspect, audit or draw a data set.")

_SHOWN = 8


@app.command()
def download(
    zip_file: Annotated[
        Path | None,
        typer.Option(
            "--zip", metavar="FILE", help="Unpack this ZIP, or read this fer2013.csv, instead."
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", metavar="DIR", help="Copy these unpacked folders (train/, test/)."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Fetch again, replacing the data set that is there.")
    ] = False,
    resize: Annotated[
        bool,
        typer.Option(
            "--resize", help="Bring square images of other sizes to 48x48; with --zip or --dir."
        ),
    ] = False,
) -> None:
    """Fetch the data set (67 MB) from Kaggle, or take it from a ZIP or a folder.

    Needs no Kaggle account; credentials are used if the machine has any. It can be
    interrupted and run again: it continues, and a finished data set is left alone. The data set
    that is there stays until every image of the new one was decoded. Classes and parts may be
    spelled otherwise (disgust, Fear, PublicTest, val).
    """
    from fer_core.data.download import fetch
    from fer_core.data.download.install import read_manifest

    if zip_file is not None and folder is not None:
        raise ConfigError("Give either --zip or --dir, not both.")
    if zip_file is not None:
        with CountBar(f"Unpacking {zip_file.name}") as bar:
            target = fetch.from_zip(zip_file, progress=bar.step, force=force, resize=resize)
    elif folder is not None:
        with CountBar("Copying images") as bar:
            target = fetch.from_dir(folder, progress=bar.step, force=force, resize=resize)
    else:
        with CountBar("Downloading", size=True) as bar, CountBar("Unpacking") as unpacking:
            target = fetch.download(progress=bar.step, unpack_progress=unpacking.step, force=force)
    dataset, counts = _load(target)
    skipped = [tuple(pair) for pair in read_manifest(target).get("skipped", [])]
    _print_skipped([*skipped, *dataset.skipped])
    console.print(
        f"The data set is complete: {counts.train_folder:,} training and {counts.test:,} test "
        f"images in {target}",
        soft_wrap=True,
    )
    _print_synthetic(counts)


@app.command()
def info(
    folder: Annotated[
        Path | None,
        typer.Option(
            "--dir", metavar="DIR", help="Data set to describe, if not the downloaded one."
        ),
    ] = None,
) -> None:
    """Print the classes' counts, shares and weights, and the validation and usage split."""
    from fer_core.quality.copies import count_copies

    dataset, counts = _load(folder)
    _print_synthetic(counts)
    console.print(_class_table(class_table(dataset), counts))
    console.print(_size_table(counts))
    console.print(_copies_table(count_copies(dataset)))
    _print_skipped(list(dataset.skipped))
    console.print(f"Fingerprint {dataset.fingerprint[:16]}")


@app.command()
def reference(
    votes: Votes = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Folder to write to, if not artifacts/reference."
        ),
    ] = None,
) -> None:
    """Rebuild what the repository keeps about the published images: copies, leaks, FER+.

    These files let pages leave leaked images out and use FER+ labels where neither the
    images nor the votes are.
    """
    from fer_core.quality.copies import write_reference

    loaded = load_votes(votes)
    written = write_reference(_load(None)[0], loaded, folder)
    names = ", ".join(path.name for path in written)
    console.print(f"Wrote {names} in {written[0].parent}", soft_wrap=True)


@app.command()
def synthetic(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Data folder to make.")],
    train_per_class: Annotated[
        int, typer.Option(min=1, max=10_000, help="Training images of each class.")
    ] = 60,
    test_per_class: Annotated[
        int, typer.Option(min=1, max=10_000, help="Test images of each class.")
    ] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same faces.")] = 0,
) -> None:
    """Draw a small data set of synthetic faces, to try everything without a download.

    Point the program to it with the environment variable FER_DATA_DIR.
    """
    from fer_core.data.synthetic.dataset import write_synthetic

    with CountBar("Drawing faces") as bar:
        target = write_synthetic(
            folder,
            train_per_class=train_per_class,
            test_per_class=test_per_class,
            seed=seed,
            progress=bar.step,
        )
    console.print(
        f"Drew {7 * (train_per_class + test_per_class):,} faces. To use them: "
        f"{paths.DATA_DIR_VARIABLE}={target}",
        soft_wrap=True,
    )


app.command()(audit)
app.command("label-quality")(label_quality)


def _load(folder: Path | None) -> "tuple[Dataset, Summary]":
    with CountBar("Decoding") as bar:
        dataset = fer2013.load(folder, bar.step)
    return dataset, summarize(dataset)


def _class_table(classes: pd.DataFrame, counts: Summary) -> Table:
    titles = {"train_folder": "train/", "train": "train", "validation": "valid.", "test": "test"}
    titles |= {"public_test": "Public", "private_test": "Private"} if counts.usage else {}
    title = f"Images by class, imbalance ratio {counts.imbalance:.1f}"
    shown = table(title, "class", *titles.values(), "share", "weight")
    for row in classes.to_dict("records"):
        cells = [f"{row[column]:,}" for column in titles]
        share = f"{100 * row['train_share']:.1f} %"
        shown.add_row(row["class"], *cells, share, f"{row['weight']:.3f}")
    shown.add_section()
    sums = [f"{int(classes[column].sum()):,}" for column in titles]
    shown.add_row("all", *sums, "100.0 %", "")
    return shown


def _size_table(counts: Summary) -> Table:
    title = "Splits; share and class weight are of train"
    shown = table(title, "part", "images", "what", left=("part", "what"))
    rows = [
        ("train/", counts.train_folder, "the training folder"),
        ("train", counts.train, "trained on"),
        ("validation", counts.validation, "first 25 % of each class, by name as text"),
        ("test", counts.test, "the test folder"),
    ]
    words = {"PublicTest": "head of each test folder", "PrivateTest": "what the literature reports"}
    rows += [(name, count, words[name]) for name, count in (counts.usage or {}).items()]
    for part, count, what in rows:
        shown.add_row(part, f"{count:,}", what)
    return shown


def _copies_table(copies: Copies) -> Table:
    shown = table("Byte-identical images", "count", "what", left=("what",))
    for count, what in (
        (copies.groups, f"groups of identical images ({copies.copied_images:,} images)"),
        (copies.leaking_groups, "of them in both train and test"),
        (copies.leaked_test_images, "test images that are in train as well"),
        (copies.leaked_validation_images, "validation images with a copy in the part trained on"),
        (copies.conflicting_groups, "groups with different labels"),
    ):
        shown.add_row(f"{count:,}", what)
    return shown


def _print_skipped(skipped: list[tuple[str, ...]]) -> None:
    if skipped:
        console.print(f"{len(skipped):,} files were skipped:", style="yellow")
    groups: dict[tuple[str, str], list[str]] = {}
    for path, reason in skipped:
        groups.setdefault((path.rpartition("/")[0], reason), []).append(path)
    for (folder, reason), paths_ in list(groups.items())[:_SHOWN]:
        name = paths_[0] if len(paths_) == 1 else f"{folder or 'at the top'}, {len(paths_):,} files"
        console.print(f"  {name}: {reason}", soft_wrap=True)
    if len(groups) > _SHOWN:
        rest = sum(len(paths_) for paths_ in list(groups.values())[_SHOWN:])
        console.print(f"  and {rest:,} more")


def _print_synthetic(counts: Summary) -> None:
    if counts.synthetic:
        console.print("Synthetic: drawn faces; quote no figure from them.", style="yellow")
