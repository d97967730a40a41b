export default function (component) {
  const { parentElement, data } = component;
  const find = (name) => parentElement.querySelector(name);
  const image = find("img"), when = find("strong"), what = find("span"), range = find("input");
  const stills = data.stills;
  image.style.setProperty("--shape", data.shape);
  range.max = stills.length - 1;
  const show = (index) => {
    const still = stills[index];
    range.value = index;
    range.setAttribute("aria-valuetext", still.when + ", " + still.text);
    image.src = "data:image/jpeg;base64," + still.jpeg;
    image.alt = "Frame at " + still.when + ": " + still.text;
    when.textContent = still.when;
    what.textContent = still.text;
  };
  const nearest = (seconds) => {
    let best = 0;
    stills.forEach((still, index) => {
      const closer = Math.abs(still.seconds - seconds) < Math.abs(stills[best].seconds - seconds);
      if (closer) best = index;
    });
    return best;
  };
  const hover = (event) => show(nearest(event.points[0].x));
  let plot = null;
  const attach = () => {
    // The chart may be drawn later than this, and again.
    const found = document.querySelector(".st-key-" + data.chart + " .js-plotly-plot");
    if (found && found !== plot && found.on) {
      plot = found;
      plot.on("plotly_hover", hover);
    }
  };
  const timer = setInterval(attach, 400);
  range.oninput = () => show(Number(range.value));
  show(Math.min(Number(range.value), stills.length - 1));
  return () => {
    clearInterval(timer);
    if (plot) plot.removeListener("plotly_hover", hover);
  };
}
