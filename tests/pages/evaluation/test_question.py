"""Which run the page shows, and what it says of one that it cannot show."""

import shutil

import pytest

from tests.builders import make_run, make_temporal
from tests.pages.evaluation.page import open_page


def _told(app):
    return "\n".join(warning.value for warning in app.warning)


@pytest.mark.parametrize("asked", [{"run": "mine"}, {"section": "Compare", "other": "mine"}])
def test_a_run_that_goes_while_it_is_shown_is_told_once(runs, asked):
    for name, accuracy in (("mine", 0.3), ("best", 0.9), ("second", 0.8)):
        make_run(runs, name, accuracy=accuracy)
    app = open_page(**asked)
    assert not _told(app)

    shutil.rmtree(runs / "mine")
    app.run()
    assert "run `mine` here; `" in _told(app)
    app.selectbox(key="run").set_value("second").run()
    shutil.rmtree(runs / "second")
    app.run()
    assert "There is no run `second` here; `best` is shown." in _told(app)
    assert not app.exception


def test_a_run_that_went_while_another_page_was_open_is_told(runs):
    make_run(runs, "best", accuracy=0.9)
    make_run(runs, "mine", accuracy=0.3)
    app = open_page(run="mine")

    app.switch_page("pages/about.py").run()
    shutil.rmtree(runs / "mine")
    app.query_params.clear()
    app.switch_page("pages/evaluation.py").run()

    assert "There is no run `mine` here; `best` is shown." in _told(app)


def test_a_run_that_is_there_but_has_nothing_to_show_says_why(runs):
    make_run(runs, "best")
    make_run(runs, "going").predictions_path.unlink()
    make_temporal(runs)

    assert "Run `going` has no predictions yet; `best` is shown." in _told(open_page(run="going"))
    assert "Run `temporal` is a recurrent network" in _told(open_page(run="temporal"))


def test_who_chooses_the_run_that_it_is_compared_with_is_told_nothing(runs):
    for name in ("mine", "other", "third"):
        make_run(runs, name)
    app = open_page(run="mine", section="Compare", other="other")

    app.selectbox(key="run").set_value("other").run()

    assert not _told(app)
