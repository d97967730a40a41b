/** YuNet: the faces of one picture at the size that it has. */

import {Box, iou} from './box.js';
import {planes} from './pixels.js';

const OUTPUTS = ['cls', 'obj', 'bbox', 'kps'];

export class YuNet {
  #ort;
  #session;
  #constants;
  #planes = new Float32Array(0);

  /**
   * @param {any} ort the runtime
   * @param {any} session of the detector's file
   * @param {import('./types.js').Constants} constants
   */
  constructor(ort, session, constants) {
    this.#ort = ort;
    this.#session = session;
    this.#constants = constants.yunet;
  }

  /**
   * Faces of a picture, surest first, in its pixels.
   * @param {import('./pixels.js').Picture} picture
   * @param {number} minConfidence
   * @param {number} pad pixels of black around the picture, which are searched too
   */
  async faces(picture, minConfidence, pad = 0) {
    const strides = /** @type {number[]} */ (this.#constants.strides);
    const step = strides[strides.length - 1];
    const width = step * Math.ceil((picture.width + 2 * pad) / step);
    const height = step * Math.ceil((picture.height + 2 * pad) / step);
    const length = 3 * width * height;
    if (this.#planes.length < length) this.#planes = new Float32Array(length);
    planes(picture, pad, width, height, this.#planes);
    const input = this.#planes.subarray(0, length);
    const outputs = await this.#session.run({
      input: new this.#ort.Tensor('float32', input, [1, 3, height, width]),
    });
    const longest = 2 * (Math.max(picture.width, picture.height) + 2 * pad);
    const found = strides.flatMap((stride) => {
      const level = OUTPUTS.map((name) => outputs[`${name}_${stride}`].data);
      return decoded(level, width / stride, stride, minConfidence, longest);
    });
    return this.#eachOnce(found).map((box) => box.moved(-pad, -pad, 1, 1));
  }

  /** Of boxes that overlap the surest (non-maximum suppression). */
  #eachOnce(/** @type {Box[]} */ found) {
    const {most, overlap} = this.#constants;
    const kept = /** @type {Box[]} */ ([]);
    found.sort((first, second) => second.confidence - first.confidence);
    for (const box of found.slice(0, most)) {
      if (kept.every((other) => iou(box, other) <= overlap)) kept.push(box);
    }
    return kept;
  }
}

/**
 * What one level of the network found.
 * @param {Float32Array[]} level classes, objects, boxes and points of each anchor
 * @param {number} columns anchors in a row
 * @param {number} stride pixels between two anchors
 * @param {number} minConfidence
 * @param {number} longest pixels of a side from which a box is none
 */
function decoded([classes, objects, boxes, points], columns, stride, minConfidence, longest) {
  const found = [];
  for (let anchor = 0; anchor < classes.length; anchor++) {
    const confidence = Math.fround(Math.sqrt(clamp(classes[anchor]) * clamp(objects[anchor])));
    if (!(confidence > minConfidence)) continue;
    const x = anchor % columns;
    const y = Math.floor(anchor / columns);
    const width = Math.exp(boxes[4 * anchor + 2]) * stride;
    const height = Math.exp(boxes[4 * anchor + 3]) * stride;
    const left = (x + boxes[4 * anchor]) * stride - width / 2;
    const top = (y + boxes[4 * anchor + 1]) * stride - height / 2;
    const landmarks = Array.from(
      points.subarray(10 * anchor, 10 * anchor + 10),
      (value, index) => (value + (index % 2 ? y : x)) * stride,
    );
    // In pictures without content a size may overflow.
    const sound = [left, top, ...landmarks].every(Number.isFinite) && width > 0 && height > 0;
    if (sound && Math.max(width, height) < longest) {
      found.push(new Box([left, top, left + width, top + height], confidence, landmarks));
    }
  }
  return found;
}

function clamp(/** @type {number} */ share) {
  return Math.min(Math.max(share, 0), 1);
}
