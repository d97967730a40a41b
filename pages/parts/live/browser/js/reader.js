/**
 * Reads frames of one video: finds, follows, frames and classifies faces, and smooths what is
 * seen of them.
 */

import {Classifier} from './classifier.js';
import {FaceDetector} from './detector.js';
import {Explainer} from './explain.js';
import {Framing} from './framing.js';
import {Recurrent} from './recurrent.js';
import {Smoother} from './smoothing.js';
import {Tracker} from './tracking.js';
import {YuNet} from './yunet.js';

/** @typedef {import('./box.js').Box} Box */
/** @typedef {import('./types.js').Constants} Constants */
/** @typedef {import('./types.js').Face} Face */
/** @typedef {import('./types.js').Reading} Reading */
/** @typedef {import('./types.js').Settings} Settings */

export class Reader {
  #ort;
  #constants;
  #settings;
  #detector;
  #classifier;
  #framing;
  #explainer;
  #crops;
  #tracker;
  #smoother;
  #recurrent = /** @type {Recurrent | null} */ (null);
  /** Eye points relative to the box, of each face's last close-up. */
  #eyes = /** @type {Map<number, number[]>} */ (new Map());
  #eyesSeen = -Infinity;
  #leading = 0;

  /**
   * @param {{ort: any, detector: Uint8Array, network: Uint8Array, constants: Constants,
   *   settings: Settings}} parts the runtime, both networks' files, and what to compute with
   */
  static async create({ort, detector, network, constants, settings}) {
    const yunet = new YuNet(ort, await session('the face detector', ort, detector), constants);
    const classifier = await classifierOf(ort, network, constants);
    return new Reader(ort, new FaceDetector(yunet, constants), classifier, constants, settings);
  }

  /**
   * Use `Reader.create`.
   * @param {any} ort
   * @param {FaceDetector} detector
   * @param {Classifier} classifier
   * @param {Constants} constants
   * @param {Settings} settings
   */
  constructor(ort, detector, classifier, constants, settings) {
    this.#ort = ort;
    this.#detector = detector;
    this.#classifier = classifier;
    this.#constants = constants;
    this.#settings = settings;
    this.#framing = new Framing(constants);
    this.#explainer = new Explainer(constants);
    this.#crops = new Uint8ClampedArray(constants.reader.maxFaces * constants.faceSize ** 2);
    this.#tracker = new Tracker(constants);
    this.#smoother = new Smoother(settings.halfLife);
  }

  /** Takes effect from the next frame on. */
  configure(/** @type {Settings} */ settings) {
    this.#settings = settings;
  }

  /** Reads with another network from the next frame on; faces keep their numbers. */
  async changeNetwork(/** @type {Uint8Array} */ network) {
    const before = this.#classifier;
    this.#classifier = await classifierOf(this.#ort, network, this.#constants);
    this.#smoother = new Smoother(this.#settings.halfLife);
    await before.release();
    await this.changeRecurrent(null); // which read the features of the one before
  }

  /**
   * Has a recurrent network answer from the next frame on, in place of smoothing; null for none.
   * @param {Uint8Array | null} network over the features of the one in use
   */
  async changeRecurrent(network) {
    if (network && !this.#classifier.hasFeatures) throw new Error('The network gives no features.');
    const before = this.#recurrent;
    const opened = network && await session('the recurrent network', this.#ort, network);
    this.#recurrent = opened && new Recurrent(this.#ort, opened, this.#constants);
    await before?.release();
  }

  /** Forgets everything: the next frame is the first of a new video. */
  reset() {
    this.#tracker = new Tracker(this.#constants);
    this.#smoother = new Smoother(this.#settings.halfLife);
    this.#recurrent?.keep([]);
    this.#eyes.clear();
    this.#eyesSeen = -Infinity;
    this.#leading = 0;
  }

  /**
   * The faces of one frame, the leading one first.
   * @param {import('./pixels.js').Picture} frame
   * @param {number} seconds never less than before
   * @returns {Promise<Reading>}
   */
  async read(frame, seconds) {
    const {maxFaces, eyesEvery} = this.#constants.reader;
    const begun = performance.now();
    const closeUp = seconds - this.#eyesSeen >= eyesEvery;
    const found = await this.#detector.detect(frame, this.#settings.minConfidence, closeUp);
    const seen = found.slice(0, maxFaces);
    const numbers = this.#tracker.update(seen, seconds);
    const boxes = this.#withKeptEyes(seen, numbers, seconds, closeUp);
    this.#smoother.halfLife = this.#settings.halfLife;
    this.#smoother.keep(this.#tracker.numbers);
    this.#recurrent?.keep(this.#tracker.numbers);
    const detected = performance.now();
    const squares = boxes.map((box) => this.#framing.square(box));
    const area = this.#constants.faceSize ** 2;
    squares.forEach((square, index) => {
      this.#framing.crop(frame, square, this.#crops.subarray(index * area, (index + 1) * area));
    });
    const framed = performance.now();
    const faces = boxes.length ? await this.#classified(boxes, squares, numbers, seconds) : [];
    const classified = performance.now();
    return {
      faces: this.#leadingFirst(faces),
      leftOut: found.length - seen.length,
      milliseconds: {
        detect: detected - begun,
        frame: framed - detected,
        classify: classified - framed,
        total: classified - begun,
      },
    };
  }

  /**
   * @param {Box[]} boxes
   * @param {import('./types.js').Square[]} squares
   * @param {number[]} numbers
   * @param {number} seconds
   * @returns {Promise<Face[]>}
   */
  async #classified(boxes, squares, numbers, seconds) {
    const {classNames, unsure: notSure} = this.#constants;
    const {explain, unsureBelow} = this.#settings;
    const recurrent = this.#recurrent;
    const {probabilities, activations, features} = await this.#classifier.predict(
      this.#crops, boxes.length, {activations: explain, features: Boolean(recurrent)},
    );
    const answers = recurrent && features && await recurrent.update(numbers, features, seconds);
    return boxes.map((box, index) => {
      const raw = part(probabilities, index, boxes.length);
      const smooth = answers
        ? part(answers, index, boxes.length)
        : this.#smoother.update(numbers[index], raw, seconds);
      const label = smooth.indexOf(Math.max(...smooth));
      const unsure = smooth[label] < unsureBelow;
      const face = /** @type {Face} */ ({
        number: numbers[index],
        box: box.xyxy,
        confidence: box.confidence,
        square: squares[index],
        probabilities: smooth,
        raw,
        label: unsure ? notSure : classNames[label],
        unsure,
      });
      if (activations) {
        const maps = part(activations.data, index, boxes.length);
        const evidence = this.#explainer.evidence(maps, activations.dims[1], label);
        face.overlay = this.#explainer.overlay(evidence);
      }
      return face;
    });
  }

  /**
   * Boxes with the landmarks of the last close-up, moved along with the box.
   * @param {Box[]} boxes
   * @param {number[]} numbers
   * @param {number} seconds
   * @param {boolean} fresh whether a close-up was taken of these
   */
  #withKeptEyes(boxes, numbers, seconds, fresh) {
    if (!fresh) {
      return boxes.map((box, index) => {
        const eyes = this.#eyes.get(numbers[index]);
        return eyes ? box.withLandmarks(eyes.map((at, i) => at * box.size + middle(box, i))) : box;
      });
    }
    if (boxes.length) this.#eyesSeen = seconds;
    this.#eyes.clear();
    boxes.forEach((box, index) => {
      const eyes = box.landmarks.map((at, i) => (at - middle(box, i)) / box.size);
      this.#eyes.set(numbers[index], eyes);
    });
    return boxes;
  }

  /** Puts the face that led before first again, unless the largest is clearly larger. */
  #leadingFirst(/** @type {Face[]} */ faces) {
    if (!faces.length) return faces;
    const [largest] = faces;
    let leading = faces.find((face) => face.number === this.#leading) ?? largest;
    const limit = this.#constants.reader.clearlyLarger * leading.square.side;
    if (largest.square.side >= limit) leading = largest;
    this.#leading = leading.number;
    return [leading, ...faces.filter((face) => face !== leading)];
  }
}

async function classifierOf(
  /** @type {any} */ ort,
  /** @type {Uint8Array} */ network,
  /** @type {Constants} */ constants,
) {
  return new Classifier(ort, await session('the network', ort, network), constants);
}

function session(
  /** @type {string} */ what,
  /** @type {any} */ ort,
  /** @type {Uint8Array} */ file,
) {
  return started(what, () => ort.InferenceSession.create(file));
}

/**
 * What `start` gives; where it fails, a sentence says what could not be started.
 * @param {string} what
 * @param {() => Promise<any>} start
 */
export async function started(what, start) {
  try {
    return await start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`This browser could not start ${what}: ${reason}`, {cause: error});
  }
}

/** What of an output for so many faces belongs to one of them. */
function part(
  /** @type {Float32Array} */ values,
  /** @type {number} */ index,
  /** @type {number} */ count,
) {
  const length = values.length / count;
  return values.slice(index * length, (index + 1) * length);
}

/** Of a box's middle x, or for odd indices y. */
function middle(/** @type {Box} */ box, /** @type {number} */ index) {
  return index % 2 ? box.centerY : box.centerX;
}
