/**
 * Follows faces from one frame to the next: a face keeps its number while its box overlaps the
 * one before, or has a like size and is nearby.
 */

import {distance, iou} from './box.js';

/** @typedef {import('./box.js').Box} Box */
/** @typedef {{number: number, box: Box, seen: number}} Track */

export class Tracker {
  #constants;
  #tracks = /** @type {Track[]} */ ([]);
  #next = 1;
  #time = -Infinity;

  constructor(/** @type {import('./types.js').Constants} */ constants) {
    this.#constants = constants.tracking;
  }

  /** Numbers of the faces that are followed, seen in the last frame or not. */
  get numbers() {
    return this.#tracks.map((track) => track.number);
  }

  /**
   * Numbers of the faces of one frame, from 1, in the order of `boxes`; never reused.
   * @param {Box[]} boxes
   * @param {number} time in seconds, never less than before
   */
  update(boxes, time) {
    const {maxGap} = this.#constants;
    // Who was seen in the frame before is followed, however long a slow reader took since.
    this.#tracks = this.#tracks.filter(
      (track) => track.seen === this.#time || time - track.seen <= maxGap,
    );
    this.#time = time;
    const matched = this.#match(boxes);
    const numbers = boxes.map((box, index) => {
      let track = matched.get(index);
      if (!track) {
        track = {number: this.#next++, box, seen: time};
        this.#tracks.push(track);
      }
      track.box = box;
      track.seen = time;
      return track.number;
    });
    this.#tracks = this.#tracks.filter((track) => time - track.seen <= maxGap);
    return numbers;
  }

  /** Track of each box that has one, by the box's index. */
  #match(/** @type {Box[]} */ boxes) {
    const matched = /** @type {Map<number, Track>} */ (new Map());
    const free = new Set(this.#tracks);
    for (const closeness of [this.#overlap, this.#nearness]) {
      const pairs = boxes.flatMap((box, index) =>
        matched.has(index)
          ? []
          : [...free].map((track) => ({
              value: closeness.call(this, box, track.box), index, track,
            })),
      );
      pairs.sort((first, second) => second.value - first.value);
      for (const {value, index, track} of pairs) {
        if (value > 0 && !matched.has(index) && free.has(track)) {
          matched.set(index, track);
          free.delete(track);
        }
      }
    }
    return matched;
  }

  /** IoU; 0 where it is too little. */
  #overlap(/** @type {Box} */ first, /** @type {Box} */ second) {
    const overlap = iou(first, second);
    return overlap >= this.#constants.minOverlap ? overlap : 0;
  }

  /** 1 in the same place to 0 at `maxStep` and beyond, or where the sizes differ too much. */
  #nearness(/** @type {Box} */ first, /** @type {Box} */ second) {
    const {maxStep, maxGrowth} = this.#constants;
    const small = Math.min(first.size, second.size);
    const large = Math.max(first.size, second.size);
    if (small <= 0 || large / small > maxGrowth) return 0;
    return Math.max(0, 1 - distance(first, second) / (maxStep * large));
  }
}
