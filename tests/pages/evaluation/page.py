"""The Evaluation page under AppTest."""

import re

import numpy as np

from fer_core.classes import CLASS_INDEX, NUM_CLASSES
from fer_core.data import fer2013
from fer_core.runs.store import Predictions
from tests.builders import make_dataset, make_run, with_config
from tests.pages.opened import at_page


def open_page(**choices):
    app = at_page("evaluation", **choices).run()
    assert not app.exception
    return app


def text(app):
    shown = (*app.markdown, *app.caption, *app.subheader, *app.error)
    return "\n".join(str(block.value) for block in shown)


def run_with_images(runs, tmp_path):
    """A run on a small data set of noise, which is on this machine; happy is called sad."""
    dataset = fer2013.load(make_dataset(tmp_path / "FER_DATA_DIR", 4, 15))
    labels = dataset.test.labels
    scores = np.random.default_rng(0).dirichlet(np.ones(NUM_CLASSES), len(labels))
    answers = np.where(labels == CLASS_INDEX["happy"], CLASS_INDEX["sad"], labels)
    scores[np.arange(len(labels)), answers] += 1
    scores = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    run = with_config(make_run(runs, "mine"), data_fingerprint=dataset.fingerprint)
    split = np.repeat(["test"], len(labels))
    run.write_predictions(Predictions(dataset.test.paths, split, labels, scores))
    return run


def plain_table(app, key):
    """Cells of a table that is drawn as HTML, a list a row, the heading first."""
    body = next(b.proto.body for b in app.get("html") if f'data-testid="{key}"' in b.proto.body)
    rows = re.findall(r"<tr.*?</tr>", body)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def grid(app):
    """Labels of the faces on show."""
    return [button.label for button in app.button if button.label.startswith("![")]
