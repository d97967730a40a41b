"""No file ends the process, fills its memory or raises anything but a sentence of ours."""

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable

import psutil
import pytest

from fer_core.errors import FerError
from fer_core.inference.file_types import VIDEO_SUFFIXES
from fer_core.inference.pictures.decode import decode_image
from fer_core.inference.pictures.zip_file import PictureArchive
from fer_core.inference.video.file import VideoFile
from fer_core.paths import PROJECT_ROOT
from tests.inference.fuzzing import ATTACKS, Attempt, mutations

MEMORY_CAP = 400 * 10**6
"""Bytes that reading may add to a process: a large photograph alone takes 200 MB."""
SECONDS = 60.0
"""For one file, on a busy machine."""


def read(attempt: Attempt) -> tuple[int, list[str]]:
    """Pictures or samples that could be read, and why the others could not."""
    reasons: list[str] = []
    good = 0
    try:
        if attempt.name.endswith(".zip"):
            with PictureArchive(attempt.data, attempt.name) as archive:
                for key, name in archive.members():
                    try:
                        decode_image(archive.read(key), name)
                        good += 1
                    except FerError as exc:
                        reasons.append(str(exc))
        elif attempt.name.lower().endswith((*VIDEO_SUFFIXES, ".matroska", ".mpegts")):
            with VideoFile(attempt.data, attempt.name, rate=5) as video:
                good = sum(1 for _ in video)
        else:
            decode_image(attempt.data, attempt.name)
            good = 1
    except FerError as exc:
        reasons.append(str(exc))
    return good, reasons


def check(files: Iterable[Attempt]) -> tuple[int, int]:
    """How many could not be read at all, and how many in whole."""
    process = psutil.Process()
    before = process.memory_info().rss
    refused = whole = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow says of damaged files that they are damaged
        for attempt in files:
            began = time.monotonic()
            good, reasons = read(attempt)
            assert good or reasons, f"{attempt.name}: neither read nor refused."
            for reason in reasons:
                assert reason.startswith(attempt.name), f"{attempt.name}: {reason}"
                assert "Traceback" not in reason
                assert str(PROJECT_ROOT) not in reason
            assert time.monotonic() - began < SECONDS, f"{attempt.name} took too long."
            grown = process.memory_info().rss - before
            assert grown < MEMORY_CAP, f"{attempt.name}: {grown / 1e6:.0f} MB more."
            whole, refused = whole + (not reasons), refused + (not good)
    return refused, whole


@pytest.mark.parametrize(("name", "make"), ATTACKS, ids=[name for name, _ in ATTACKS])
def test_every_attack_is_refused_with_its_reason(name, make):
    assert check([Attempt(name, make())]) == (1, 0)


def test_forty_damaged_files():
    check(mutations(40, seed=0))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 5))
def test_hundreds_of_damaged_files(seed):
    check(mutations(100, seed))


def test_the_command_survives_them_all(tmp_path):
    """One process reads everything, and ends by itself with code 1 and no traceback."""
    from tests.builders import make_run

    make_run(tmp_path / "runs")
    folder = tmp_path / "in"
    folder.mkdir()
    attacks = [Attempt(name, make()) for name, make in ATTACKS]
    for attempt in [*attacks, *mutations(12, seed=9)]:
        (folder / attempt.name).write_bytes(attempt.data)
    environment = os.environ | {"FER_RUNS_DIR": str(tmp_path / "runs")}
    done = subprocess.run(
        [sys.executable, "-m", "fer_core", "predict", str(folder), "--csv", "--detector", "haar"],
        capture_output=True,
        encoding="utf-8",
        cwd=PROJECT_ROOT,
        env=environment,
        check=False,
        timeout=280,
    )
    assert done.returncode == 1, done.stderr[-2000:]
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("image,")
    assert len(done.stdout.splitlines()) > len(ATTACKS)
