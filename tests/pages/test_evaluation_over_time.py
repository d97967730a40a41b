"""The tab that compares smoothing over time, which reads and never computes."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core.classes import FINGERPRINT
from fer_core.cli.evaluate_temporal import print_table
from fer_core.evaluation.temporal.table import read_table, write_table
from fer_core.reporting.model_card import card_of
from fer_core.runs.records import Place
from fer_core.runs.store import Run
from pages.parts.shared import tables
from tests.builders import make_clips_table, make_run, make_temporal, with_config
from tests.pages.opened import at_page


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("FER_RUNS_DIR", "FER_DATA_DIR", "FER_CACHE_DIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    st.cache_data.clear()
    st.cache_resource.clear()
    compact = make_run(tmp_path / "FER_RUNS_DIR", "compact", accuracy=0.9)
    with_config(compact, data_fingerprint=FINGERPRINT)
    return tmp_path / "FER_RUNS_DIR"


def opened(**query: str) -> AppTest:
    page = at_page("evaluation", run="compact", section="Over time", **query).run()
    assert not page.exception
    return page


def of_own_clips(run: Run) -> None:
    """Gives it figures as of videos of one expression each, too short to flicker."""
    table = make_clips_table(run)
    table.loc[:, table.columns.str.startswith(("lag", "flicker", "at_same_lag"))] = float("nan")
    write_table(run, table)


def words(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.subheader, *page.code, *page.error]
    return "\n".join(str(element.value) for element in shown)


def table_of(page: AppTest) -> str:
    return next(
        str(e.proto.body) for e in page.html if 'data-testid="over_time_table"' in e.proto.body
    )


def test_three_ways_stand_beside_each_other_with_what_follows(runs: Path) -> None:
    temporal = make_temporal(runs, features_of=("compact",), default_in=(Place.VIDEO,))
    make_clips_table(temporal)
    page = opened()
    assert (
        "In live video the recurrent network names 70.0 % of frames right, exponential smoothing "
        "63.0 %, single frames 60.0 %"
    ) in words(page)
    assert (
        "it follows a change sooner (0.25 against 0.30 s) and flickers less (0.50 against 1.00 "
        "times a second)"
    ) in words(page)
    assert "Exponential smoothing stays the default in live video" in words(page)
    assert "The test clips shown here agree (+2.0 points, 95 % interval" in words(page)
    assert "70 clips made of test images, whatever is chosen above" in words(page)
    rows = table_of(page).split("<tr")[2:]
    assert [
        name in row
        for name, row in zip(
            ("single frames", "exponential, 0.3 s", "recurrent network"), rows, strict=True
        )
    ] == [True] * 3
    assert all(figure in rows[2] for figure in ("70.0", "69.0", "0.25 s", "0.50"))
    assert len(page.get("plotly_chart")) == 1
    page.segmented_control(key="clips").set_value("Videos").run()
    assert "The recurrent network is the default in a video" in words(page)
    assert "exponential, 0.5 s" in table_of(page)
    assert "exponential, 0.5 s" in table_of(opened(clips="Videos"))


def test_clips_without_a_change_are_not_told_as_made_ones_with_lag(runs: Path) -> None:
    temporal = make_temporal(runs, features_of=("compact",))
    of_own_clips(temporal)
    page = opened()
    assert "70 clips held out for the test, whatever is chosen above; 7,000 frames" in words(page)
    assert "stays the default in live video. The clips hold no change" in words(page)
    assert "made of test images" not in words(page)
    assert "nan" not in words(page) + table_of(page)
    assert "–" in table_of(page)
    assert not page.get("plotly_chart")
    table = read_table(temporal)
    write_table(temporal, table.assign(split="validation"))
    page = opened()
    assert "temporal was measured on validation clips alone" in words(page)
    assert "--again" not in words(page)


def test_a_card_and_a_command_tell_no_lag_as_a_dash(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    temporal = make_temporal(runs, features_of=("compact",))
    train = temporal.config.train.model_copy(update={"keep_best": False})
    temporal = with_config(temporal, train=train, exported_epoch=3)
    of_own_clips(temporal)
    card = card_of(temporal)
    print_table(temporal)
    printed = capsys.readouterr().out
    for told in (card, printed):
        assert "nan" not in told.lower()
        assert "so lag was not measured" in " ".join(told.split())
    assert "of which number 3, the last, is this one" in card
    assert "| 70.0 % (69.0–71.0) | – | – | – |" in card


def test_what_is_saved_names_its_clips_and_no_chosen_test_images(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_clips_table(make_temporal(runs, features_of=("compact",)))
    saved = {}
    monkeypatch.setattr(
        tables, "csv_button", lambda table, what, name, key: saved.update(k=table, n=name)
    )
    opened(subset="PublicTest")
    assert saved["n"] == "temporal-over-time"
    assert set(saved["k"]["run"]) == {"temporal"}
    assert [*saved["k"].columns] == [*made.columns, "run"]
    assert len(saved["k"]) == len(made)


def test_without_a_recurrent_network_or_figures_it_says_how_to_get_there(runs: Path) -> None:
    page = opened()
    assert "No recurrent network reads compact over time" in words(page)
    assert "python -m fer_core train --preset temporal" in words(page)
    temporal = make_temporal(runs, features_of=("compact",))
    page = opened()
    assert "temporal has not been measured on clips of compact yet" in words(page)
    assert "evaluate temporal --again" in words(page)
    make_clips_table(temporal).iloc[:1].to_csv(temporal.folder / "temporal.csv", index=False)
    assert "has not been measured on clips" in words(opened())


def test_what_is_damaged_is_a_sentence(runs: Path) -> None:
    temporal = make_temporal(runs, features_of=("compact",))
    (temporal.folder / "temporal.csv").write_text("no table", encoding="utf-8")
    assert "is damaged" in words(opened())
    temporal.onnx_path.write_bytes(b"no model")
    assert "The model of run 'temporal' is damaged" in words(opened())
