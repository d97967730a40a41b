"""`python -m fer_core evaluate RUN_ID`: a run's figures beside the published report's."""

from contextlib import suppress
from typing import Annotated

import typer
from rich.table import Table

from fer_core import formats
from fer_core.classes import CLASS_NAMES
from fer_core.cli.evaluate_model import print_robustness, print_test_time, print_timing
from fer_core.cli.evaluate_temporal import print_temporal
from fer_core.cli.options import RunId
from fer_core.errors import ConfigError
from fer_core.evaluation import metrics, test_time_augmentation
from fer_core.evaluation.metrics_file import summarize
from fer_core.evaluation.subsets import LabelView, known_views, view_test
from fer_core.reference import student_report
from fer_core.reference.images import FINGERPRINT, copy_groups
from fer_core.runs.store import Predictions, Run, State, get_run
from fer_core.terminal import console, kept_if_possible, table


def evaluate(
    run_id: RunId,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness",
            help="Measure the model on corrupted test images instead; takes minutes.",
        ),
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(help="With --robustness: a measured run to compare with.", metavar="RUN_ID"),
    ] = None,
    test_time: Annotated[
        bool,
        typer.Option(
            "--test-time-augmentation",
            help="Measure the mean over mirror images and ten crops instead; takes minutes.",
        ),
    ] = False,
    timing: Annotated[
        bool, typer.Option("--time", help="Measure how long one face takes here instead.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Measure a recurrent network over frames again; takes minutes."
        ),
    ] = False,
) -> None:
    """Prints accuracy with interval by a single pass and by ten crops, per-class table and
    confusion matrix.

    All figures are recomputed from the run's predictions; `metrics.json` is rewritten.
    With --robustness the exported model predicts the test images blurred, dark, noisy,
    turned and more; the table is printed and kept in the run folder (robustness.csv).
    With --test-time-augmentation it averages over mirror images and ten crops; what that gives
    is kept as test_time.csv and ten_crops.npz. With --time it predicts one face many times on
    one thread; the time and the machine are kept as timing.json, which the dashboard shows.

    A recurrent network over frames is set beside single frames and exponential smoothing, on clips
    of validation and of test images; the table is kept as temporal.csv.
    """
    if against is not None and not robustness:
        raise ConfigError("--against compares robustness tables. Add --robustness.")
    if robustness + test_time + timing > 1:
        raise ConfigError(
            "--robustness, --test-time-augmentation and --time are measured one at a time."
        )
    run = get_run(run_id)
    if run.config.temporal is not None:
        if robustness or test_time or timing:
            raise ConfigError(
                f"'{run_id}' is a recurrent network over frames: omit --robustness, "
                "--test-time-augmentation and --time."
            )
        print_temporal(run, again=again)
        return
    if again:
        raise ConfigError("--again is for recurrent networks over frames. Omit it.")
    if timing:
        print_timing(run)
    elif test_time:
        print_test_time(run)
    elif robustness:
        print_robustness(run, get_run(against) if against is not None else None)
    else:
        write_and_print_report(run)


def write_and_print_report(run: Run) -> None:
    """Computes the figures of `run`, writes `metrics.json` and its model card and prints them."""
    predictions = run.predictions()
    with kept_if_possible():
        run.write_metrics(summarize(predictions, run.config.data_fingerprint))
        write_card(run)
    test = predictions.subset("test")
    groups = copy_groups(test.path, run.config.data_fingerprint)
    figures = metrics.evaluate(test, groups)
    _print_heading(run)
    ten_crops = test_time_augmentation.read_ten_crops(run)
    console.print(_view_table(run, predictions, ten_crops))
    if ten_crops is None:
        console.print(test_time_augmentation.missing(run), style="dim")
    console.print(metrics.describe_intervals(figures), style="dim")
    console.print(class_table("test images", figures, with_report=_is_published(run)))
    console.print(confusion_table("test images", figures))


def write_card(run: Run) -> None:
    """Writes the model card of `run`, where Jinja2 is installed, which its template needs."""
    with suppress(ModuleNotFoundError):
        from fer_core.reporting.model_card import write_model_card

        write_model_card(run)


def _print_heading(run: Run) -> None:
    if run.status().state is not State.DONE:
        console.print(
            f"Not finished: figures as of epoch {run.config.exported_epoch} of "
            f"{run.config.train.epochs}.",
            style="yellow",
        )
    if run.config.synthetic:
        console.print("Drawn faces: these figures say nothing about people.", style="yellow")


def _view_table(run: Run, predictions: Predictions, ten_crops: Predictions | None) -> Table:
    """Accuracy in every view of the test set that is known for the run's images, by a single pass
    and, where it was measured, by ten crops.
    """
    texts = "images", "labels"
    headings = *texts, "passes", "count", "accuracy", "95 % interval", "macro F1"
    shown = table("Accuracy", *headings, left=texts)

    def add(images: str, labels: str, passes: str, part: Predictions) -> None:
        if not len(part):
            return
        figures = metrics.evaluate(part, copy_groups(part.path, fingerprint))
        shown.add_row(
            images,
            labels,
            passes,
            formats.count(figures.n),
            formats.percent(figures.accuracy),
            formats.bounds(figures.accuracy_interval),
            formats.percent(figures.macro_f1),
        )

    fingerprint = run.config.data_fingerprint
    given = LabelView.FER2013 if _is_published(run) else "folders"
    for subset, labels in known_views(fingerprint):
        for passes, scores in (("1", predictions), ("10", ten_crops)):
            if scores is not None:
                view = view_test(scores, subset, labels, data_fingerprint=fingerprint)
                by = given if labels is LabelView.FER2013 else labels
                add(f"test, {subset}", by, passes, view.predictions)
    by = "reviewed" if run.config.train.label_review else given
    add("validation", by, "1", predictions.subset("validation"))
    if not _is_published(run):
        return shown
    published = student_report.metrics()
    shown.add_section()
    shown.add_row(
        "report, all",
        LabelView.FER2013,
        "1",
        f"{published['split']['test']:,}",
        formats.percent(published["test_accuracy"]),
        "",
        formats.percent(published["macro_avg"][2]),
    )
    return shown


def class_table(of: str, figures: metrics.Report, *, with_report: bool = False) -> Table:
    """Precision, recall and F1 a class, beside those of the report where that is asked for."""
    scores = ["precision", "recall", "f1"]
    shown = table(f"Per class, {of}", "class", *scores, "faces")
    published: dict[str, list[float]] = {}
    if with_report:
        published = student_report.table().set_index("class")[scores].T.to_dict("list")
        for score in scores:
            shown.add_column(f"report's\n{score}", style="dim", no_wrap=True, justify="right")
    for row in figures.table().to_dict(orient="records"):
        own = [formats.percent(row[score]) for score in scores]
        theirs = [formats.percent(value) for value in published.get(row["class"], ())]
        shown.add_row(row["class"], *own, f"{row['support']:,}", *theirs)
    return shown


def _is_published(run: Run) -> bool:
    """Whether it was made with FER2013's images, of which the report's figures are."""
    return run.config.data_fingerprint == FINGERPRINT


def confusion_table(of: str, figures: metrics.Report) -> Table:
    """Counts by true class (rows) and predicted class."""
    shown = table(f"Confusion matrix, {of}", "true \\ predicted", *CLASS_NAMES)
    for name, row in zip(CLASS_NAMES, figures.confusion.tolist(), strict=True):
        shown.add_row(name, *(f"{count:,}" for count in row))
    return shown
