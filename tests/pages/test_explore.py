"""Overview, training curves and evaluation, with and without runs, never with data."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.reference import images
from fer_core.runs.store import State, Status
from tests.builders import make_run, with_config
from tests.pages.opened import at_page

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("overview", "curves", "evaluation")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    return tmp_path / "FER_RUNS_DIR"


def open_page(name):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return app.switch_page(f"pages/{name}.py").run() if name != "overview" else app


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_machine_is_told_what_to_do(folders, page):
    app = open_page(page)
    assert not app.exception
    assert any("fer_core train" in block.value for block in app.code)


def test_the_overview_names_runs_that_cannot_be_read(folders):
    make_run(folders, "good")
    config = make_run(folders, "newer").folder / "config.json"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('"format": 2', '"format": 9'), encoding="utf-8")

    app = open_page("overview")

    assert any(
        "Run newer is left out:** it is of format 9" in block.value for block in app.markdown
    )


@pytest.mark.parametrize("page", PAGES)
def test_an_unfinished_run_says_which_epoch_it_is_at(folders, page):
    run = make_run(folders, "mine", epochs=3)
    run.write_status(Status(state=State.STOPPED, epoch=2, epochs=3))

    app = open_page(page)

    texts = [block.value for block in (*app.markdown, *app.caption)]
    assert any("epoch 2 of 3" in text for text in texts)


@pytest.mark.parametrize("page", PAGES)
def test_one_damaged_run_breaks_no_page(folders, page):
    make_run(folders, "good")
    damaged = make_run(folders, "damaged")
    (damaged.folder / "predictions.npz").write_bytes(b"PK\x03\x04 cut short")
    (damaged.folder / "history.csv").write_text("", encoding="utf-8")

    assert not open_page(page).exception


def test_a_link_keeps_the_run_and_the_subset(folders):
    make_run(folders, "first")
    with_config(make_run(folders, "second"), data_fingerprint=images.FINGERPRINT)
    app = at_page("evaluation")
    app.query_params["run"] = "second"
    app.query_params["subset"] = "PublicTest"

    app.run()

    assert not app.exception
    assert app.selectbox(key="run").value == "second"
    assert any("PublicTest" in block.value for block in app.markdown)


def open_view(run, **choices):
    app = at_page("evaluation")
    for name, value in {"run": run.run_id, **choices}.items():
        app.query_params[name] = value
    return app.run()


def test_a_link_to_leak_free_images_by_ferplus_says_what_is_left_out(folders):
    fake = make_run(folders, "mine")
    published_images = {"data_fingerprint": images.FINGERPRINT}
    run = with_config(fake, **published_images)

    app = open_view(run, subset="Leak-free", labels="FER+ majority")

    assert not app.exception
    texts = [block.value for block in (*app.markdown, *app.caption)]
    assert any("leak-free test images with a FER+ majority by mine" in text for text in texts)
    assert any("identical copy" in text and "FER+ majority" in text for text in texts)


def test_ferplus_labels_of_other_images_are_refused_in_a_sentence(folders):
    app = open_view(make_run(folders, "drawn"), labels="FER+ majority")
    assert not app.exception
    assert "published data set only" in app.error[0].value
