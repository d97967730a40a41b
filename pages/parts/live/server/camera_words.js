// Says in words why the camera does not start. The video's frame, of this server too, shows the
// browser's own error: it is hidden there and told here. Its buttons are written as all others, and its picture, which stands low, is left out.
const ERROR = ".MuiAlert-standardError, .MuiAlert-colorError";
const RULES = `${ERROR} { display: none !important; } body { background: transparent !important; }
  .MuiButton-root { text-transform: none !important; }
  [data-testid="VideoLabelIcon"] { visibility: hidden; }`;

export default function ({ data, parentElement }) {
  const told = parentElement.querySelector("p");
  const look = () => {
    const inside = document.querySelector('iframe[title*="webrtc_streamer"]')?.contentDocument;
    if (!inside?.head) return;
    if (!inside.getElementById("fer-rules")) {
      const style = inside.createElement("style");
      style.id = "fer-rules";
      style.textContent = RULES;
      inside.head.append(style);
    }
    const shown = inside.querySelector(ERROR)?.textContent;
    const name = shown?.match(/[A-Z][A-Za-z]*Error/)?.[0];
    const words = shown ? data[name] ?? data.otherwise : "";
    if (told.textContent !== words) told.textContent = words;
  };
  parentElement.stop?.(); // what the call before began: Streamlit ends the last one alone
  const timer = setInterval(look, 200);
  return (parentElement.stop = () => clearInterval(timer));
}
