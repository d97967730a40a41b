"""The committed model cards are those that their runs' files give, and their figures are true."""

import re

import pytest

from fer_core.files import write_text
from fer_core.reporting.facts import gather
from fer_core.reporting.model_card import FILE_NAME, card_of, model_card
from fer_core.reporting.templates import sections
from fer_core.runs.store import Run, RunConfig, State
from tests.builders import make_run
from tests.committed import COMMITTED

CARDS = [run / FILE_NAME for run in COMMITTED if (run / FILE_NAME).exists()]

OF_IMAGES = [path for path in CARDS if (path.parent / "predictions.npz").exists()]


def open_run(folder) -> Run:
    return Run(
        folder, RunConfig.model_validate_json((folder / "config.json").read_text(encoding="utf-8"))
    )


def is_stale(run: Run) -> bool:
    card = (run.folder / FILE_NAME).read_text(encoding="utf-8")
    return card != card_of(run)


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.parent.name)
def test_a_committed_card_is_what_its_run_gives(path):
    run = open_run(path.parent)
    if run.status().state is State.RUNNING:
        pytest.skip(f"run '{run.run_id}' is training: its card is written when it is done")

    assert not is_stale(run), (
        f"The card of '{run.run_id}' is stale. Write it again: python -m fer_core card {run.run_id}"
    )


def test_the_deployed_runs_have_a_card():
    assert {"tiny", "hog-svm", "lbp-forest", "gabor-svm"} <= {path.parent.name for path in CARDS}


def test_a_card_is_stale_once_the_predictions_change(tmp_path):
    run = make_run(tmp_path, "mine")
    write_text(run.folder / FILE_NAME, model_card(gather(run)))
    assert not is_stale(run)

    run.write_predictions(make_run(tmp_path, "other", accuracy=0.2, seed=1).predictions())

    assert is_stale(run)


@pytest.mark.parametrize("path", OF_IMAGES, ids=lambda path: path.parent.name)
def test_its_figures_are_scikit_learns(path):
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

    run = open_run(path.parent)
    test = run.predictions().subset("test")
    y_true, y_pred = test.y_true, test.y_score.argmax(axis=1)
    text = dict(sections(model_card(gather(run))))

    first = text["Accuracy"].split("| all test images | ")[1].splitlines()[0].split(" | ")
    assert first[1] == f"{100 * accuracy_score(y_true, y_pred):.1f} %"
    macro_f1 = f1_score(y_true, y_pred, average="macro", labels=range(7), zero_division=0)
    assert first[3].rstrip(" |") == f"{100 * macro_f1:.1f} %"
    scores = precision_recall_fscore_support(y_true, y_pred, labels=range(7), zero_division=0)
    for label, row in enumerate(text["By class"].splitlines()[-7:]):
        shown = re.findall(r"(\d+\.\d) % \(", row)
        assert shown == [f"{100 * score[label]:.1f}" for score in scores[:3]]
