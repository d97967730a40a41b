"""A run's report as one HTML file that opens offline, on a phone and in both themes.

    python -m fer_core report tiny --out tiny.html

The same sections as the Evaluation page, from the run's files alone. No image of the data set
is in it unless it is asked for.
"""

from collections.abc import Callable
from html import escape

import numpy as np
from numpy.typing import NDArray

from fer_core.data import fer2013
from fer_core.errors import RunError
from fer_core.formats import count, decimal, megabytes, percent
from fer_core.reporting import html_page, html_sections
from fer_core.reporting.facts import RunFacts, gather, weakest_class
from fer_core.reporting.failures import Mistake, pictures, surest_mistakes
from fer_core.runs.store import Run


def html_report(run: Run, *, with_pictures: bool = False) -> bytes:
    """The report of `run`, UTF-8; about 5 MB, nearly all of it plotly.js.

    Args:
        run: with predictions of test images.
        with_pictures: whether to put the surest mistakes in as pictures. They are images of
            the data set, which is not ours to pass on.

    Raises:
        RunError: the run has no predictions yet, or pictures are asked for and the data set
            here is not the one that it was tested on.
        DataMissingError: pictures are asked for and there is no data set on this machine.
    """
    facts = gather(run)
    mistakes = surest_mistakes(facts.test)
    images = _images(facts, mistakes) if with_pictures and mistakes else None
    parts: list[tuple[str, Callable[[], str]]] = [
        ("Accuracy", lambda: html_sections.accuracy(facts)),
        ("By class", lambda: html_sections.classes(facts)),
        ("Confusion", lambda: html_sections.confusion(facts)),
        ("Mistakes", lambda: html_sections.mistakes(mistakes, images)),
        ("Training curves", lambda: html_sections.curves(facts)),
        ("Calibration", lambda: html_sections.calibration(facts)),
        ("Ranking", lambda: html_sections.ranking(facts)),
        ("Robustness", lambda: html_sections.robustness(facts)),
        ("Settings", lambda: html_sections.settings(facts)),
        ("Before you use it", html_sections.use),
    ]
    links = "".join(f'<li><a href="#{_anchor(title)}">{title}</a></li>' for title, _ in parts)
    body = [_head(facts), f'<nav aria-label="Contents"><ul>{links}</ul></nav>']
    body += [
        f'<section><h2 id="{_anchor(title)}">{title}</h2>{draw()}</section>'
        for title, draw in parts
    ]
    return html_page.page(f"Run {run.run_id}: report", "\n".join(body)).encode()


def file_name(run: Run) -> str:
    """What the report of `run` is called when it is saved."""
    return f"{run.run_id}-report.html"


def _images(facts: RunFacts, mistakes: list[Mistake]) -> NDArray[np.uint8]:
    dataset = fer2013.load()
    if dataset.fingerprint != facts.config.data_fingerprint:
        raise RunError(
            f"The data set on this machine is not the one that run '{facts.run.run_id}' was "
            "tested on, so its mistakes cannot be shown. Leave out --pictures."
        )
    found = pictures(dataset, mistakes)
    if found is None:
        raise RunError("The data set lacks images of this run. Leave out --pictures.")
    return found


def _head(facts: RunFacts) -> str:
    run, report, config = facts.run, facts.report, facts.config
    weakest, recall = weakest_class(report)
    notes = []
    if config.synthetic:
        notes.append("Trained on drawn faces: these figures say nothing about people.")
    if not facts.is_finished:
        notes.append(f"Not finished: as of epoch {facts.epoch} of {config.train.epochs}.")
    size = megabytes(run.onnx_path.stat().st_size) if facts.has_model else "no model file"
    boxes = [
        ("accuracy, all test images", percent(report.accuracy, report.accuracy_interval)),
        ("macro F1", decimal(report.macro_f1)),
        (f"found least often: {weakest}", percent(recall)),
        ("parameters", f"{count(config.parameters['total'])}, {size}"),
    ]
    return (
        f"<h1>Run {escape(run.run_id)}</h1>"
        f"<p>Preset {escape(config.train.preset)}, begun {config.started:%Y-%m-%d}, "
        f"{count(config.counts.get('train', 0))} training images, {count(report.n)} test images. "
        "Facial expressions in seven words, computed from the run's stored predictions.</p>"
        + "".join(f'<p class="warning">{note}</p>' for note in notes)
        + html_page.figures(boxes)
    )


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
