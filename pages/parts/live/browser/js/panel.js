/** What stands beside the video: verdict, seven bars, the other faces, figures. */

const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
const top = (face) => Math.max(...face.probabilities);
const said = (face) => (face.unsure ? `not sure, ${percent(top(face))} at most` : `${face.label}, ${percent(top(face))}`);
const frames = (count) => `${count.toLocaleString('en')} frame${count === 1 ? '' : 's'}`;
const SPOKEN = 3000; // milliseconds between two words to a screen reader

export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {{name: string, color: string}[]} classes
   */
  constructor(root, classes) {
    const find = (selector) => root.querySelector(selector);
    this.verdict = find('.live-verdict');
    this.heard = find('.live-heard');
    this.others = find('.live-others');
    this.figures = find('.live-figures');
    this.rows = classes.map(({name, color}) => row(name, color));
    find('.fer-bars tbody').replaceChildren(...this.rows.map((each) => each.line));
    this.spoken = 0;
  }

  /**
   * @param {import('./types.js').Face[]} faces the leading one first
   * @param {number} leftOut
   */
  show(faces, leftOut) {
    const [face] = faces;
    const [name, share] = this.verdict.children;
    this.verdict.classList.remove('quiet');
    name.textContent = face.label[0].toUpperCase() + face.label.slice(1); // Firefox leaves CSS' out
    share.textContent = face.unsure ? `${percent(top(face))} at most` : percent(top(face));
    const others = faces.slice(1).map((other) => `face ${other.number} ${said(other)}`);
    const smaller = leftOut ? [`${leftOut} smaller not read`] : [];
    const seen = [...others, ...smaller].join('; ');
    this.others.textContent = seen && `The bars are of face ${face.number}. Also seen: ${seen}.`;
    const best = top(face);
    this.bars(face.probabilities, (value) => value === best);
    this.speak(face.label);
  }

  /**
   * No face, or no video: a sentence in the verdict's place, and empty bars.
   * @param {string} sentence
   * @param {string} heard what a screen reader says of it; '' for nothing
   */
  quiet(sentence, heard = '') {
    const [name, rest] = this.verdict.children;
    this.verdict.classList.add('quiet');
    name.textContent = '';
    rest.textContent = sentence;
    this.others.textContent = '';
    this.bars(this.rows.map(() => null), () => false);
    if (heard) this.speak(heard);
    else this.heard.textContent = '';
  }

  bars(values, isTop) {
    values.forEach((value, index) => {
      const {line, fill, text} = this.rows[index];
      line.className = isTop(value) ? 'top' : '';
      fill.hidden = value === null;
      fill.style.width = `${100 * value}%`;
      text.textContent = value === null ? '' : percent(value);
    });
  }

  /** Tells a screen reader the expression when it has changed, not at every frame. */
  speak(label) {
    const now = performance.now();
    if (label === this.heard.textContent || now - this.spoken < SPOKEN) return;
    this.heard.textContent = label;
    this.spoken = now;
  }

  /**
   * @param {import('./pace.js').Pace} pace
   * @param {import('./network.js').Network} network
   */
  tell(pace, network) {
    if (!pace.read) return;
    const stages = [['detect', 'detect'], ['crop', 'frame'], ['classify', 'classify']]
      .map(([said, name]) => `${said} ${pace.stage(name).toFixed(0)}`).join(', ');
    const rate = pace.fps
      ? `${pace.fps.toFixed(1)} frames a second, ${pace.milliseconds.toFixed(0)} ms each (${stages}). `
      : '';
    const overTime = network.recurrent ? `, smoothed by the recurrent network ${network.recurrent}` : '';
    this.figures.textContent = `${rate}${frames(pace.read)} read, a face in `
      + `${percent(pace.withFace / pace.read)}. Read by ${network.name}${overTime}; `
      + `runtime from ${network.runtime}.`;
  }
}

function row(name, color) {
  const line = document.createElement('tr');
  line.innerHTML = '<th scope="row"></th><td><div class="fer-track"><div class="fer-fill"></div></div></td><td></td>';
  line.firstChild.textContent = name;
  const fill = line.querySelector('.fer-fill');
  fill.style.background = color;
  return {line, fill, text: line.lastChild};
}
