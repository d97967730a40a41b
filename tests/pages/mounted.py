"""The script of a component on an empty page of a real browser, without the dashboard."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

_ADDRESS = "http://localhost:9/"
"""Nothing listens there; `localhost` is as good as https."""
_WATCH = """() => {
  const going = window.going = new Set();
  const {addEventListener: add, removeEventListener: remove} = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (name, act, options) {
    if (this === window || this === document) {
      going.add(act);
      options?.signal && add.call(options.signal, 'abort', () => going.delete(act));
    }
    return add.call(this, name, act, options);
  };
  EventTarget.prototype.removeEventListener = function (name, act, options) {
    going.delete(act);
    return remove.call(this, name, act, options);
  };
  const {setInterval: repeat, clearInterval: end} = window;
  window.setInterval = (...given) => { const id = repeat(...given); going.add(id); return id; };
  window.clearInterval = (id) => { going.delete(id); end(id); };
  window.ResizeObserver = class extends ResizeObserver {
    observe(element) { going.add(this); super.observe(element); }
    disconnect() { going.delete(this); super.disconnect(); }
  };
}"""
_MOUNT = """async ({code, html, data}) => {
  const host = document.createElement('div');
  document.body.append(host);
  const parentElement = host.attachShadow({mode: 'open'});
  parentElement.innerHTML = html;
  const address = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
  const run = (await import(address)).default;
  window.sent = [];
  const send = (...given) => window.sent.push(given);
  window.show = (change = {}) => {
    data = {...data, ...change};
    window.leave = run({parentElement, data, setStateValue: send, setTriggerValue: send});
  };
  window.show();
}"""


def empty(page: "Page") -> "Page":
    """Opens an empty page in it, without what was there before."""
    page.route(_ADDRESS, lambda route: route.fulfill(body="<body>", content_type="text/html"))
    page.goto(_ADDRESS)
    page.evaluate(_WATCH)
    return page


def mount(page: "Page", script: Path, **data: Any) -> None:
    """Shows the component whose code is `script`, with the HTML beside it.

    Then `show(change)` has it drawn again, as Streamlit does when data or theme change, `leave()`
    ends it, `sent` is what it told Python, and `going` all that goes on without being asked:
    timers, observers, and listeners of the whole page.
    """
    html = script.with_suffix(".html")
    given = {
        "code": script.read_text(encoding="utf-8"),
        "html": html.read_text(encoding="utf-8") if html.exists() else "<p></p>",
        "data": data,
    }
    page.evaluate(_MOUNT, given)
