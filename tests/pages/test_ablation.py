"""The Training curves page's section on training techniques."""

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fer_core import paths
from fer_core.experiments.ablation import COLUMNS


def _script() -> None:
    from pages.parts.curves import ablation
    from pages.parts.curves.selection import Selection

    ablation.show(Selection([], []))


@pytest.fixture
def reference(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "reference_dir", lambda: tmp_path)
    st.cache_data.clear()
    return tmp_path


def _write(folder) -> None:
    machine = ("tensorflow", "cpu")
    weak = (0.3, None, 0.25, None)
    rows = [
        ("baseline", "", "", 5, 0.52, 0.51, 0.53, 0.48, *weak, 0.25, 0.02, 900.0, *machine),
        ("mixup", "mixup=0.2", "", 5, 0.55, 0.54, 0.56, 0.5, *weak, 0.1, 0.16, 950.0, *machine),
    ]
    pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(folder / "ablation.csv", index=False)


def test_without_a_table_the_command_is_named(reference):
    app = AppTest.from_function(_script).run(timeout=30)

    assert not app.exception
    assert any("fer_core ablation" in block.value for block in app.code)


def test_the_table_holds_every_variant_in_percent(reference):
    _write(reference)

    app = AppTest.from_function(_script).run(timeout=30)

    assert not app.exception
    shown = app.dataframe[0].value.set_index("variant")
    assert shown.loc["mixup", "accuracy"] == pytest.approx(55)
    assert shown.loc["baseline", "interval"] == "51.0–53.0"
    assert shown.loc["mixup", "recall_fearful"] == pytest.approx(25)
    assert "precision_fearful" not in shown  # nobody measured it
