// Keys and clicks on the buttons that they stand for. Between a press and what it draws further
// presses are counted, to be told at once, or do nothing: nobody acts on what they have not seen.
const PATIENCE = 5000; // ms after which a press that drew nothing is given up
const WRITING = `textarea, [contenteditable="true"], input:not([type="range"], [type="checkbox"],
  [type="radio"], [role="combobox"][aria-expanded="false"])`;
const MOVING = `${WRITING}, input, [role="slider"], [role="tab"], canvas`; // arrows are theirs

export default function ({ parentElement, data, setTriggerValue }) {
  const state = (parentElement.presses ??= { busy: -Infinity, waiting: 0 });
  const button = (name) => document.querySelector(`.${name} button`);
  const isBusy = () => performance.now() - state.busy < PATIENCE;
  const press = (name, isRepeat) => {
    if (isBusy() || (isRepeat && !data.steps)) state.waiting += data.steps?.[name] ?? 0;
    else if (button(name) && !button(name).disabled) button(name).click();
  };
  const swallow = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };

  parentElement.stop?.(); // what the call before began: Streamlit ends the last one alone
  const listeners = new AbortController();
  const options = { capture: true, signal: listeners.signal };
  window.addEventListener("keydown", (event) => {
    const name = data.keys[event.key.toLowerCase()], target = event.composedPath()[0];
    if (!name || !button(name) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.closest?.(event.key.length > 1 ? MOVING : WRITING)) return;
    swallow(event);
    press(name, event.repeat);
  }, options);
  window.addEventListener("click", (event) => {
    const name = Object.values(data.keys).find((key) => button(key)?.contains(event.target));
    if (!name) return;
    if (!isBusy()) { state.busy = performance.now(); return; }
    swallow(event);
    press(name);
  }, options);

  state.busy = -Infinity;
  if (state.waiting) {
    setTriggerValue("steps", state.waiting);
    Object.assign(state, { busy: performance.now(), waiting: 0 });
  }
  return (parentElement.stop = () => listeners.abort());
}
