/**
 * What the page and its worker say to each other. Types alone: nothing runs here.
 *
 * The page hands frames to the worker and gets faces back; one frame is read at a time. Of a
 * camera that is quicker the page keeps the newest frame until the answer has come.
 */

/**
 * A frame at the camera's full size, never scaled: canvas scaling differs from the server's and
 * moves probabilities. Bitmaps and video frames are to be transferred; the worker closes them.
 * @typedef {ImageData | ImageBitmap | VideoFrame} Frame
 */

/**
 * What may be changed while the video plays; as LiveSettings in Python.
 * @typedef {object} Settings
 * @property {number} minConfidence of the detector, 0.3-1; faces below it are omitted
 * @property {number} halfLife seconds; an earlier frame counts half after it; 0: not smoothed
 * @property {number} unsureBelow probability below which a face is "not sure", 0-1
 * @property {boolean} explain whether faces come with an overlay
 */

/**
 * The square of the frame that was cut out for the network.
 * @typedef {object} Square
 * @property {number} x of its upper left corner, in pixels of the frame
 * @property {number} y likewise
 * @property {number} side in pixels
 * @property {number} roll degrees by which it is turned clockwise about that corner
 */

/**
 * One face of a frame, as LiveFace in Python. The leading one comes first: the largest, until
 * another is clearly larger.
 * @typedef {object} Face
 * @property {number} number the same from frame to frame, from 1
 * @property {[number, number, number, number]} box left, top, right, bottom in pixels of the frame
 * @property {number} confidence of the detector, 0-1
 * @property {Square} square
 * @property {Float32Array} probabilities (7), smoothed or by the recurrent network, in class order
 * @property {Float32Array} raw (7), of this frame alone
 * @property {string} label the most probable class's name, or "not sure"
 * @property {boolean} unsure whether the highest probability is too low to name a class
 * @property {ImageData} [overlay] what speaks for the most probable class, to be drawn over
 *   `square`; transparent where nothing does. Only where the settings ask for it and the network
 *   gives activations.
 */

/**
 * @typedef {object} Reading what was read of one frame
 * @property {Face[]} faces
 * @property {number} leftOut faces that were not read, as others are larger
 * @property {{detect: number, frame: number, classify: number, total: number}} milliseconds
 *   by stage; `total` includes taking the pixels out of the frame
 */

/**
 * `fer_core.inference.live.constants.constants()`: what both sides compute with.
 * @typedef {Record<string, any>} Constants
 */

/**
 * To the worker.
 * @typedef {{type: 'create', runtime: {script: string, wasm: ArrayBuffer}, detector: ArrayBuffer,
 *     network: ArrayBuffer, constants: Constants, settings: Settings}} Create
 *   `script` is a URL that a worker can import (a blob's). Answered by `ready` or `error`; after
 *   an error another try needs another worker.
 * @typedef {{type: 'frame', id: number, frame: Frame, seconds: number}} ReadFrame
 *   `seconds` of a clock that never runs backwards. Answered by `faces` or `error`.
 * @typedef {{type: 'settings', settings: Settings}} Change
 * @typedef {{type: 'network', network: ArrayBuffer}} ChangeNetwork
 *   Faces keep their numbers. Answered by `ready`, or by `error`: the one before is then kept.
 * @typedef {{type: 'recurrent', network: ArrayBuffer | null}} ChangeRecurrent
 *   What answers over the frames of a face in place of smoothing, until another `network` comes;
 *   null for none. Answered by `ready` or `error`, after which the one before is kept.
 * @typedef {{type: 'reset'}} Reset
 *   The next frame is the first of a new video. Not answered.
 * @typedef {Create | ReadFrame | Change | ChangeNetwork | ChangeRecurrent | Reset} Request
 */

/**
 * From the worker. `where` is the type of the request that failed; a frame that could not be
 * read does not end the video, and its error has its `id`.
 * @typedef {{type: 'ready'}
 *   | {type: 'faces', id: number} & Reading
 *   | {type: 'error', where: string, message: string, id?: number}} Answer
 */

export {};
