"""One contract: the browser reads a picture as Python does."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fer_core.classes import CLASS_NAMES
from fer_core.inference import detector_file
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import FaceDetector, yunet_detector
from fer_core.inference.framing import crop_face
from fer_core.inference.live import web_runtime
from fer_core.inference.live.processor import LONG_SIDE
from fer_core.runs.store import get_run
from tests.e2e.conftest import YUNET
from tests.pages.live.reading.conftest import Modules
from tests.pages.live.reading.pictures import pictures

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SETTINGS = {"minConfidence": 0.6, "halfLife": 0, "unsureBelow": 0, "explain": False}
_READ = """
    const worker = new Worker('/worker.js', {type: 'module'});
    const ask = (request) => new Promise((resolve, reject) => {
      worker.onmessage = ({data}) =>
        data.type === 'error' ? reject(new Error(`${data.where}: ${data.message}`)) : resolve(data);
      worker.postMessage(request);
    });
    const buffer = async (url) => (await bytes(url)).buffer;
    const runtime = {script: '/runtime.mjs', wasm: await buffer('/runtime.wasm')};
    const network = await buffer(networks[0]);
    const detector = await buffer('/detector.onnx');
    await ask({type: 'create', runtime, detector, network, constants, settings});
    const read = [];
    for (const url of networks) {
      if (url !== networks[0]) await ask({type: 'network', network: await buffer(url)});
      const frames = [];
      for (const [id, description] of scenes.entries()) {
        const {data, width, height} = await picture(description);
        worker.postMessage({type: 'reset'});
        const frame = new ImageData(data, width, height);
        const {faces} = await ask({type: 'frame', id, frame, seconds: id});
        frames.push(faces.map((face) => ({...face, probabilities: [...face.probabilities]})));
      }
      read.push(frames);
    }
    worker.terminate();
    return read;
"""


@dataclass
class Expected:
    """A face as Python reads it."""

    xyxy: tuple[float, float, float, float]
    crop: NDArray[np.uint8]


@pytest.fixture(scope="module")
def scenes() -> list[NDArray[np.uint8]]:
    return pictures()


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    if not YUNET.exists():
        pytest.skip(f"no {detector_file.FILE_NAME} in ../shared/data")
    return yunet_detector(YUNET)


@pytest.fixture(scope="module")
def expected(scenes: list[NDArray[np.uint8]], detector: FaceDetector) -> list[list[Expected]]:
    return [
        [
            Expected(box.xyxy, crop_face(scene, box))
            for box in detector.detect(scene, exact_eyes=True, long_side=LONG_SIDE)
        ]
        for scene in scenes
    ]


@pytest.fixture(scope="module")
def read(js: Modules, scenes: list[NDArray[np.uint8]], detector: FaceDetector) -> Any:
    """A function that reads all pictures in the browser with each of some networks."""
    folder = web_runtime.folder()
    if not web_runtime.is_there():
        pytest.skip(f"no onnxruntime-web in {folder}: python -m fer_core live fetch")
    js.put("runtime.mjs", (folder / web_runtime.SCRIPT.name).read_bytes())
    js.put("runtime.wasm", (folder / web_runtime.WASM.name).read_bytes())
    js.put("detector.onnx", YUNET.read_bytes())
    given = [js.put_picture(f"scene{index}", scene) for index, scene in enumerate(scenes)]

    def by(run_ids: list[str]) -> list[list[list[dict[str, Any]]]]:
        networks = [js.put(f"{run}.onnx", get_run(run).onnx_path.read_bytes()) for run in run_ids]
        return js.run(_READ, networks=networks, scenes=given, settings=SETTINGS)

    return by


def test_fifty_pictures_are_read_as_by_python(read, expected: list[list[Expected]]) -> None:
    limits = {"compact": 0.02, "tiny": 0.02, "compact-int8": 0.1, "tiny-int8": 0.1}
    assert sum(map(len, expected)) >= 40
    for run_id, frames in zip(limits, read(list(limits)), strict=True):
        classifier = Classifier(get_run(run_id))
        for index, (found, faces) in enumerate(zip(frames, expected, strict=True)):
            where = f"{run_id}, picture {index}"
            assert len(found) == len(faces), where
            for seen, face in zip(found, faces, strict=True):
                scores = classifier.predict(face.crop[None, ..., None])[0]
                np.testing.assert_allclose(seen["box"], face.xyxy, atol=2, err_msg=where)
                np.testing.assert_allclose(
                    seen["probabilities"], scores, atol=limits[run_id], err_msg=where
                )
                assert seen["label"] == CLASS_NAMES[scores.argmax()], where
