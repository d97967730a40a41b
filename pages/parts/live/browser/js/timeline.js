/** Draws the last 30 seconds: seven lines, told apart by colour and by dash. */
import {SPAN} from './session.js';

const LEFT = 44; // pixels for the axis' numbers
const BELOW = 20;
const ABOVE = 6;

/**
 * The legend, once: a piece of each line and its class.
 * @param {HTMLElement} list
 * @param {{name: string, color: string, dash: number[]}[]} classes
 */
export function legend(list, classes) {
  list.replaceChildren(...classes.map(({name, color, dash}) => {
    const item = document.createElement('li');
    item.innerHTML = '<svg viewBox="0 0 34 6" aria-hidden="true"><line x1="0" x2="34" y1="3" y2="3" stroke-width="2.5"/></svg>';
    const line = item.querySelector('line');
    line.setAttribute('stroke', color);
    line.setAttribute('stroke-dasharray', dash.join(' '));
    item.append(name);
    return item;
  }));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import('./session.js').Session} session
 * @param {number} now seconds
 * @param {{name: string, color: string, dash: number[]}[]} classes
 */
export function draw(canvas, session, now, classes) {
  const {clientWidth: width, clientHeight: height} = canvas;
  const sharp = window.devicePixelRatio || 1;
  canvas.width = width * sharp;
  canvas.height = height * sharp;
  const pen = canvas.getContext('2d');
  pen.scale(sharp, sharp);
  const x = (time) => LEFT + (1 + (time - now) / SPAN) * (width - LEFT - 2);
  const y = (share) => ABOVE + (1 - share) * (height - ABOVE - BELOW);
  axes(pen, x, y, now, width, getComputedStyle(canvas));
  const lines = session.lines(now);
  pen.lineWidth = 2;
  classes.forEach(({color, dash}, index) => {
    pen.strokeStyle = pen.fillStyle = color;
    pen.setLineDash(dash);
    for (const line of lines) {
      pen.beginPath();
      for (const point of line) pen.lineTo(x(point.time), y(point.probabilities[index]));
      if (line.length > 1) pen.stroke();
      else pen.fillRect(x(line[0].time) - 2, y(line[0].probabilities[index]) - 2, 4, 4);
    }
  });
  canvas.setAttribute('aria-label', alt(lines, classes));
}

function axes(pen, x, y, now, width, style) {
  pen.font = `12px ${style.fontFamily}`;
  pen.fillStyle = style.color;
  pen.strokeStyle = style.getPropertyValue('--line') || '#888';
  pen.lineWidth = 1;
  pen.textBaseline = 'middle';
  pen.textAlign = 'right';
  for (const share of [0, 0.5, 1]) {
    pen.fillText(`${100 * share} %`, LEFT - 6, y(share));
    pen.beginPath();
    pen.moveTo(LEFT, Math.round(y(share)) + 0.5);
    pen.lineTo(width, Math.round(y(share)) + 0.5);
    pen.stroke();
  }
  pen.textBaseline = 'top';
  for (const [seconds, align] of [[30, 'left'], [20, 'center'], [10, 'center'], [0, 'right']]) {
    pen.textAlign = align;
    pen.fillText(seconds ? `−${seconds} s` : 'now', x(now - seconds), y(0) + 6);
  }
}

function alt(lines, classes) {
  const last = lines.at(-1)?.at(-1)?.probabilities;
  if (!last) return 'Timeline of the seven probabilities, still empty';
  const name = classes[last.indexOf(Math.max(...last))].name;
  return `Timeline of the probabilities of the face that is followed, most recently ${name}`;
}
