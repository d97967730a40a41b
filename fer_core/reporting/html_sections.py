"""The sections of a run's HTML report, each as a piece of HTML."""

from html import escape

import numpy as np
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES, NUM_CLASSES
from fer_core.evaluation.calibration import answered_above, before_and_after, coverage_curve
from fer_core.evaluation.history import with_new_losses
from fer_core.evaluation.metrics import compare_to_report, worst_confusion
from fer_core.evaluation.robustness import measure as spoiled
from fer_core.evaluation.roc import one_against_rest, ranking_table, top_k_accuracy
from fer_core.formats import MISSING, bounds, count, decimal, percent
from fer_core.plots.calibration import coverage_figure, reliability_figure
from fer_core.plots.classes import f1_figure
from fer_core.plots.confusion import confusion_figure
from fer_core.plots.history import Metric, in_words, run_figure
from fer_core.plots.robustness import accuracy_figure
from fer_core.plots.roc import precision_recall_figure, roc_figure
from fer_core.reporting import html_page, responsible
from fer_core.reporting.facts import RunFacts
from fer_core.reporting.failures import Mistake
from fer_core.reporting.words import validation_images


def accuracy(facts: RunFacts) -> str:
    """Accuracy in every view of the test set."""
    rows = [
        [
            item.view.title,
            count(item.report.n),
            percent(item.report.accuracy),
            bounds(item.report.accuracy_interval),
            decimal(item.report.macro_f1),
        ]
        for item in facts.figures
    ]
    report = "" if facts.config.synthetic else f"<p>{compare_to_report(facts.report)}</p>"
    return (
        f"{report}<p>The right class is among the two most probable for "
        f"{percent(top_k_accuracy(facts.test))} of all test images.</p>"
        + html_page.table(
            ["images", "count", "accuracy", "95 %", "macro F1"],
            rows,
            "Accuracy in every view of the test set; 95 % bootstrap intervals",
        )
    )


def classes(facts: RunFacts) -> str:
    """Scores of each class, as table and chart."""
    rows = []
    for row in facts.report.per_class.to_dict("records"):
        cells = [row["class"]]
        for name in ("precision", "recall", "f1"):
            cells += [decimal(row[name]), _bounds(row[f"{name}_low"], row[f"{name}_high"])]
        rows.append([*cells, count(row["support"])])
    for row in facts.report.averages.to_dict("records"):
        scores = [
            text for name in ("precision", "recall", "f1") for text in (decimal(row[name]), "")
        ]
        rows.append([row["class"], *scores, count(row["support"])])
    return html_page.table(
        ["class", "precision", "95 %", "recall", "95 %", "F1", "95 %", "images"],
        rows,
        "Scores of each class on all test images (0–1); 95 % bootstrap intervals",
    ) + html_page.chart(
        f1_figure(facts.report),
        "F1 of each class with its interval; the values stand in the table above.",
        "chart-classes",
    )


def confusion(facts: RunFacts) -> str:
    """The confusion matrix, as chart and table."""
    rows = [
        [name, *(count(images) for images in row)]
        for name, row in zip(CLASS_NAMES, facts.report.confusion, strict=True)
    ]
    true, wrong, worst = worst_confusion(facts.report.confusion)
    return (
        html_page.chart(
            confusion_figure(facts.report),
            "Confusion matrix; rows are true classes, columns predictions. The largest error: "
            f"{worst:.0%} of {true} faces are called {wrong}. The counts stand in the table below.",
            "chart-confusion",
        )
        + '<p class="note">Cells are images; the shade is the share of the true class.</p>'
        + html_page.table(
            ["true \\ predicted", *CLASS_NAMES], rows, "Confusion matrix, images; rows are true"
        )
    )


def mistakes(found: list[Mistake], images: NDArray[np.uint8] | None) -> str:
    """The surest mistakes as a table, or as pictures: `images` uint8 (n, 48, 48, 1)."""
    if not found:
        return "<p>There is none: every answer on the test images is right.</p>"
    intro = "<p>For each class the wrong answer that the model is surest of.</p>"
    if images is not None:
        captions = [
            f"{item.true}, taken for {item.predicted} ({percent(item.confidence)})"
            for item in found
        ]
        return (
            intro
            + html_page.faces(images, captions)
            + '<p class="note">Images of the data set: do not pass this file on.</p>'
        )
    rows = [[item.true, item.predicted, item.path, percent(item.confidence)] for item in found]
    headings = ["true", "predicted", "image", "confidence"]
    return intro + html_page.table(headings, rows, "The surest mistake of each class", words=3)


def curves(facts: RunFacts) -> str:
    """Accuracy and loss by epoch."""
    history = facts.history
    if len(history) < 2:
        return "<p>This run has no curve: it was trained in one go.</p>"
    rows = [
        [
            str(int(row["epoch"])),
            *(percent(row[name]) for name in ("accuracy", "val_accuracy")),
            *(decimal(row[name]) for name in ("loss", "val_loss")),
        ]
        for row in history.to_dict("records")
    ]
    headings = ["epoch", "accuracy", "validation", "loss", "validation loss"]
    return (
        "".join(
            html_page.chart(
                run_figure(with_new_losses(history, facts.config.train), metric),
                f"{in_words(history, metric)}.",
                f"chart-{metric}",
            )
            for metric in (Metric.ACCURACY, Metric.LOSS)
        )
        + "<details><summary>Every epoch as a table</summary>"
        + html_page.table(headings, rows, "Accuracy and loss by epoch")
        + "</details>"
    )


def calibration(facts: RunFacts) -> str:
    """Whether its confidence can be believed, and what remains when it may abstain."""
    test, found = facts.test, facts.calibration
    before, after = before_and_after(test, found.temperature)
    rows = [
        [
            f"{100 * row['low']:.0f}–{100 * row['high']:.0f} %",
            count(row["n"]),
            percent(row["confidence"]),
            percent(row["accuracy"]),
        ]
        for row in after.bins.to_dict("records")
        if row["n"]
    ]
    text = (
        f"<p>Confidence and accuracy are {100 * found.error:.1f} points apart on average "
        f"(expected calibration error); {100 * found.error_before:.1f} without the temperature "
        f"of {found.temperature:g}, fitted on {escape(validation_images(facts.config.train))}.</p>"
    )
    if found.abstain_below is not None:
        text += (
            f"<p>Below a confidence of {found.abstain_below:.2f} the app says 'not sure': it then "
            f"answers {percent(found.answered)} of the test images, "
            f"{percent(found.answered_accuracy)} of them rightly.</p>"
        )
    threshold = found.abstain_below
    answered = None if threshold is None else answered_above(test, threshold)
    return (
        text
        + html_page.chart(
            reliability_figure(after, before),
            f"Accuracy of the answers by their confidence. Expected calibration error "
            f"{after.error:.3f}. The values stand in the table below.",
            "chart-reliability",
        )
        + html_page.table(
            ["confidence", "images", "mean confidence", "right"], rows, "Confidence and accuracy"
        )
        + html_page.chart(
            coverage_figure(coverage_curve(test.y_score, test.y_true), answered),
            "Accuracy of the answers over the share of images that are answered.",
            "chart-coverage",
        )
    )


def ranking(facts: RunFacts) -> str:
    """ROC and precision-recall curves with their areas."""
    curves = {
        CLASS_NAMES[label]: one_against_rest(facts.test, label)
        for label in range(NUM_CLASSES)
        if (facts.test.y_true == label).any()
    }
    rows = [
        [
            row["class"],
            decimal(row["auc"]),
            decimal(row["average_precision"]),
            count(row["support"]),
        ]
        for row in ranking_table(facts.test).to_dict("records")
    ]
    return (
        html_page.chart(
            roc_figure(curves),
            "ROC curves, one class against the rest; the areas stand in the table below.",
            "chart-roc",
        )
        + html_page.chart(
            precision_recall_figure(curves),
            "Precision over recall by class; average precision stands in the table.",
            "chart-precision",
        )
        + html_page.table(
            ["class", "area under ROC", "average precision", "images"],
            rows,
            "Areas, one class against the rest (0–1)",
        )
    )


def robustness(facts: RunFacts) -> str:
    """Accuracy on spoiled pictures, or why it is not known."""
    table = facts.robustness
    note = f"<p>{escape(facts.robustness_note)}</p>" if facts.robustness_note else ""
    if table is None:
        return note
    rows = [
        [
            row["title"],
            percent(row["accuracy"]),
            bounds((row["accuracy_low"], row["accuracy_high"])),
            decimal(row["macro_f1"]),
            f"{row['worst_class']} x {row['worst_ratio']:.1f}" if row["worst_class"] else MISSING,
        ]
        for row in table.to_dict("records")
    ]
    worst = spoiled.hardest(table)
    return (
        f"{note}<p>All test images, each spoiled in one way. Hardest: {escape(worst['title'])}. "
        "Beside the accuracy stands how often the most repeated answer is given, over how often "
        "it is true.</p>"
        + html_page.chart(
            accuracy_figure(facts.run.run_id, table),
            "Accuracy under each corruption with its interval; the values stand in the table.",
            "chart-robustness",
        )
        + html_page.table(
            ["images", "accuracy", "95 %", "macro F1", "most repeated answer"],
            rows,
            "Accuracy on spoiled pictures",
        )
    )


def settings(facts: RunFacts) -> str:
    """Everything that decided the outcome."""
    values = facts.config.train.model_dump(mode="json")
    rows = [[name, str(value)] for name, value in values.items()]
    rows += [[f"version of {name}", value] for name, value in facts.config.versions.items()]
    return html_page.table(["setting", "value"], rows, "What the run was made from", words=2)


def use() -> str:
    """What it must not be used for."""
    items = "".join(f"<li>{escape(text)}</li>" for text in responsible.MISUSES)
    return (
        "<p>The result names how an expression looks to annotators of web pictures, not what a "
        f"person feels. Not for:</p><ul>{items}</ul>"
    )


def _bounds(low: float, high: float) -> str:
    return MISSING if low != low else f"{low:.3f}–{high:.3f}"
