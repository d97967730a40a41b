/** Resizes pictures as OpenCV does, to the same whole numbers but for rounding. */

import {words} from './pixels.js';

const WHOLE_LIMIT = 16; // up to this factor the sums of a block fit 16 bits
const EDGE = 1e-3; // share of a pixel that OpenCV leaves out at the edge of a block

/** @typedef {import('./pixels.js').Canvas} Canvas */
/** @typedef {import('./pixels.js').Picture} Picture */

/**
 * The picture with that size: each pixel a mean where it is shrunk (INTER_AREA), else linearly
 * interpolated.
 * @param {Picture} picture
 * @param {number} width
 * @param {number} height
 * @param {Canvas} out
 * @returns {Picture} `out`, or the picture itself where it has that size
 */
export function resized(picture, width, height, out) {
  if (picture.width === width && picture.height === height) return picture;
  out.resize(width, height);
  const factor = picture.width / width;
  if (factor === picture.height / height && Number.isInteger(factor) && factor <= WHOLE_LIMIT) {
    blockMeans(picture, factor, out);
  } else {
    const weights = picture.width > width ? areaWeights : linearWeights;
    const across = weights(picture.width, width);
    weigh(picture, across, weights(picture.height, height), out);
  }
  return out;
}

/** Means of blocks of `factor` x `factor` pixels, two colours in one sum. */
function blockMeans(
  /** @type {Picture} */ picture,
  /** @type {number} */ factor,
  /** @type {Canvas} */ out,
) {
  if (factor === 2) {
    halve(picture, out);
    return;
  }
  const source = words(picture.data);
  const target = out.data;
  const area = factor * factor;
  let index = 0;
  for (let y = 0; y < out.height; y++) {
    for (let x = 0; x < out.width; x++) {
      let redBlue = 0;
      let green = 0;
      const corner = y * factor * picture.width + x * factor;
      for (let row = 0; row < factor; row++) {
        const start = corner + row * picture.width;
        for (let at = start; at < start + factor; at++) {
          redBlue += source[at] & 0xff00ff;
          green += source[at] & 0xff00;
        }
      }
      // A clamped array rounds halves to the even number.
      target[index] = (redBlue & 0xffff) / area;
      target[index + 1] = (green >>> 8) / area;
      target[index + 2] = (redBlue >>> 16) / area;
      target[index + 3] = 255;
      index += 4;
    }
  }
}

/** Means of blocks of 2 x 2 pixels, of which OpenCV rounds halves up. */
function halve(/** @type {Picture} */ picture, /** @type {Canvas} */ out) {
  const source = words(picture.data);
  const target = words(out.data);
  let index = 0;
  for (let y = 0; y < out.height; y++) {
    let upper = 2 * y * picture.width;
    let lower = upper + picture.width;
    for (let x = 0; x < out.width; x++, upper += 2, lower += 2) {
      const a = source[upper], b = source[upper + 1], c = source[lower], d = source[lower + 1];
      const redBlue = (a & 0xff00ff) + (b & 0xff00ff) + (c & 0xff00ff) + (d & 0xff00ff) + 0x20002;
      const green = (a & 0xff00) + (b & 0xff00) + (c & 0xff00) + (d & 0xff00) + 0x200;
      target[index++] = ((redBlue >> 2) & 0xff00ff) | ((green >> 2) & 0xff00) | 0xff000000;
    }
  }
}

/**
 * Which pixels of a side, and with what weight, make each pixel of a shorter or longer one.
 * Those of pixel i stand from `ends[i]` to `ends[i + 1]`.
 * @typedef {{ends: Int32Array, places: Int32Array, weights: Float32Array}} Weights
 */

const known = /** @type {Map<string, Weights>} */ (new Map());

function remembered(
  /** @type {string} */ key,
  /** @type {() => [number, number][][]} */ make,
) {
  let found = known.get(key);
  if (!found) {
    const parts = make();
    const all = parts.flat();
    let end = 0;
    found = {
      ends: Int32Array.from([0, ...parts.map((part) => (end += part.length))]),
      places: Int32Array.from(all, ([place]) => place),
      weights: Float32Array.from(all, ([, weight]) => weight),
    };
    known.set(key, found);
  }
  return found;
}

function areaWeights(/** @type {number} */ from, /** @type {number} */ to) {
  return remembered(`area ${from} ${to}`, () => {
    const scale = from / to;
    return Array.from({length: to}, (_, index) => {
      const begin = index * scale;
      const end = begin + scale;
      const width = Math.min(scale, from - begin);
      const last = Math.min(Math.floor(end), from - 1);
      const first = Math.min(Math.ceil(begin), last);
      const part = /** @type {[number, number][]} */ ([]);
      if (first - begin > EDGE) part.push([first - 1, (first - begin) / width]);
      for (let place = first; place < last; place++) part.push([place, 1 / width]);
      if (end - last > EDGE) part.push([last, Math.min(end - last, 1, width) / width]);
      return part;
    });
  });
}

function linearWeights(/** @type {number} */ from, /** @type {number} */ to) {
  return remembered(`linear ${from} ${to}`, () =>
    Array.from({length: to}, (_, index) => {
      const place = Math.min(Math.max((index + 0.5) * (from / to) - 0.5, 0), from - 1);
      const first = Math.min(Math.floor(place), Math.max(from - 2, 0));
      const second = Math.min(first + 1, from - 1);
      return /** @type {[number, number][]} */ ([
        [first, 1 - (place - first)],
        [second, place - first],
      ]);
    }),
  );
}

let rows = new Float32Array(0);

/** Weighted sums of pixels, first along the rows, then along the columns. */
function weigh(
  /** @type {Picture} */ picture,
  /** @type {Weights} */ across,
  /** @type {Weights} */ down,
  /** @type {Canvas} */ out,
) {
  const {data, width, height} = picture;
  const line = 3 * out.width;
  if (rows.length < line * height) rows = new Float32Array(line * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < out.width; x++) {
      let red = 0, green = 0, blue = 0;
      for (let tap = across.ends[x]; tap < across.ends[x + 1]; tap++) {
        const at = 4 * (y * width + across.places[tap]);
        const weight = across.weights[tap];
        red += weight * data[at];
        green += weight * data[at + 1];
        blue += weight * data[at + 2];
      }
      const at = y * line + 3 * x;
      rows[at] = red;
      rows[at + 1] = green;
      rows[at + 2] = blue;
    }
  }
  let index = 0;
  for (let y = 0; y < out.height; y++) {
    for (let x = 0; x < line; x += 3) {
      let red = 0, green = 0, blue = 0;
      for (let tap = down.ends[y]; tap < down.ends[y + 1]; tap++) {
        const at = down.places[tap] * line + x;
        const weight = down.weights[tap];
        red += weight * rows[at];
        green += weight * rows[at + 1];
        blue += weight * rows[at + 2];
      }
      out.data[index] = red;
      out.data[index + 1] = green;
      out.data[index + 2] = blue;
      out.data[index + 3] = 255;
      index += 4;
    }
  }
}
