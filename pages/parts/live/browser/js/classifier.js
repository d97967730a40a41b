/** Runs a trained network: faces in, seven probabilities out. */

export class Classifier {
  #ort;
  #session;
  #size;

  /**
   * @param {any} ort the runtime
   * @param {any} session of a run's `model.onnx`
   * @param {import('./types.js').Constants} constants
   */
  constructor(ort, session, constants) {
    if (session.inputNames[0] !== 'faces' || session.outputNames[0] !== 'probabilities') {
      throw new Error("The network must take 'faces' and give 'probabilities' first.");
    }
    this.#ort = ort;
    this.#session = session;
    this.#size = constants.faceSize;
    this.hasActivations = session.outputNames[1] === 'activations';
    this.hasFeatures = session.outputNames[2] === 'features';
  }

  /**
   * Probabilities, (count * 7), of so many faces, and where they are asked for and the network
   * gives them its activations, (count, rows, columns, 7), with their shape, and its features,
   * (count * c).
   * @param {Uint8ClampedArray} faces (count * 48 * 48), gray
   * @param {number} count
   * @param {{activations: boolean, features: boolean}} asked
   * @returns {Promise<{probabilities: Float32Array, features?: Float32Array,
   *   activations?: {data: Float32Array, dims: number[]}}>}
   */
  async predict(faces, count, {activations, features}) {
    const pixels = new Uint8Array(faces.buffer, faces.byteOffset, count * this.#size ** 2);
    const input = new this.#ort.Tensor('uint8', pixels, [count, this.#size, this.#size, 1]);
    const names = ['probabilities'];
    if (activations && this.hasActivations) names.push('activations');
    if (features && this.hasFeatures) names.push('features');
    const outputs = await this.#session.run({faces: input}, names);
    return {
      probabilities: outputs.probabilities.data,
      activations: outputs.activations,
      features: outputs.features?.data,
    };
  }

  /** Gives its memory back. */
  async release() {
    await this.#session.release();
  }
}
