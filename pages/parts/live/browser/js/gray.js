/** Cuts a square out of a picture in gray, as OpenCV warps, grays and shrinks it. */

import {words} from './pixels.js';

const [RED, GREEN, BLUE, SHIFT] = [9798, 19235, 3735, 15]; // shares of gray, of 2 ** SHIFT

let gray = new Uint8Array(0); // of the part of the picture that was read last

/**
 * A square of the picture in gray: each pixel is the mean of `factor` x `factor` samples, which are
 * linearly interpolated. Beyond the picture's edge they repeat the edge.
 * @param {import('./pixels.js').Picture} picture
 * @param {number[]} matrix (6), in rows: from the samples' places to the picture's pixels
 * @param {number} factor
 * @param {number} size pixels of the square's side
 * @param {Uint8ClampedArray} out (size * size)
 */
export function graySquare(picture, [a, b, left, c, d, top], factor, size, out) {
  const last = factor * size - 1;
  const [x, right] = reach(a * last, b * last, left, picture.width);
  const [y, bottom] = reach(c * last, d * last, top, picture.height);
  const [width, height] = [right - x + 1, bottom - y + 1];
  grayPart(picture, x, y, width, height);
  const sums = 32 * 32 * factor * factor;
  for (let line = 0; line < size; line++) {
    for (let place = 0; place < size; place++) {
      let sum = 0;
      for (let row = line * factor; row < (line + 1) * factor; row++) {
        for (let column = place * factor; column < (place + 1) * factor; column++) {
          // In 32nds of a pixel, to which OpenCV rounds.
          const atX = Math.floor((a * column + b * row + left - x) * 32 + 0.5);
          const atY = Math.floor((c * column + d * row + top - y) * 32 + 0.5);
          sum += sample(atX, atY, width, height);
        }
      }
      out[line * size + place] = sum / sums;
    }
  }
}

/** First and last pixel of a side that samples touch which start at `begin` and go so far. */
function reach(
  /** @type {number} */ across,
  /** @type {number} */ down,
  /** @type {number} */ begin,
  /** @type {number} */ length,
) {
  const first = begin + Math.min(across, 0) + Math.min(down, 0);
  const last = begin + Math.max(across, 0) + Math.max(down, 0);
  const inside = (/** @type {number} */ at) => Math.min(Math.max(at, 0), length - 1);
  return [inside(Math.floor(first) - 1), inside(Math.ceil(last) + 1)];
}

function grayPart(
  /** @type {import('./pixels.js').Picture} */ picture,
  /** @type {number} */ x,
  /** @type {number} */ y,
  /** @type {number} */ width,
  /** @type {number} */ height,
) {
  if (gray.length < width * height) gray = new Uint8Array(width * height);
  const source = words(picture.data);
  let to = 0;
  for (let row = y; row < y + height; row++) {
    let from = row * picture.width + x;
    for (let end = from + width; from < end; from++) {
      const pixel = source[from];
      gray[to++] = (RED * (pixel & 0xff) + GREEN * ((pixel >> 8) & 0xff)
        + BLUE * ((pixel >> 16) & 0xff) + (1 << (SHIFT - 1))) >> SHIFT;
    }
  }
}

/** The gray at a place in 32nds of a pixel, times 32 * 32. */
function sample(
  /** @type {number} */ atX,
  /** @type {number} */ atY,
  /** @type {number} */ width,
  /** @type {number} */ height,
) {
  const x = atX >> 5;
  const y = atY >> 5;
  let upper = y * width + x;
  let lower = upper + width;
  let step = 1;
  if (x < 0 || y < 0 || x >= width - 1 || y >= height - 1) {
    const inX = Math.min(Math.max(x, 0), width - 1);
    step = Math.min(Math.max(x + 1, 0), width - 1) - inX;
    upper = Math.min(Math.max(y, 0), height - 1) * width + inX;
    lower = Math.min(Math.max(y + 1, 0), height - 1) * width + inX;
  }
  const right = atX & 31;
  const down = atY & 31;
  const above = 32 * gray[upper] + right * (gray[upper + step] - gray[upper]);
  const below = 32 * gray[lower] + right * (gray[lower + step] - gray[lower]);
  return 32 * above + down * (below - above);
}
