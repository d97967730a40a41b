export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const [hint, status] = parentElement.querySelectorAll("span");
  const keys = /Mac|iP/.test(navigator.platform) ? "⌘V" : "Ctrl+V";
  const otherwise = matchMedia("(hover: none)").matches
    ? "Choose the file instead." : `Press ${keys} instead.`;
  const tell = (text) => {
    status.textContent = text;
    hint.hidden = Boolean(text);
  };
  const hand = (files) => {
    const pictures = files.filter((file) => file && file.type.startsWith("image/"));
    const input = document.querySelector(`.st-key-${data.zone} input[type="file"]`);
    if (!pictures.length || !input) return false;
    const transfer = new DataTransfer();
    for (const file of pictures) {
      const ending = file.type.split("/")[1].split("+")[0];
      transfer.items.add(new File([file], `Pasted picture.${ending}`, { type: file.type }));
    }
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    tell("");
    return true;
  };
  const paste = (event) => {
    const { files, types } = event.clipboardData;
    // Cells of a spreadsheet are text that brings a picture of itself along; a copied file brings
    // its name, which is text for a field alone.
    const isField = event.composedPath()[0].matches?.("input, textarea");
    if (types.includes("text/plain") && (isField || types.includes("text/html"))) return;
    if (hand(Array.from(files))) event.preventDefault();
  };
  button.onclick = async () => {
    try {
      const items = await navigator.clipboard.read();
      const blobs = await Promise.all(items.map((item) => {
        const type = item.types.find((name) => name.startsWith("image/"));
        return type ? item.getType(type) : null;
      }));
      if (!hand(blobs)) tell("The clipboard holds no picture. Copy one first.");
    } catch {
      tell(`The browser keeps the clipboard closed. ${otherwise}`);
    }
  };
  hint.textContent = `or press ${keys}`;
  parentElement.stop?.(); // what the call before began: Streamlit ends the last one alone
  document.addEventListener("paste", paste);
  return (parentElement.stop = () => document.removeEventListener("paste", paste));
}
