"""What the table of runs says of each."""

import io
import zipfile
from pathlib import Path

import pytest

from fer_core.runs.store import State, Status
from tests.builders import make_run, make_temporal, with_config
from tests.pages.offered import Offered
from tests.pages.opened import at_page
from tests.pages.train.page import choose_row, open_page, text


def test_validation_is_the_exported_model_s_on_every_page(runs: Path) -> None:
    run = make_run(runs, "mine")
    validation = run.predictions().subset("validation")
    exported = 100 * (validation.y_pred == validation.y_true).mean()

    here = open_page().dataframe[0].value.set_index("name")

    assert here.loc["mine", "validation"] == pytest.approx(exported)
    there = at_page("curves", curves="All runs").run()
    (table,) = [item.value for item in there.dataframe if "val_accuracy" in item.value]
    assert table.set_index("run").loc["mine", "val_accuracy"] == pytest.approx(exported)


@pytest.mark.parametrize(
    ("made_of", "said"),
    [
        ({"quantized_from": "first"}, "first, int8-quantized"),
        ({"members": ("first", "second")}, "mean of 2 runs"),
    ],
)
def test_a_run_that_was_not_trained_says_what_it_is(runs: Path, made_of: dict, said: str) -> None:
    made = make_run(runs, "made")
    with_config(made, **made_of)

    row = open_page().dataframe[0].value.set_index("name").loc["made"]

    assert said in row["remark"]
    assert row["epochs"] == ""


def test_a_temporal_run_says_what_it_reads_and_that_its_figures_are_of_clips(runs: Path) -> None:
    make_temporal(runs, features_of=("compact", "compact-int8"))
    row = open_page().dataframe[0].value.set_index("name").loc["temporal"]
    assert (
        row["remark"] == "Smooths the answers of compact in videos; validated on frames of clips."
    )


def test_what_a_run_s_messages_hold_is_shown_as_written(runs: Path) -> None:
    make_run(runs, "mine").write_status(
        Status(state=State.FAILED, epoch=1, epochs=3, message="RuntimeError: *disk* [full](x) _y_")
    )
    (runs / "a_*odd*_").mkdir()
    (runs / "a_*odd*_" / "config.json").write_text("{", encoding="utf-8")

    page = open_page()
    choose_row(page, "mine")

    assert r"**mine**: RuntimeError: \*disk\* \[full\](x) \_y\_" in text(page)
    assert r"Run a\_\*odd\*\_ is left out" in text(page)
    assert r"Run a\_\*odd\*\_ is left out" in text(at_page("overview").run())


def test_the_owner_downloads_the_run_folder(
    runs: Path, unlocked: None, offered: dict[str, Offered]
) -> None:
    run = make_run(runs, "mine")
    (run.folder / "train.log").write_text("of this machine", encoding="utf-8")
    choose_row(open_page(), "mine")

    with zipfile.ZipFile(io.BytesIO(offered["download-mine"].content)) as packed:
        names = set(packed.namelist())
        assert packed.read("mine/model.onnx") == run.onnx_path.read_bytes()
    kept = ("config.json", "history.csv", "status.json", "model.onnx", "predictions.npz")
    assert names == {f"mine/{name}" for name in kept}


def test_a_visitor_is_given_nothing_of_it(runs: Path, offered: dict[str, Offered]) -> None:
    make_run(runs, "mine")
    choose_row(open_page(), "mine")

    assert not offered["download-mine"].content
