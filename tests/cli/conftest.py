"""Pictures for the tests of the commands."""

import cv2
import numpy as np
import pytest


@pytest.fixture
def photo(tmp_path):
    from skimage import data

    path = tmp_path / "in" / "astronaut.png"
    path.parent.mkdir()
    cv2.imwrite(str(path), data.astronaut()[:, :, ::-1])
    return path


@pytest.fixture
def empty_scene(tmp_path):
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((200, 300, 3), 90, np.uint8))
    return path
