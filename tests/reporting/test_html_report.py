"""The HTML report: whole, self-contained, the run's own figures, and it opens offline."""

import base64
import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fer_core import paths
from fer_core.config import TrainConfig
from fer_core.data import fer2013
from fer_core.errors import DataMissingError, RunError
from fer_core.reporting.html_report import file_name, html_report
from fer_core.runs.store import Predictions, Run
from tests.builders import make_dataset, make_run, with_config

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

SECTIONS = (
    "Accuracy",
    "By class",
    "Confusion",
    "Errors",
    "Training curves",
    "Calibration",
    "ROC and precision-recall",
    "Robustness",
    "Settings",
)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    monkeypatch.setenv(paths.DATA_DIR_VARIABLE, str(tmp_path / "data"))
    monkeypatch.setenv(paths.CACHE_DIR_VARIABLE, str(tmp_path / "cache"))
    return make_run(tmp_path / "runs", "mine")


def without_scripts(report: bytes) -> str:
    return re.sub(r"<script.*?</script>", "", report.decode(), flags=re.DOTALL).replace("\xa0", " ")


def test_it_has_every_section_and_the_runs_accuracy(run):
    text = without_scripts(html_report(run))
    test = run.predictions().subset("test")

    assert re.findall(r"<h2 [^>]*>([^<]+)</h2>", text)[: len(SECTIONS)] == list(SECTIONS)
    assert f"{100 * (test.y_pred == test.y_true).mean():.1f} % (" in text
    assert file_name(run) == "mine-report.html"


def test_it_holds_no_picture_and_no_address_to_load_from(run):
    text = without_scripts(html_report(run))

    assert "<img" not in text
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", text)


def test_a_run_without_epochs_has_no_curve_but_a_report(run):
    run.write_history([])

    assert "This run has no curve: fitted at once." in without_scripts(html_report(run))


@pytest.mark.parametrize(
    ("update", "why"),
    [
        ({}, "trained for a single epoch"),
        ({"quantized_from": "other"}, "int8 of other"),
    ],
)
def test_what_has_no_curve_says_why(tmp_path, update, why):
    made = make_run(tmp_path, "quick", epochs=1)
    run = Run(made.folder, made.config.model_copy(update=update))

    text = without_scripts(html_report(run))

    assert f"This run has no curve: {why}." in text
    assert "chart-accuracy" not in text


@pytest.mark.parametrize(
    ("threshold", "told"),
    [
        (0.0, "all its answers on validation images together reach the target"),
        (0.5, "Below a confidence of 50.0 % the app says 'not sure'"),
    ],
)
def test_the_threshold_of_not_sure_is_told_for_what_it_is(run, threshold, told):
    ours = Run(run.folder, run.config.model_copy(update={"abstain_below": threshold}))

    report = html_report(ours)

    assert told in without_scripts(report).replace("&#39;", "'")
    assert (b"the app's threshold, " in report.replace(b"\\u0027", b"'")) == bool(threshold)


def drawn_epochs(text: str, chart: str) -> list[list[int]]:
    """The epochs of each line of validation in a chart, as the browser gets them."""
    start = re.search(rf'Plotly\.newPlot\(\s*"{chart}",\s*', text).end()
    traces, _ = json.JSONDecoder().raw_decode(text[start:])
    return [
        np.frombuffer(base64.b64decode(trace["x"]["bdata"]), trace["x"]["dtype"]).tolist()
        for trace in traces
        if trace["name"] == "validation"
    ]


def test_a_run_in_phases_shows_every_epoch_and_where_its_loss_changes(tmp_path):
    made = make_run(tmp_path, "taught", epochs=9)
    phases = ({"epochs": 5}, {"epochs": 4, "teachers": ("other",)})
    train = TrainConfig(phases=phases)
    run = with_config(made, train=train)
    rows = run.history().assign(phase=[1] * 5 + [2] * 4)
    run.write_history(rows.to_dict("records"))

    text = html_report(run).decode()

    assert drawn_epochs(text, "chart-accuracy") == [[1, 2, 3, 4, 5, 6, 7, 8, 9]]
    assert drawn_epochs(text, "chart-loss") == [[1, 2, 3, 4, 5], [6, 7, 8, 9]]
    assert "phase 2, new loss" in text
    assert "new loss (nats)" in text


def test_names_cannot_smuggle_markup_into_it(run):
    train = TrainConfig(preset="<script>alert(1)</script>")
    named = Run(run.folder, run.config.model_copy(update={"train": train}))

    assert b"<script>alert(1)</script>" not in html_report(named)


def test_pictures_are_asked_for_where_there_is_no_data_set(run):
    with pytest.raises(DataMissingError):
        html_report(run, with_pictures=True)


def test_pictures_of_another_data_set_are_refused(run, tmp_path):
    make_dataset(tmp_path / "data")

    with pytest.raises(RunError, match="Omit --pictures"):
        html_report(run, with_pictures=True)


def test_pictures_are_those_of_the_most_confident_errors(run, tmp_path):
    make_dataset(tmp_path / "data")
    dataset = fer2013.load()
    scores = run.predictions().subset("test").y_score[: len(dataset.test)]
    split = ["test"] * len(dataset.test)
    run.write_predictions(
        Predictions(dataset.test.paths, np.array(split), dataset.test.labels, scores)
    )
    ours = with_config(run, data_fingerprint=dataset.fingerprint)

    text = without_scripts(html_report(ours, with_pictures=True))

    shown = ours.predictions()
    wrong = set(shown.y_true[shown.y_pred != shown.y_true].tolist())
    assert text.count('<img src="data:image/png;base64,') == len(wrong)
    assert "do not pass this file on" in text


@pytest.mark.browser
def test_it_opens_offline_and_draws_every_chart(browser: "Browser", run, tmp_path: "Path"):
    file = tmp_path / "report.html"
    file.write_bytes(html_report(run))
    requests: list[str] = []
    problems: list[str] = []
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark", offline=True
    )
    page = context.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: problems.append(message.text) if message.type == "error" else None,
    )
    page.goto(file.as_uri(), timeout=120_000)
    page.wait_for_function(
        "document.querySelectorAll('.js-plotly-plot .main-svg').length >= 8",
        timeout=120_000,
    )
    charts = page.locator(".js-plotly-plot").count()
    drawn = page.locator(".js-plotly-plot:has(.main-svg)").count()
    sideways = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    # A narrow window has the longest legends: they push their chart down, not lie on a heading.
    upright = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot .legend')].every(legend =>
            legend.getBoundingClientRect().top
            >= legend.closest('figure').previousElementSibling.getBoundingClientRect().bottom)"""
    )
    title = page.locator(".xtitle").first.evaluate("e => getComputedStyle(e).fill")
    context.close()

    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == [file.as_uri()]
    assert problems == []
    assert drawn == charts >= 7
    assert sideways <= 0
    assert upright
    assert title == "rgb(228, 233, 237)"
