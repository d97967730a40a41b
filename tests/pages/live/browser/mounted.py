"""The live component on an empty page of a real browser, with a drawn camera and no networks.

The worker and what loads are stood in for, so a test says what is read, and how long it takes.
"""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fer_core.classes import CLASS_COLORS, CLASS_NAMES
from fer_core.inference.live.state import SESSION_COLUMNS
from pages.parts.live import words
from pages.parts.live.browser import modules

if TYPE_CHECKING:
    from playwright.sync_api import Page

ADDRESS = "http://localhost:9/live"
"""Nothing listens there; `localhost` lets a page use the camera."""
_FOLDER = modules.FOLDER.parent
_LOADING = """
export class LoadingError extends Error {}
const bytes = () => new ArrayBuffer(8);
export async function load(sources, name, tell) {
  window.loads = [...(window.loads ?? []), name];
  tell({loaded: 5e6, total: 2e7});
  if (window.refusal) throw new LoadingError(window.refusal);
  await window.hold;
  const runtime = {script: window.script = URL.createObjectURL(new Blob([''])), wasm: bytes()};
  return {runtime, detector: bytes(), network: bytes(), from: 'a test'};
}
export async function loadNetwork(sources, name, tell) {
  return (await load(sources, name, tell)).network;
}
"""
_WORKER = """
let number = 0, settings = {}, wait = 0, broken = false, refuses = false, faces = [];
const face = (given) => ({
  confidence: 0.9, unsure: false,
  square: {x: 90, y: 90, side: 140, roll: 0},
  raw: given.probabilities,
  overlay: settings.explain && !given.blind ? new ImageData(9, 9) : undefined,
  ...given, probabilities: Float32Array.from(given.probabilities),
});
self.onmessage = ({data}) => {
  if (data.type === 'create') ({settings} = data);
  if (data.type === 'settings') ({settings} = data);
  if (data.type === 'recurrent' && data.network && refuses)
    return self.postMessage({type: 'error', where: 'recurrent', message: 'RAW'});
  if (['create', 'network', 'recurrent'].includes(data.type))
    heard.then(() => self.postMessage({type: 'ready'}));
  if (data.type !== 'frame') return;
  data.frame.close?.();
  setTimeout(() => self.postMessage(broken
    ? {type: 'error', where: 'frame', id: data.id, message: 'RAW'}
    : {type: 'faces', id: data.id, faces: faces.map(face), leftOut: 0,
       milliseconds: {detect: 2, frame: 1, classify: 3, total: 6}}), wait);
};
let hear;
const heard = new Promise((done) => { hear = done; });
const told = new BroadcastChannel('test');
told.onmessage = ({data}) => {
  ({faces = faces, wait = wait, broken = broken, refuses = refuses} = data);
  hear();
};
told.postMessage('here');
"""
_CAMERA = """
window.streams = [];
window.told = {faces: [], wait: 0, broken: false};
const channel = new BroadcastChannel('test');
window.see = (given) => channel.postMessage(Object.assign(window.told, given));
channel.onmessage = () => channel.postMessage(window.told);
navigator.mediaDevices.getUserMedia = async (asked) => {
  if (window.denial) throw new DOMException('raw words of the browser', window.denial);
  window.asked = asked;
  const canvas = Object.assign(document.createElement('canvas'), {width: 640, height: 480});
  const pen = canvas.getContext('2d');
  let shade = 0;
  setInterval(() => { pen.fillStyle = `rgb(${shade = (shade + 9) % 255}, 90, 90)`;
    pen.fillRect(0, 0, 640, 480); }, 30);
  const stream = canvas.captureStream(30);
  window.streams.push(stream);
  return stream;
};
window.live = () => window.streams.filter((stream) =>
  stream.getTracks().some((track) => track.readyState === 'live')).length;
"""
_MOUNT = """async ({code, html, css, data}) => {
  document.head.append(Object.assign(document.createElement('style'), {textContent: css}));
  const place = Object.assign(document.createElement('div'), {id: 'place', innerHTML: html});
  document.body.append(place);
  const address = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
  const show = (await import(address)).default;
  window.sent = [];
  window.data = data;
  const setTriggerValue = (...sent) => window.sent.push(sent);
  window.show = (change = {}) => show({setTriggerValue,
    data: window.data = {...window.data, ...change},
    parentElement: document.getElementById('place')});
  window.leave = window.show();
}"""


def mount(page: "Page", folder: Path, **data: Any) -> None:
    """Shows the component with `data` beyond the usual; `see(page, ...)` says what is read."""
    shutil.copytree(modules.FOLDER, folder, dirs_exist_ok=True)
    (folder / "loading.js").write_text(_LOADING, encoding="utf-8")
    (folder / "worker.js").write_text(_WORKER, encoding="utf-8")
    page.route(ADDRESS, lambda route: route.fulfill(body="<body>", content_type="text/html"))
    page.goto(ADDRESS)
    page.evaluate(_CAMERA)
    names = ("compact-int8", "tiny")
    usual = {
        "network": names[0],
        "lighter": names[1],
        "accuracy": {names[0]: "70.0 %", names[1]: "66.9 %"},
        "unsureBelow": dict.fromkeys(names, 0.0),
        "settings": {"minConfidence": 0.6, "halfLife": 0.3, "mirrored": True, "recurrent": False},
        "recurrent": {},
        "classes": [
            {"name": name, "color": CLASS_COLORS[name], "dash": []} for name in CLASS_NAMES
        ],
        "servable": True,
        "words": words.browser(servable=True),
        "constants": {"sessionColumns": list(SESSION_COLUMNS)},
        "sources": {},
    }
    html, css = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("live.html", "live.css"))
    code = modules.joined("main.js", "worker.js", folder)
    page.evaluate(_MOUNT, {"code": code, "html": html, "css": css, "data": usual | data})


def see(page: "Page", *labels: str, **more: Any) -> None:
    """Has faces of these expressions be read from now on, the first leading.

    Args:
        page: with the component.
        labels: an expression a face, read with 80 %.
        more: `wait`, milliseconds that reading takes; `broken`, whether it fails; `refuses`,
            whether no recurrent network can be started; others are parts of every face.
    """
    of_worker = {name: more.pop(name) for name in ("wait", "broken", "refuses") if name in more}
    faces = [
        {
            "number": number,
            "label": label,
            "box": [100 * number, 100, 100 * number + 80, 200],
            "probabilities": [0.8 if name == label else 0.2 / 6 for name in CLASS_NAMES],
            **more,
        }
        for number, label in enumerate(labels, start=1)
    ]
    page.evaluate(f"see({json.dumps({'faces': faces, **of_worker})})")
