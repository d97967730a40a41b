/** Reads frames away from the page's own thread, which stays free to draw. */

import {Canvas} from './pixels.js';
import {Reader, started} from './reader.js';

/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').Request} Request */

/** @type {Reader | undefined} */
let reader;
/** @type {OffscreenCanvasRenderingContext2D | null} */
let context = null;
const copy = new Canvas();
let canCopy = true; // until a browser refuses
let queue = Promise.resolve();

self.onmessage = (/** @type {MessageEvent<Request>} */ event) => {
  queue = queue.then(() => handled(event.data));
};

async function handled(/** @type {Request} */ request) {
  try {
    const answer = await answered(request);
    if (answer) self.postMessage(answer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const id = request.type === 'frame' ? request.id : undefined;
    self.postMessage({type: 'error', where: request.type, message, id});
  }
}

/** @returns {Promise<Answer | undefined>} */
async function answered(/** @type {Request} */ request) {
  if (request.type === 'create') {
    reader = await Reader.create({
      ort: await runtime(request.runtime),
      detector: new Uint8Array(request.detector),
      network: new Uint8Array(request.network),
      constants: request.constants,
      settings: request.settings,
    });
    return {type: 'ready'};
  }
  if (!reader) throw new Error("The worker was sent something before 'create'.");
  if (request.type === 'network') {
    await reader.changeNetwork(new Uint8Array(request.network));
    return {type: 'ready'};
  }
  if (request.type === 'recurrent') {
    await reader.changeRecurrent(request.network && new Uint8Array(request.network));
    return {type: 'ready'};
  }
  if (request.type === 'frame') return read(reader, request);
  if (request.type === 'settings') reader.configure(request.settings);
  if (request.type === 'reset') reader.reset();
  return undefined;
}

/** @returns {Promise<Answer>} */
async function read(
  /** @type {Reader} */ to,
  /** @type {import('./types.js').ReadFrame} */ {id, frame, seconds},
) {
  const begun = performance.now();
  const reading = await to.read(await pixels(frame), seconds);
  reading.milliseconds.total = performance.now() - begun;
  return {type: 'faces', id, ...reading};
}

/**
 * The frame's pixels, at its own size.
 * @param {import('./types.js').Frame} frame
 * @returns {Promise<import('./pixels.js').Picture>}
 */
async function pixels(frame) {
  if (frame instanceof ImageData) return frame;
  try {
    return (canCopy && 'copyTo' in frame && (await copied(frame))) || drawn(frame);
  } finally {
    frame.close();
  }
}

/** Quicker than by a canvas, and the same pixels; nothing where the browser cannot. */
async function copied(/** @type {VideoFrame} */ frame) {
  const {displayWidth: width, displayHeight: height, visibleRect, format} = frame;
  const isPlain = visibleRect?.width === width && visibleRect.height === height;
  if (!isPlain || /** @type {any} */ (frame).rotation) return undefined;
  // The types know no formats of copies yet, and browsers that do not either give their own.
  const options = /** @type {VideoFrameCopyToOptions} */ ({format: 'RGBX'});
  try {
    const knows = frame.allocationSize(options) === 4 * width * height;
    if (!knows || format?.startsWith('BGR')) return undefined;
    await frame.copyTo(copy.resize(width, height).data, options);
    return copy;
  } catch {
    canCopy = false;
    return undefined;
  }
}

function drawn(/** @type {ImageBitmap | VideoFrame} */ frame) {
  const isVideo = 'displayWidth' in frame;
  const width = isVideo ? frame.displayWidth : frame.width;
  const height = isVideo ? frame.displayHeight : frame.height;
  if (context?.canvas.width !== width || context.canvas.height !== height) {
    const canvas = new OffscreenCanvas(width, height);
    context = canvas.getContext('2d', {willReadFrequently: true});
  }
  if (!context) throw new Error('This browser gives no canvas to read frames with.');
  context.drawImage(frame, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/** ONNX Runtime Web, on one thread. */
async function runtime(/** @type {{script: string, wasm: ArrayBuffer}} */ {script, wasm}) {
  const ort = await started('ONNX Runtime Web', () => import(script));
  ort.env.logLevel = 'error';
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = wasm;
  return ort;
}
