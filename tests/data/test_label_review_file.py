"""No decision is lost: not to another tab, not to a kill, not to a damaged file."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from fer_core import files
from fer_core.data.label_review import Decision, Ruling
from fer_core.data.label_review_file import ReviewFile
from fer_core.errors import DataError
from fer_core.paths import PROJECT_ROOT

PATHS = frozenset(f"train/sad/im{n}.png" for n in range(400))


def _kept(tmp_path: Path) -> ReviewFile:
    return ReviewFile(tmp_path / "data" / "review.csv", "x", PATHS)


def _keep(number: int) -> Ruling:
    return Ruling(f"train/sad/im{number}.png", Decision.KEEP)


def test_a_decision_is_there_after_it_was_made(tmp_path: Path):
    kept = _kept(tmp_path)
    assert len(kept.read()) == 0
    kept.decide(_keep(1))
    kept.decide(Ruling("train/sad/im2.png", Decision.RELABEL, "happy"))
    again = _kept(tmp_path).read()
    assert list(again.rulings) == ["train/sad/im1.png", "train/sad/im2.png"]
    assert again.rulings["train/sad/im2.png"].new_label == "happy"


def test_tabs_that_decide_at_once_keep_each_others_decisions(tmp_path: Path):
    def decide(first: int) -> None:
        for number in range(first, first + 25):
            _kept(tmp_path).decide(_keep(number))

    threads = [threading.Thread(target=decide, args=(25 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_kept(tmp_path).read()) == 100


def test_undo_brings_back_what_was_decided_before_and_never_anothers_decision(tmp_path: Path):
    kept = _kept(tmp_path)
    first, second = _keep(1), Ruling("train/sad/im1.png", Decision.EXCLUDE)
    kept.decide(first)
    kept.decide(second)
    assert kept.take_back(second, first).rulings == {first.path: first}
    assert kept.take_back(first, None).rulings == {}
    kept.decide(second)
    with pytest.raises(DataError, match="changed elsewhere"):
        kept.take_back(first, None)
    assert kept.read().rulings == {second.path: second}


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_kill_in_the_middle_of_deciding_loses_at_most_the_last_decision(tmp_path: Path):
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from fer_core.data.label_review import Decision, Ruling
        from fer_core.data.label_review_file import ReviewFile
        names = [f"train/sad/im{n}.png" for n in range(400)]
        kept = ReviewFile(Path(sys.argv[1]), "x", frozenset(names))
        for name in names:
            kept.decide(Ruling(name, Decision.KEEP))
            print(name, flush=True)
    """)
    file = _kept(tmp_path).file
    command = [sys.executable, "-c", code, str(file)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, cwd=PROJECT_ROOT, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(20)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.read().split()
    assert set(told) <= set(_kept(tmp_path).read().rulings)
    _kept(tmp_path).decide(_keep(399))  # the lock of the dead process holds nobody up


def test_a_damaged_file_is_named_and_never_overwritten(tmp_path: Path):
    kept = _kept(tmp_path)
    kept.decide(_keep(1))
    damaged = kept.file.read_text(encoding="utf-8") + "train/sad/im2.png,sad,ke"
    kept.file.write_text(damaged, encoding="utf-8")
    with pytest.raises(DataError, match=r"review\.csv, line 4"):
        kept.decide(_keep(3))
    assert kept.file.read_text(encoding="utf-8") == damaged
    name = kept.set_aside()
    assert (kept.file.parent / name).read_text(encoding="utf-8") == damaged
    assert len(kept.decide(_keep(3))) == 1


def test_a_full_disk_is_a_sentence_and_leaves_the_file(tmp_path: Path, monkeypatch):
    kept = _kept(tmp_path)
    kept.decide(_keep(1))

    def fail(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "sync", fail)
    with pytest.raises(DataError, match=r"could not be saved \(No space left on device\)"):
        kept.decide(_keep(2))
    assert list(kept.read().rulings) == ["train/sad/im1.png"]
