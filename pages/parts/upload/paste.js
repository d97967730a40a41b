export default function (component) {
  const { parentElement, data } = component;
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("span");
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
    return true;
  };
  const paste = (event) => {
    if (hand(Array.from(event.clipboardData.files))) event.preventDefault();
  };
  const tell = (text) => {
    status.textContent = text;
    status.className = "told";
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
      tell("The browser keeps the clipboard closed. Press Ctrl+V instead.");
    }
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
