"""What a training on another machine is sent."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from fer_core.jobs import parcel


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
