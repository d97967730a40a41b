export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  const stage = parentElement.querySelector(".stage"), image = stage.querySelector("img");
  const faces = stage.querySelector(".faces"), several = data.faces.length > 1;
  stage.style.setProperty("--ratio", data.ratio);
  stage.style.setProperty("--above", several ? "1.3rem" : "0px");
  image.className = data.small ? "small" : "";
  image.alt = data.alt;
  image.src = "data:image/jpeg;base64," + data.jpeg;
  const drawn = (face, index) => {
    const box = document.createElement(several ? "button" : "div");
    box.className = "box" + (face.left > 85 ? " right" : "");
    box.style.cssText = `left:${face.left}%;top:${face.top}%;width:${face.width}%;` +
      `height:${face.height}%;--color:${face.color}`;
    if (several) {
      box.type = "button";
      box.title = box.ariaLabel = face.words;
      box.ariaPressed = String(index === data.chosen);
      box.onclick = () => setTriggerValue("face", index);
      box.append(Object.assign(document.createElement("span"), { textContent: index + 1 }));
    }
    return box;
  };
  const place = () => {
    // A number stands beside its box where it hides no other face and no other number; else it
    // shows when its box is pointed at, focused or chosen.
    const taken = Array.from(faces.children, (box) => box.getBoundingClientRect());
    for (const box of several ? faces.children : []) {
      const own = box.getBoundingClientRect(), number = box.lastChild;
      const free = ["", "under", "after"].find((side) => {
        number.className = side;
        const it = number.getBoundingClientRect();
        return !taken.some((other) => other.left !== own.left &&
          it.left < other.right && other.left < it.right &&
          it.top < other.bottom && other.top < it.bottom);
      });
      if (free === undefined) number.className = "hidden";
      else taken.push(number.getBoundingClientRect());
    }
  };
  const focused = Array.from(faces.children).indexOf(parentElement.activeElement);
  faces.replaceChildren(...data.faces.map(drawn));
  if (focused >= 0 && faces.children[focused]) faces.children[focused].focus();
  parentElement.stop?.(); // what the call before began: Streamlit ends the last one alone
  const watch = new ResizeObserver(place);
  watch.observe(stage);
  return (parentElement.stop = () => watch.disconnect());
}
