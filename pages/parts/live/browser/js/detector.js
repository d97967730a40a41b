/** Finds faces in a frame: one quick search, and close-ups that give exact eye points. */

import {distance, shared} from './box.js';
import {Canvas, round, warp} from './pixels.js';
import {resized} from './resizing.js';

/** @typedef {import('./box.js').Box} Box */
/** @typedef {import('./pixels.js').Picture} Picture */

export class FaceDetector {
  #yunet;
  #floor;
  #constants;
  #searched = new Canvas();
  #closeUp = new Canvas();

  /**
   * @param {import('./yunet.js').YuNet} yunet
   * @param {import('./types.js').Constants} constants
   */
  constructor(yunet, constants) {
    this.#yunet = yunet;
    this.#floor = constants.yunet.floor;
    this.#constants = constants.detector;
  }

  /**
   * Faces of a frame in its pixels, largest first.
   * @param {Picture} frame
   * @param {number} minConfidence 0.3-1, below which faces are omitted
   * @param {boolean} exactEyes whether small faces are looked at again, each for itself
   */
  async detect(frame, minConfidence, exactEyes) {
    const {longSide, minSide, margin} = this.#constants;
    const side = Math.max(frame.width, frame.height);
    if (Math.min(frame.width, frame.height) < minSide) return [];
    const scale = longSide / side;
    let found = await this.#search(frame, scale, minConfidence, 0);
    if (!found.length) {
      // A face that fills the picture is only found with something around it.
      const around = round(margin * side);
      found = await this.#search(frame, longSide / (side + 2 * around), minConfidence, around);
    }
    if (exactEyes) {
      for (const [index, box] of found.entries()) {
        if (box.size * scale < this.#constants.eyesSize) {
          found[index] = await this.#withExactEyes(frame, box);
        }
      }
    }
    return found.sort((first, second) => second.size - first.size);
  }

  /**
   * Faces of a frame shrunk by `scale`, with so many of its pixels around it.
   * @param {Picture} frame
   * @param {number} scale
   * @param {number} minConfidence
   * @param {number} margin
   */
  async #search(frame, scale, minConfidence, margin) {
    const width = Math.max(1, round(frame.width * scale));
    const height = Math.max(1, round(frame.height * scale));
    if (Math.min(width, height) < this.#constants.minSide) return [];
    const picture = resized(frame, width, height, this.#searched);
    const boxes = await this.#yunet.faces(picture, minConfidence, round(margin * scale));
    const found = boxes
      .map((box) => box.moved(0, 0, frame.width / width, frame.height / height))
      .filter((box) => holds(frame, box));
    return this.#eachOnce(found, scale);
  }

  /**
   * Of several boxes of one face the one that shows it best: large enough and sure.
   * @param {Box[]} found
   * @param {number} scale
   */
  #eachOnce(found, scale) {
    const {clear} = this.#constants;
    const clearness = (/** @type {Box} */ box) =>
      round(10 * Math.min((box.size * scale) / clear, 1) * box.confidence);
    found.sort((a, b) => clearness(b) - clearness(a) || b.confidence - a.confidence);
    const kept = /** @type {Box[]} */ ([]);
    for (const box of found) {
      if (!kept.some((other) => this.#isSame(box, other))) kept.push(box);
    }
    return kept;
  }

  #isSame(/** @type {Box} */ box, /** @type {Box} */ other) {
    const {like, same} = this.#constants;
    const [small, large] = [Math.min(box.size, other.size), Math.max(box.size, other.size)];
    const overlap = small > 0 ? shared(box, other) / small ** 2 : 0;
    return large <= like * small && overlap >= same && distance(box, other) < small / 2;
  }

  /** `box` with the eye points of a close-up, where it shows a face. */
  async #withExactEyes(/** @type {Picture} */ frame, /** @type {Box} */ box) {
    const {closeUpPixels: side, closeUpShare: share} = this.#constants;
    const factor = (Math.max(box.width, box.height) * share) / side;
    const left = box.centerX - (factor * side) / 2;
    const top = box.centerY - (factor * side) / 2;
    const picture = warp(frame, [factor, 0, left, 0, factor, top], side, this.#closeUp);
    const face = middleFace(await this.#yunet.faces(picture, this.#floor), side, share);
    if (!face) return box;
    return box.withLandmarks(face.moved(left / factor, top / factor, factor, factor).landmarks);
  }
}

/** Whether the middle of a box lies in the frame. */
function holds(/** @type {Picture} */ frame, /** @type {Box} */ box) {
  const {centerX: x, centerY: y} = box;
  return x >= 0 && y >= 0 && x < frame.width && y < frame.height;
}

/**
 * The surest face in the middle of a close-up of `side` pixels that is about as large as the one
 * the close-up was taken of.
 * @param {Box[]} found surest first
 * @param {number} side
 * @param {number} share of the close-up, in sides of the box
 */
function middleFace(found, side, share) {
  const expected = side / share;
  return found.find((box) => {
    const size = Math.max(box.width, box.height);
    const off = Math.hypot(box.centerX - side / 2, box.centerY - side / 2);
    return off < side / 8 && size > expected / 2 && size < 2 * expected;
  });
}
