/**
 * Smooths the probabilities of a face over time: what was seen one half-life ago counts half as
 * much as what is seen now.
 */

/** @typedef {{total: Float64Array, weight: number, seen: number}} Sum */

export class Smoother {
  #faces = /** @type {Map<number, Sum>} */ (new Map());

  /** @param {number} halfLife seconds, 0 for no smoothing; may be changed between two samples */
  constructor(halfLife) {
    this.halfLife = halfLife;
  }

  /**
   * Smoothed probabilities of the face with this number.
   * @param {number} number
   * @param {Float32Array} probabilities
   * @param {number} time in seconds, not before the face's last one
   */
  update(number, probabilities, time) {
    const before = this.#faces.get(number);
    const elapsed = before ? Math.max(time - before.seen, 0) : 0;
    const kept = before && this.halfLife > 0 ? 0.5 ** (elapsed / this.halfLife) : 0;
    const weight = kept * (before?.weight ?? 0) + 1;
    const total = Float64Array.from(
      probabilities,
      (share, index) => kept * (before?.total[index] ?? 0) + share,
    );
    this.#faces.set(number, {total, weight, seen: time});
    return Float32Array.from(total, (sum) => sum / weight);
  }

  /** Forgets every other face, so that a long video needs no more memory. */
  keep(/** @type {number[]} */ numbers) {
    for (const number of this.#faces.keys()) {
      if (!numbers.includes(number)) this.#faces.delete(number);
    }
  }
}
