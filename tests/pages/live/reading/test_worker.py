import pytest

from tests.pages.live.reading.conftest import Modules

pytestmark = pytest.mark.browser

_ANSWERS = """
    const worker = new Worker('/worker.js', {type: 'module'});
    const answers = [];
    await new Promise((resolve) => {
      worker.onmessage = ({data}) => answers.push(data) === requests.length && resolve();
      for (const request of requests) {
        const frame = request.type === 'frame' ? {frame: new ImageData(2, 2)} : {};
        const files = {detector: new ArrayBuffer(8), network: new ArrayBuffer(8)};
        worker.postMessage({...request, ...frame, ...files, constants});
      }
    });
    worker.terminate();
    return answers;
"""


def test_what_cannot_be_done_is_told_and_ends_nothing(js: Modules) -> None:
    broken = {"script": js.put("broken.mjs", b"throw new Error('out of memory')"), "wasm": None}
    requests = [
        {"type": "frame", "id": 7, "seconds": 0},
        {"type": "create", "runtime": broken},
        {"type": "frame", "id": 8, "seconds": 1},
    ]
    first, second, third = js.run(_ANSWERS, requests=requests)
    assert (first["type"], first["where"], first["id"]) == ("error", "frame", 7)
    assert second["where"] == "create"
    assert second["message"] == "This browser could not start ONNX Runtime Web: out of memory"
    assert third["id"] == 8
