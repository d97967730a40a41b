"""How pages name runs, and what goes wrong in a fragment."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from fer_core.paths import PROJECT_ROOT
from fer_core.runs.store import Run, State, Status
from pages.parts.shared import frame
from tests.builders import make_run


def test_a_run_that_is_not_finished_says_of_which_epoch_its_figures_are(tmp_path):
    run = make_run(tmp_path, "mine", epochs=3)
    assert frame.run_name(run) == "mine"

    run.write_status(Status(state=State.STOPPED, epoch=2, epochs=3))
    assert frame.run_name(run) == "mine (epoch 2 of 3)"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["one"], "one learned .* Its figures say nothing about people, and it is not ranked"),
        (["a", "b"], "a, b learned .* Their figures say nothing .* and they are not ranked"),
    ],
)
def test_runs_on_drawn_faces_are_told_by_their_number(tmp_path, names: list[str], told: str):
    made = [make_run(tmp_path, name) for name in names]
    runs = [Run(run.folder, run.config.model_copy(update={"synthetic": True})) for run in made]

    def page(runs) -> None:
        from pages.parts.shared import frame

        frame.tell_drawn(*runs, None)

    (warning,) = AppTest.from_function(page, args=(runs,)).run().warning
    assert re.search(told, warning.value)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("DataError('The file x.csv is damaged.')", "The file x.csv is damaged."),
        ("OSError(28, 'No space left on device')", "disk"),
    ],
)
def test_what_goes_wrong_in_a_fragment_is_told_and_the_page_goes_on(fault: str, told: str):
    page = AppTest.from_string(f"""
import streamlit as st
from fer_core.errors import DataError
from pages.parts.shared import frame

@frame.fragment
def one():
    raise {fault}

@frame.fragment(run_every=60)
def other():
    raise {fault}

with frame.error_box():
    one()
    other()
st.caption("the end")
""").run()
    assert not page.exception
    assert [told in error.value for error in page.error] == [True, True]
    assert page.caption[0].value == "the end"


def test_every_fragment_of_the_pages_tells_its_errors():
    bare = [
        path.name
        for path in (PROJECT_ROOT / "pages").rglob("*.py")
        if "st.fragment" in path.read_text(encoding="utf-8")
    ]
    assert bare == ["frame.py"]
