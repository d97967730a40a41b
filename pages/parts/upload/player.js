export default function ({ parentElement, data }) {
  const hover = (event) => {
    const video = document.querySelector(".st-key-" + data.place + " video");
    if (video && video.paused) video.currentTime = event.points[0].x;
  };
  let plot = null;
  const attach = () => {
    // The chart may be drawn later than this, and again.
    const found = document.querySelector(".st-key-" + data.chart + " .js-plotly-plot");
    if (found && found !== plot && found.on) {
      plot = found;
      plot.on("plotly_hover", hover);
    }
  };
  parentElement.stop?.(); // what the call before began: Streamlit ends the last one alone
  const timer = setInterval(attach, 400);
  return (parentElement.stop = () => {
    clearInterval(timer);
    // A chart that was taken away already has lost the method.
    plot?.removeListener?.("plotly_hover", hover);
  });
}
