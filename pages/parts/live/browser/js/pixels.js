/** Warps pictures as OpenCV does, to the same whole numbers. */

const BITS = 5; // OpenCV rounds places in a picture it warps to 32nds of a pixel
const FRACTIONS = 1 << BITS;

/**
 * RGBA pixels, as ImageData has them; `data` may be longer than the picture.
 * @typedef {{data: Uint8ClampedArray, width: number, height: number}} Picture
 */

/** A picture whose memory is used again by the next one. */
export class Canvas {
  width = 0;
  height = 0;
  data = new Uint8ClampedArray(0);

  /** Gives it a size; what it shows is then undefined. */
  resize(/** @type {number} */ width, /** @type {number} */ height) {
    if (this.data.length < 4 * width * height) {
      this.data = new Uint8ClampedArray(4 * width * height);
    }
    this.width = width;
    this.height = height;
    return this;
  }
}

/** The pixels as whole numbers, red in the lowest byte. */
export function words(/** @type {Uint8ClampedArray} */ data) {
  return new Int32Array(data.buffer, data.byteOffset, data.length >> 2);
}

/** Rounds to the nearest whole number, halves to the even one, as Python and OpenCV do. */
export function round(/** @type {number} */ value) {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/**
 * A square of the picture, linearly interpolated and black beyond its edge (warpAffine with
 * WARP_INVERSE_MAP).
 * @param {Picture} picture
 * @param {number[]} matrix (6), in rows: from the square's pixels to the picture's
 * @param {number} size pixels of the square's side
 * @param {Canvas} out
 * @returns {Picture} `out`
 */
export function warp(picture, matrix, size, out) {
  const {data, width, height} = picture;
  const [a, b, left, c, d, top] = matrix;
  const target = out.resize(size, size).data;
  const shift = 2 * BITS;
  const half = 1 << (shift - 1);
  let index = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++, index += 4) {
      const x = Math.floor((a * column + b * row + left) * FRACTIONS + 0.5);
      const y = Math.floor((c * column + d * row + top) * FRACTIONS + 0.5);
      const x0 = x >> BITS;
      const y0 = y >> BITS;
      const right = x & (FRACTIONS - 1);
      const lower = y & (FRACTIONS - 1);
      let w0 = (FRACTIONS - right) * (FRACTIONS - lower);
      let w1 = right * (FRACTIONS - lower);
      let w2 = (FRACTIONS - right) * lower;
      let w3 = right * lower;
      let at0, at1, at2, at3;
      if (x0 >= 0 && y0 >= 0 && x0 < width - 1 && y0 < height - 1) {
        at0 = 4 * (y0 * width + x0);
        at1 = at0 + 4;
        at2 = at0 + 4 * width;
        at3 = at2 + 4;
      } else {
        const xa = Math.min(Math.max(x0, 0), width - 1);
        const xb = Math.min(Math.max(x0 + 1, 0), width - 1);
        const ya = Math.min(Math.max(y0, 0), height - 1);
        const yb = Math.min(Math.max(y0 + 1, 0), height - 1);
        at0 = 4 * (ya * width + xa);
        at1 = 4 * (ya * width + xb);
        at2 = 4 * (yb * width + xa);
        at3 = 4 * (yb * width + xb);
        if (xa !== x0) w0 = w2 = 0;
        if (xb !== x0 + 1) w1 = w3 = 0;
        if (ya !== y0) w0 = w1 = 0;
        if (yb !== y0 + 1) w2 = w3 = 0;
      }
      for (let color = 0; color < 3; color++) {
        const sum = w0 * data[at0 + color] + w1 * data[at1 + color] +
          w2 * data[at2 + color] + w3 * data[at3 + color];
        target[index + color] = (sum + half) >> shift;
      }
      target[index + 3] = 255;
    }
  }
  return out;
}

/**
 * The picture as a network takes it: planes of blue, green and red, 0-255, black around it.
 * @param {Picture} picture
 * @param {number} pad pixels to its left and above it
 * @param {number} width of a plane
 * @param {number} height of a plane
 * @param {Float32Array} out (3 * width * height)
 */
export function planes(picture, pad, width, height, out) {
  const {data} = picture;
  const plane = width * height;
  out.fill(0, 0, 3 * plane);
  let from = 0;
  for (let y = 0; y < picture.height; y++) {
    let to = (y + pad) * width + pad;
    for (let x = 0; x < picture.width; x++, from += 4, to++) {
      out[to] = data[from + 2];
      out[to + plane] = data[from + 1];
      out[to + 2 * plane] = data[from];
    }
  }
}
