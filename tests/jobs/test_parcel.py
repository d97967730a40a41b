"""What a training on another machine is sent."""

import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from fer_core.jobs import parcel
from tests.builders import make_run


def test_what_is_sent_needs_nothing_that_stays_at_home(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(parcel.code())) as file:
        file.extractall(tmp_path)
    line = (
        "import fer_core.jobs.ray.remote, fer_core.jobs.kaggle.remote, fer_core.training.create,"
        "fer_core.training.loop, fer_core.data.download.fetch, fer_core.models.imagenet.weights,"
        f"fer_core; assert fer_core.__file__.startswith({str(tmp_path)!r})"
    )

    done = subprocess.run(
        [sys.executable, "-c", line], cwd=tmp_path, capture_output=True, encoding="utf-8"
    )

    assert done.returncode == 0, done.stderr


def test_what_comes_back_may_hold_files_of_any_date(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    os.utime(run.folder / "config.json", (0, 0))

    parcel.pack(run, tmp_path / "run.zip")

    with zipfile.ZipFile(tmp_path / "run.zip") as file:
        assert file.read("config.json") == (run.folder / "config.json").read_bytes()
