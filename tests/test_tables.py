import csv
import io

import numpy as np
import pandas as pd
import pytest

from fer_core.paths import PROJECT_ROOT
from fer_core.tables import to_csv


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-1+2", "@SUM(A1)", "\tx", "\rx"])
def test_a_text_is_no_formula_to_a_spreadsheet(text):
    written = to_csv(pd.DataFrame({"image": [text], "x": [1]}))
    (cell, number) = list(csv.reader(io.StringIO(written)))[1]
    assert (cell.replace("\n", "\r"), number) == (f"'{text}", "1")


def test_numbers_stay_numbers():
    table = pd.DataFrame(
        {
            "float": [-0.5, np.nan],
            "integer": pd.array([-3, None], dtype="Int64"),
            "mixed": pd.Series([-1.5, "-2"], dtype=object),
            "text": ["plain", None],
            "flag": [True, False],
        }
    )
    assert to_csv(table).splitlines() == [
        "float,integer,mixed,text,flag",
        "-0.5,-3,-1.5,plain,True",
        ",,-2,,False",
    ]


def test_columns_may_be_numbers_or_share_a_name():
    table = pd.DataFrame([["=1", "a", 2]], columns=[0, "x", "x"])
    assert to_csv(table) == "0,x,x\n'=1,a,2\n"


def test_what_users_download_is_written_by_this_function_alone():
    """The exceptions are figures of runs, which hold no text from outside."""
    allowed = {"tables.py", "test_time_augmentation.py", "measure.py"}
    files = [*(PROJECT_ROOT / "pages").rglob("*.py"), *(PROJECT_ROOT / "fer_core").rglob("*.py")]
    found = {file.name for file in files if ".to_csv(" in file.read_text(encoding="utf-8")}
    assert found <= allowed
