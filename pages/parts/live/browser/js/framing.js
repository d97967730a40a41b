/** Cuts a face out of a frame as FER2013 frames faces, turned until the eyes are level. */

import {graySquare} from './gray.js';

/** @typedef {import('./box.js').Box} Box */
/** @typedef {import('./pixels.js').Picture} Picture */
/** @typedef {import('./types.js').Square} Square */

export class Framing {
  #constants;
  #faceSize;

  constructor(/** @type {import('./types.js').Constants} */ constants) {
    this.#constants = constants.framing;
    this.#faceSize = constants.faceSize;
  }

  /**
   * The square that the face at `box` fills as faces fill FER2013's images.
   * @param {Box} box
   * @returns {Square}
   */
  square(box) {
    const {centerX, centerY, size, maxLevelling} = this.#constants;
    const roll = Math.abs(box.roll) < maxLevelling ? box.roll : 0;
    const side = Math.max(box.size, 1) / size;
    const [cos, sin] = turn(roll);
    const x = box.centerX - side * (cos * centerX - sin * centerY);
    const y = box.centerY - side * (sin * centerX + cos * centerY);
    return {x, y, side, roll};
  }

  /**
   * The gray pixels of a square. Beyond the frame's edge they repeat the edge.
   * @param {Picture} frame
   * @param {Square} square
   * @param {Uint8ClampedArray} out (faceSize * faceSize)
   */
  crop(frame, {x, y, side, roll}, out) {
    // Shrinking: sample densely, then average, because a warp alone skips pixels.
    const dense = Math.max(Math.ceil(side / this.#faceSize), 1);
    const factor = Math.min(dense, this.#constants.oversampling);
    const [cos, sin] = turn(roll).map((part) => (part * side) / (factor * this.#faceSize));
    // Pixel centres stand at whole numbers, hence the halves.
    const left = x - 0.5 + (cos - sin) / 2;
    const top = y - 0.5 + (sin + cos) / 2;
    graySquare(frame, [cos, -sin, left, sin, cos, top], factor, this.#faceSize, out);
  }
}

/** Cosine and sine of degrees. */
function turn(/** @type {number} */ degrees) {
  const angle = (degrees * Math.PI) / 180;
  return [Math.cos(angle), Math.sin(angle)];
}
