/**
 * Reads faces over time with a recurrent network on the features of another, each face by a state
 * of its own; as FacesOverTime in Python.
 */

/** @typedef {{state: Float32Array, time: number}} Seen */

export class Recurrent {
  #ort;
  #session;
  #size;
  #maxGap;
  #firstSeconds;
  #faces = /** @type {Map<number, Seen>} */ (new Map());

  /**
   * @param {any} ort the runtime
   * @param {any} session of a temporal run's `model.onnx`
   * @param {import('./types.js').Constants} constants
   */
  constructor(ort, session, constants) {
    const state = session.inputMetadata.find((/** @type {any} */ {name}) => name === 'state');
    this.#ort = ort;
    this.#session = session;
    this.#size = state.shape[1];
    this.#maxGap = constants.tracking.maxGap;
    this.#firstSeconds = constants.recurrent.firstSeconds;
  }

  /**
   * Probabilities, (n * 7), of the n faces of one frame, at least one.
   * @param {number[]} numbers of the faces
   * @param {Float32Array} features (n * c)
   * @param {number} time in seconds, never less than before
   */
  async update(numbers, features, time) {
    const count = numbers.length;
    const size = this.#size;
    const state = new Float32Array(count * size);
    const seconds = new Float32Array(count).fill(this.#firstSeconds);
    numbers.forEach((number, index) => {
      const seen = this.#faces.get(number);
      if (!seen || time - seen.time > this.#maxGap) return;
      state.set(seen.state, index * size);
      seconds[index] = time - seen.time;
    });
    const tensor = (/** @type {Float32Array} */ values, /** @type {number} */ width) =>
      new this.#ort.Tensor('float32', values, [count, width]);
    const outputs = await this.#session.run({
      features: tensor(features, features.length / count),
      state: tensor(state, size),
      seconds: tensor(seconds, 1),
    });
    const next = outputs.next_state.data;
    numbers.forEach((number, index) => {
      this.#faces.set(number, {state: next.slice(index * size, (index + 1) * size), time});
    });
    return /** @type {Float32Array} */ (outputs.probabilities.data);
  }

  /** Forgets every other face. */
  keep(/** @type {number[]} */ numbers) {
    for (const number of this.#faces.keys()) {
      if (!numbers.includes(number)) this.#faces.delete(number);
    }
  }

  /** Gives its memory back. */
  async release() {
    await this.#session.release();
  }
}
