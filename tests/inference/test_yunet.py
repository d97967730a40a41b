import cv2
import numpy as np
import pytest

from fer_core.errors import DetectorError
from fer_core.inference.yunet import YuNet


@pytest.mark.parametrize("size", [(512, 512), (640, 480), (333, 217), (700, 400)])
def test_the_faces_are_those_of_opencv(yunet_file, astronaut, size):
    image = cv2.resize(astronaut, size)
    reference = cv2.FaceDetectorYN.create(str(yunet_file), "", size, 0.3, 0.3, 1000)
    rows = reference.detect(image)[1]
    boxes = YuNet(yunet_file).faces(image)
    assert len(boxes) == len(rows)
    for row, box in zip(sorted(rows, key=lambda row: -row[14]), boxes, strict=True):
        assert box.confidence == pytest.approx(row[14], abs=1e-4)
        corners = [row[0], row[1], row[0] + row[2], row[1] + row[3]]
        assert np.abs(np.subtract(box.xyxy, corners)).max() < 0.01
        assert np.abs(box.landmarks.ravel() - row[4:14]).max() < 0.01


def test_a_damaged_file_is_a_sentence(tmp_path):
    path = tmp_path / "yunet.onnx"
    path.write_bytes(b"no network")
    with pytest.raises(DetectorError, match="could not load the YuNet"):
        YuNet(path)
