"""What the documentation of Python shows is what happens."""

import doctest

import cv2
import numpy as np
import pytest
from skimage import data

from fer_core.paths import PROJECT_ROOT
from fer_core.reading import faces, read
from tests.inference.media import make_video

FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the examples read."""
    photo = np.ascontiguousarray(data.astronaut()[..., ::-1])
    (tmp_path / "holiday").mkdir()
    cv2.imwrite(str(tmp_path / "photo.jpg"), photo)
    cv2.imwrite(str(tmp_path / "holiday" / "1.png"), photo)
    (tmp_path / "holiday" / "2.png").touch()
    (tmp_path / "clip.mp4").write_bytes(make_video([photo] * 20))
    monkeypatch.chdir(tmp_path)


def test_every_example_of_the_page(folder):
    page = PROJECT_ROOT / "docs" / "python.md"
    text = page.read_text(encoding="utf-8").replace("```", "")
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)

    failed = doctest.DocTestRunner(optionflags=FLAGS).run(test)

    assert failed.attempted >= 20
    assert failed.failed == 0


@pytest.mark.parametrize("module", [read, faces])
def test_every_example_of_the_functions(folder, module):
    failed = doctest.testmod(module, optionflags=FLAGS)

    assert failed.attempted
    assert failed.failed == 0
