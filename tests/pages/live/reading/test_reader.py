"""One contract: the browser reads a picture as Python does."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from fer_core.classes import CLASS_NAMES
from fer_core.inference.classifier import Classifier
from fer_core.inference.detector import FaceDetector, yunet_detector
from fer_core.inference.framing import crop_face
from fer_core.inference.live import web_runtime
from fer_core.inference.live.processor import LONG_SIDE, LiveProcessor
from fer_core.inference.live.state import LiveSettings
from fer_core.inference.predictor import Predictor
from fer_core.inference.temporal import load_temporal
from fer_core.runs.store import get_run
from tests.builders import make_temporal
from tests.pages.live.reading.conftest import Modules
from tests.pages.live.reading.pictures import pictures
from tests.yunet import YUNET, yunet_or_skip

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_SETTINGS = {"minConfidence": 0.6, "halfLife": 0, "unsureBelow": 0, "explain": False}
_START = """
    const worker = new Worker('/worker.js', {type: 'module'});
    const ask = (request, transfer = []) => new Promise((resolve, reject) => {
      worker.onmessage = ({data}) =>
        data.type === 'error' ? reject(new Error(`${data.where}: ${data.message}`)) : resolve(data);
      worker.postMessage(request, transfer);
    });
    const buffer = async (url) => (await bytes(url)).buffer;
    const start = async (network) => ask({
      type: 'create',
      runtime: {script: '/runtime.mjs', wasm: await buffer('/runtime.wasm')},
      detector: await buffer('/detector.onnx'),
      network: await buffer(network),
      constants, settings,
    });
    const told = ({overlay, ...face}) => ({
      ...face, probabilities: [...face.probabilities], raw: [...face.raw], overlay: !!overlay,
    });
"""
_EACH_PICTURE = (
    _START
    + """
    const read = [];
    await start(networks[0]);
    const pictures = await Promise.all(scenes.map(picture));
    for (const network of networks) {
      await ask({type: 'network', network: await buffer(network)});
      const frames = [];
      for (const [id, {data, width, height}] of pictures.entries()) {
        worker.postMessage({type: 'reset'});
        const frame = new ImageData(data, width, height);
        frames.push((await ask({type: 'frame', id, frame, seconds: id})).faces.map(told));
      }
      read.push(frames);
    }
    worker.terminate();
    return read;
"""
)
_ONE_VIDEO = (
    _START
    + """
    const read = [];
    await start(network);
    const refused = await ask({type: 'network', network: new ArrayBuffer(9)})
      .catch(({message}) => message);
    if (recurrent) await ask({type: 'recurrent', network: await buffer(recurrent)});
    for (const [id, scene] of scenes.entries()) {
      const {data, width, height} = await picture(scene);
      const pixels = new ImageData(data, width, height);
      const film = {format: 'RGBX', codedWidth: width, codedHeight: height, timestamp: 0};
      const kinds = [pixels, await createImageBitmap(pixels), new VideoFrame(data, film)];
      const frame = kinds[id % 3];
      const request = {type: 'frame', id, frame, seconds: seconds[id]};
      const answer = await ask(request, id % 3 ? [frame] : []);
      read.push({...answer, faces: answer.faces.map(told)});
    }
    worker.terminate();
    return [refused, read];
"""
)


@pytest.fixture(scope="module")
def scenes() -> list[NDArray[np.uint8]]:
    return pictures()


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return yunet_detector(yunet_or_skip())


@pytest.fixture(scope="module")
def served(js: Modules, detector: FaceDetector) -> Modules:
    """Modules beside the runtime and the detector."""
    folder = web_runtime.folder()
    if not web_runtime.is_there():
        pytest.skip(f"no onnxruntime-web in {folder}: python -m fer_core live fetch")
    js.put("runtime.mjs", (folder / web_runtime.SCRIPT.name).read_bytes())
    js.put("runtime.wasm", (folder / web_runtime.WASM.name).read_bytes())
    js.put("detector.onnx", YUNET.read_bytes())
    return js


def test_fifty_pictures_are_read_as_by_python(
    served: Modules, detector: FaceDetector, scenes: list[NDArray[np.uint8]]
) -> None:
    limits = {"compact": 0.02, "tiny": 0.02, "compact-int8": 0.1, "tiny-int8": 0.1}
    expected = [
        [
            (box.xyxy, crop_face(scene, box))
            for box in detector.detect(scene, exact_eyes=True, long_side=LONG_SIDE)
        ]
        for scene in scenes
    ]
    assert sum(map(len, expected)) >= 40
    read = served.run(
        _EACH_PICTURE,
        networks=[_network(served, run_id) for run_id in limits],
        scenes=[served.put_picture(f"{index}", scene) for index, scene in enumerate(scenes)],
        settings=_SETTINGS,
    )
    for (run_id, limit), frames in zip(limits.items(), read, strict=True):
        classifier = Classifier(get_run(run_id))
        for index, (found, faces) in enumerate(zip(frames, expected, strict=True)):
            where = f"{run_id}, picture {index}"
            assert len(found) == len(faces), where
            for seen, (xyxy, crop) in zip(found, faces, strict=True):
                scores = classifier.predict(crop[None, ..., None])[0]
                np.testing.assert_allclose(seen["box"], xyxy, atol=2, err_msg=where)
                probabilities = seen["probabilities"]
                np.testing.assert_allclose(probabilities, scores, atol=limit, err_msg=where)
                assert seen["label"] == CLASS_NAMES[scores.argmax()], where


@pytest.mark.parametrize("way", ["exponential", "recurrent"])
def test_a_video_is_read_as_on_the_server(
    served: Modules, detector: FaceDetector, tmp_path: Path, way: str
) -> None:
    film = _film()
    seconds = [0.09 * index + 1.5 * (index > 5) for index in range(len(film))]
    times = [0.0]
    settings = LiveSettings(half_life=0.5, unsure_below=0.6, mirrored=False)
    predictor = Predictor(Classifier(get_run("tiny")), detector)
    recurrent = None
    if way == "recurrent":
        run = make_temporal(tmp_path, features_of=("tiny",), features=96)
        predictor = replace(predictor, temporal=load_temporal(run.folder))
        recurrent = served.put("temporal.onnx", run.onnx_path.read_bytes())
    processor = LiveProcessor(predictor, settings, clock=lambda: times[-1])
    refused, read = served.run(
        _ONE_VIDEO,
        recurrent=recurrent,
        network=_network(served, "tiny"),
        scenes=[served.put_picture(f"{index}", scene) for index, scene in enumerate(film)],
        seconds=seconds,
        settings=_SETTINGS | {"halfLife": 0.5, "unsureBelow": 0.6, "explain": True},
    )
    assert refused.startswith("network: This browser could not start the network: ")
    assert read[-1]["leftOut"] == 2
    for index, (now, answer, scene) in enumerate(zip(seconds, read, film, strict=True)):
        times.append(now)
        processor.process(scene)
        state = processor.state()
        assert (answer["id"], answer["leftOut"]) == (index, state.left_out)
        found = answer["faces"]
        assert [face["number"] for face in found] == [face.number for face in state.faces]
        for seen, face in zip(found, state.faces, strict=True):
            where = f"frame {index}"
            np.testing.assert_allclose(seen["box"], face.box.xyxy, atol=2, err_msg=where)
            smooth = seen["probabilities"]
            np.testing.assert_allclose(smooth, face.probabilities, atol=0.02, err_msg=where)
            assert (seen["label"], seen["unsure"]) == (face.label, face.unsure), where
            assert seen["overlay"], where


def _film() -> list[NDArray[np.uint8]]:
    """Two faces of which one grows and leads, goes, and comes back; then eight."""
    face = np.ascontiguousarray(data.astronaut()[0:240, 105:345, ::-1])
    film = []
    for index in range(18):
        frame = np.full((480, 640, 3), 90, np.uint8)
        for other in (False, True):
            side = 200 if other else 180 + 10 * index
            if not other and 9 <= index < 13:
                continue
            pasted = cv2.resize(face[:, ::-1] if other else face, (side, side))
            x, y = (400 + index, 60) if other else (10 + 3 * index, 100)
            frame[y : y + side, x : x + side] = pasted[: 480 - y, : 640 - x]
        film.append(frame)
    crowd = np.tile(cv2.resize(face, (160, 160)), (2, 4, 1))
    return [*film, cv2.copyMakeBorder(crowd, 80, 80, 0, 0, cv2.BORDER_CONSTANT)]


def _network(served: Modules, run_id: str) -> str:
    return served.put(f"{run_id}.onnx", get_run(run_id).onnx_path.read_bytes())
