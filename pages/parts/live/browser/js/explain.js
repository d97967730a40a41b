/** What in a face speaks for a class, from the network's class activations. */

const CUBIC = -0.75; // OpenCV's constant of bicubic interpolation

/** @typedef {(rest: number) => number[]} Kernel weights of the places around one, by its fraction */

/** @type {Kernel} */
const linear = (rest) => [1 - rest, rest];

/** @type {Kernel} */
const cubic = (rest) => {
  const far = (/** @type {number} */ x) => ((CUBIC * x - 5 * CUBIC) * x + 8 * CUBIC) * x - 4 * CUBIC;
  const near = (/** @type {number} */ x) => ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
  return [far(rest + 1), near(rest), near(1 - rest), far(2 - rest)];
};

export class Explainer {
  #constants;
  #faceSize;
  #colors;

  constructor(/** @type {import('./types.js').Constants} */ constants) {
    this.#constants = constants.explain;
    this.#faceSize = constants.faceSize;
    const digits = /** @type {string[]} */ (constants.explain.colors.match(/../g));
    this.#colors = Uint8Array.from(digits, (pair) => parseInt(pair, 16));
  }

  /**
   * What speaks for a class, (faceSize * faceSize): its own map less the mean of all.
   * @param {Float32Array} activations (size, size, classes) of one face
   * @param {number} size
   * @param {number} label the class's index
   */
  evidence(activations, size, label) {
    const classes = activations.length / (size * size);
    const map = Float32Array.from({length: size * size}, (_, place) => {
      const values = activations.subarray(classes * place, classes * (place + 1));
      return values[label] - values.reduce((sum, value) => sum + value, 0) / classes;
    });
    return enlarged(map, size, this.#faceSize, cubic);
  }

  /**
   * Colours from violet to yellow, to be laid over the face; transparent where nothing speaks
   * for the class.
   * @param {Float32Array} evidence (faceSize * faceSize)
   */
  overlay(evidence) {
    const {floor, opacity, zoom, darkest} = this.#constants;
    const side = this.#faceSize * zoom;
    const image = new ImageData(side, side);
    const strength = evidence.reduce((most, value) => Math.max(most, value), 0);
    if (strength <= 0) return image;
    const shares = evidence.map((value) => clamp((value / strength - floor) / (1 - floor)));
    const pixels = image.data;
    enlarged(shares, this.#faceSize, side, linear).forEach((value, place) => {
      const share = clamp(value);
      if (!share) return;
      const color = 3 * Math.round(darkest + (255 - darkest) * share);
      pixels[4 * place] = this.#colors[color];
      pixels[4 * place + 1] = this.#colors[color + 1];
      pixels[4 * place + 2] = this.#colors[color + 2];
      pixels[4 * place + 3] = 255 * opacity * Math.sqrt(share);
    });
    return image;
  }
}

/**
 * A square map with more pixels, (to * to), interpolated along rows and columns.
 * @param {Float32Array} map (from * from)
 * @param {number} from
 * @param {number} to
 * @param {Kernel} kernel
 */
function enlarged(map, from, to, kernel) {
  const taps = Array.from({length: to}, (_, index) => {
    const place = (index + 0.5) * (from / to) - 0.5;
    const first = Math.floor(place);
    const weights = kernel(place - first);
    return weights.map((weight, tap) => ({
      weight,
      at: Math.min(Math.max(first + 1 - weights.length / 2 + tap, 0), from - 1),
    }));
  });
  const wide = new Float32Array(from * to);
  for (let y = 0; y < from; y++) {
    for (let x = 0; x < to; x++) {
      for (const {weight, at} of taps[x]) wide[y * to + x] += weight * map[y * from + at];
    }
  }
  const out = new Float32Array(to * to);
  for (let y = 0; y < to; y++) {
    for (const {weight, at} of taps[y]) {
      for (let x = 0; x < to; x++) out[y * to + x] += weight * wide[at * to + x];
    }
  }
  return out;
}

function clamp(/** @type {number} */ share) {
  return Math.min(Math.max(share, 0), 1);
}
