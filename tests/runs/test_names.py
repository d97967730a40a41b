"""Names of runs are folders on every system."""

import pytest

from fer_core import paths
from fer_core.errors import RunError
from fer_core.runs.names import check_name_free, check_run_id


@pytest.mark.parametrize(
    "run_id", ["", "../etc", "a/b", "A", ".hidden", "x" * 81, "mine.", "a..", "über", "a b"]
)
def test_what_is_no_plain_folder_name_is_refused(run_id):
    with pytest.raises(RunError, match="not a run name"):
        check_run_id(run_id)


@pytest.mark.parametrize("run_id", ["con", "nul", "prn", "aux", "com1", "lpt9", "nul.txt", "con.a"])
def test_a_device_of_windows_is_refused(run_id, tmp_path):
    with pytest.raises(RunError, match="Windows has a device of that name"):
        check_name_free(tmp_path / run_id)


@pytest.mark.parametrize(
    "run_id", ["a", "7", "contrast", "null", "com", "com10", "lpt", "x" * 80, "tiny-2.1_b"]
)
def test_other_names_pass(run_id, tmp_path):
    check_name_free(tmp_path / run_id)


def test_a_run_of_the_installed_package_is_not_hidden_by_another_of_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "_PACKAGED", tmp_path)
    (tmp_path / "runs" / "compact").mkdir(parents=True)
    monkeypatch.setenv("FER_RUNS_DIR", str(tmp_path / "mine"))

    with pytest.raises(RunError, match=r"package brings a run 'compact'. Choose another name"):
        check_name_free(paths.runs_dir() / "compact")
    for free in (paths.runs_dir() / "compact-2", tmp_path / "elsewhere" / "compact"):
        check_name_free(free)
