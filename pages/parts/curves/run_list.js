const EYE = '<path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12z"/><circle cx="12" cy="12" r="3"/>';
const SHUT = '<path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12z"/><path d="M4 20 20 4"/>';

function draw(button, open) {
  button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true">${open ? EYE : SHUT}</svg>`;
  button.setAttribute("aria-pressed", String(open));
}

function make(tag, text, name) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

/* Numbers by size, runs without one last; names as text. */
function compare(one, other, by) {
  if (by === "name") return one.name.localeCompare(other.name, undefined, { numeric: true });
  return (one[by] ?? -1) - (other[by] ?? -1);
}

const inAnyOrder = (names) => JSON.stringify([...names].sort());

export default function (component) {
  const { parentElement: root, data, setStateValue } = component;
  const find = (selector) => root.querySelector(selector);
  // What outlives a rerun: sorting, searching, and a choice that Python has not seen yet.
  const state = (root.runList ??= { sort: null, down: false, sent: null, first: data.shown });
  if (state.sent === null || state.sent === inAnyOrder(data.shown)) {
    state.shown = new Set(data.shown);
    state.sent = null;
  }

  const send = () => {
    const drawn = data.rows.filter((row) => row.draws && state.shown.has(row.name));
    const shown = drawn.map((row) => row.name);
    state.sent = inAnyOrder(shown);
    setStateValue("shown", shown);
    render();
  };
  const toggle = (name) => {
    if (!state.shown.delete(name)) state.shown.add(name);
    send();
  };

  const listed = () => {
    const words = find("input").value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = data.rows.filter((row) => words.every((word) => row.words.includes(word)));
    const onTop = (row) => (state.first.includes(row.name) ? 0 : 1);
    return rows.sort((one, other) =>
      state.sort
        ? (state.down ? -1 : 1) * compare(one, other, state.sort)
        : onTop(one) - onTop(other));
  };

  const line = (row) => {
    const tr = document.createElement("tr");
    const shown = state.shown.has(row.name);
    tr.className = shown ? "shown" : "";
    tr.style.setProperty("--light", row.light);
    tr.style.setProperty("--dark", row.dark);
    const eye = make("button", "", "eye");
    eye.type = "button";
    draw(eye, shown);
    eye.setAttribute("aria-label", `Show ${row.name}`);
    eye.disabled = !row.draws;
    eye.dataset.name = row.name;
    const first = document.createElement("td");
    first.append(eye);
    const name = document.createElement("th");
    name.scope = "row";
    name.append(make("span", row.sign, "sign"), make("span", row.name, "name"));
    name.firstChild.setAttribute("aria-hidden", "true");
    if (row.note) name.append(make("small", row.note));
    tr.append(first, name, make("td", row.testText), make("td", row.epochsText));
    if (row.draws) {
      tr.dataset.draws = "";
      tr.onclick = () => toggle(row.name);
    }
    return tr;
  };

  const render = () => {
    const focused = root.querySelector("button:focus")?.dataset.name;
    const rows = listed();
    find("tbody").replaceChildren(...rows.map(line));
    find("p").textContent = rows.length ? "" : "No run matches.";
    const drawn = rows.filter((row) => row.draws).map((row) => row.name);
    const all = drawn.length > 0 && drawn.every((name) => state.shown.has(name));
    const eye = find("[data-all]");
    draw(eye, all);
    eye.setAttribute("aria-label", "Show all listed runs");
    eye.title = all ? "Hide all" : "Show all";
    eye.disabled = !drawn.length;
    eye.onclick = () => {
      drawn.forEach((name) => (all ? state.shown.delete(name) : state.shown.add(name)));
      send();
    };
    for (const button of root.querySelectorAll("[data-sort]")) {
      const order = state.down ? "descending" : "ascending";
      button.parentElement.setAttribute("aria-sort", state.sort === button.dataset.sort ? order : "none");
      button.onclick = () => {
        // Names begin with a, figures with the highest.
        const same = state.sort === button.dataset.sort;
        state.down = same ? !state.down : button.dataset.sort !== "name";
        state.sort = button.dataset.sort;
        render();
      };
    }
    if (focused) root.querySelector(`button[data-name="${CSS.escape(focused)}"]`)?.focus();
  };

  const search = find("input");
  search.placeholder = data.rows.length > 1 ? `Search ${data.rows.length} runs` : "Search runs";
  search.oninput = render;
  render();
}
