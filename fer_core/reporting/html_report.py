"""A run's report as one HTML file that opens offline, on a phone and in both themes.

    python -m fer_core report tiny --out tiny.html

The same sections as the Evaluation page, from the run's files alone. The file holds everything
that it shows and its content security policy forbids the browser to fetch anything. No image
of the data set is in it unless it is asked for.
"""

from typing import Any, NamedTuple

import plotly.graph_objects as go
from markupsafe import Markup

from fer_core.classes import CLASS_NAMES
from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.evaluation.calibration import coverage_curve
from fer_core.evaluation.error_analysis import find_images, most_confident_errors
from fer_core.evaluation.history import with_new_losses
from fer_core.evaluation.metrics import compare_to_report, describe_intervals
from fer_core.evaluation.robustness import measure
from fer_core.evaluation.roc import one_against_rest, ranking_table, top_k_accuracy
from fer_core.images import png_url
from fer_core.plots import theme
from fer_core.plots.calibration import coverage_figure, reliability_figure
from fer_core.plots.classes import f1_figure
from fer_core.plots.confusion import confusion_figure
from fer_core.plots.history import Metric, in_words, run_figure
from fer_core.plots.robustness import accuracy_figure
from fer_core.plots.roc import precision_recall_figure, roc_figure
from fer_core.reporting import responsible
from fer_core.reporting.facts import RunFacts, gather, weakest_class
from fer_core.reporting.templates import render
from fer_core.runs.store import Run
from fer_core.runs.table import why_no_curve

_CURVES = (Metric.ACCURACY, Metric.LOSS)


class _Chart(NamedTuple):
    """The title of a figure, and the figure without it as HTML."""

    title: str
    drawn: Markup


def html_report(run: Run, *, with_pictures: bool = False) -> bytes:
    """The report of `run`, UTF-8; about 5 MB, nearly all of it plotly.js. `with_pictures` shows the
    most confident errors: images of the data set, which is not ours to pass on.

    Raises:
        RunError: the run has no predictions yet, or pictures are asked for and the data set
            here is not the one that it was tested on.
        DataMissingError: pictures are asked for and there is no data set on this machine.
    """
    from plotly.offline import get_plotlyjs

    facts = gather(run)
    errors = most_confident_errors(facts.test)
    pictures = _pictures(facts, errors) if with_pictures and errors else []
    bins = facts.calibrations[1].bins
    text = render(
        "report.html.j2",
        facts=facts,
        plotly=Markup(get_plotlyjs()),
        charts={name: _drawn(name, figure) for name, figure in _figures(facts).items()},
        class_names=CLASS_NAMES,
        no_curve=why_no_curve(run, facts.history),
        curves={str(metric): in_words(facts.history, metric) for metric in _CURVES},
        weakest=weakest_class(facts.report),
        beside_report=compare_to_report(facts.report, facts.config.data_fingerprint),
        intervals=describe_intervals(facts.report),
        top_two=top_k_accuracy(facts.test),
        errors=errors,
        pictures=pictures,
        bins=bins[bins["n"] > 0].to_dict("records"),
        areas=ranking_table(facts.test).to_dict("records"),
        hardest=None if facts.robustness is None else measure.hardest(facts.robustness),
        settings=facts.config.train.model_dump(mode="json"),
        misuses=[line.removeprefix("- ") for line in responsible.misuses().splitlines()],
    )
    return text.encode()


def file_name(run: Run) -> str:
    """What the report of `run` is called when it is saved."""
    return f"{run.run_id}-report.html"


def _figures(facts: RunFacts) -> dict[str, go.Figure]:
    """The figures by the names that the template uses; those that the run has."""
    test, (before, after) = facts.test, facts.calibrations
    curves = {
        name: one_against_rest(test, label)
        for label, name in enumerate(CLASS_NAMES)
        if (test.y_true == label).any()
    }
    found = {
        "classes": f1_figure(facts.report),
        "confusion": confusion_figure(facts.report),
        "reliability": reliability_figure(after, None if facts.config.temperature == 1 else before),
        "coverage": coverage_figure(coverage_curve(test.y_score, test.y_true), facts.answered),
        "roc": roc_figure(curves),
        "precision": precision_recall_figure(curves),
    }
    if not why_no_curve(facts.run, facts.history):
        history = with_new_losses(facts.history, facts.config.train)
        found |= {str(metric): run_figure(history, metric) for metric in _CURVES}
    if facts.robustness is not None:
        found["robustness"] = accuracy_figure(facts.run.run_id, facts.robustness)
    return found


def _drawn(name: str, figure: go.Figure) -> _Chart:
    title, untitled = theme.without_title(figure)
    drawn = untitled.to_html(
        full_html=False, include_plotlyjs=False, config=theme.CONFIG, div_id=f"chart-{name}"
    )
    return _Chart(title, Markup(drawn))


def _pictures(facts: RunFacts, errors: list[Any]) -> list[str]:
    """The images of the errors as data URLs of PNG files."""
    dataset = fer2013.load()
    if dataset.fingerprint != facts.config.data_fingerprint:
        raise RunError(
            f"The data set on this machine is not the one that run '{facts.run.run_id}' was "
            "tested on, so its errors cannot be shown. Omit --pictures."
        )
    found = find_images(dataset.test, [error.path for error in errors])
    return [png_url(image[..., 0]) for image in found]
