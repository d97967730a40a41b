"""What pages keep in memory follows the files of a run."""

from pathlib import Path

import pytest

from fer_core import paths
from fer_core.runs.store import Run
from pages.parts.shared import cached
from tests.builders import make_predictions, make_run, with_config


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv(paths.RUNS_DIR_VARIABLE, str(tmp_path))
    return make_run(tmp_path, "mine")


def calibrate(run: Run, temperature: float) -> None:
    """Ends a training as `finish` does: the temperature is written after model and scores."""
    with_config(run, temperature=temperature)


def test_a_page_opened_before_the_temperature_is_written_keeps_nothing_stale(run: Run) -> None:
    before = cached.default_run()
    assert before is not None
    cached.classifier(before)
    calibrate(run, 1.5)

    served = cached.default_run()
    assert served is not None
    assert served.config.temperature == 1.5
    assert cached.runs()[0].config.temperature == 1.5


def test_what_was_read_with_older_settings_is_not_kept_for_the_newer(run: Run) -> None:
    older = cached.runs()[0]
    calibrate(run, 1.5)
    # A page that listed the runs just before goes on with what it has.
    stale = cached.view(older, "all", "FER2013")

    assert cached.view(cached.runs()[0], "all", "FER2013") is not stale


def test_a_report_follows_new_predictions_and_is_made_once(run: Run) -> None:
    first = cached.report(run)
    assert cached.report(run, "all", "FER2013") is first

    run.write_predictions(make_predictions(accuracy=1.0))

    assert cached.report(run).accuracy > first.accuracy


def test_the_history_grows_with_each_epoch(run: Run) -> None:
    assert len(cached.history(run)) == 3
    rows = cached.history(run).to_dict("records")

    run.write_history(rows[:2])

    assert len(cached.history(run)) == 2
