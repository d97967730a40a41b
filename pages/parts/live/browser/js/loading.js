/**
 * Loads what reads faces: runtime, detector and network, each checked before it is used.
 *
 * The checksum is computed here and not by `fetch(url, {integrity})`, which gives nothing before the
 * last byte has come: no progress, no end of waiting for a server that is silent, and one error
 * for a wrong file and for a broken line.
 */

/**
 * A file, as `served.File` in Python.
 * @typedef {{url: string, integrity: string, size: number}} File
 */

/**
 * What `runtime.sources` in Python tells.
 * @typedef {object} Sources
 * @property {{from: string, script: File, wasm: File}[]} runtime places to try in this order
 * @property {File | null} detector
 * @property {string} noDetector why there is none
 * @property {Record<string, File>} networks by run_id
 */

/**
 * @typedef {object} Loaded as the request `create` to the worker takes it
 * @property {{script: string, wasm: ArrayBuffer}} runtime `script` is a blob's URL, to be revoked
 * @property {ArrayBuffer} detector
 * @property {ArrayBuffer} network
 * @property {string} from where the runtime came from: 'this server', or a host's name
 */

/**
 * Is called while bytes come, with how many of all files that are being loaded.
 * @callback Tell
 * @param {{loaded: number, total: number}} progress
 * @returns {void}
 */

/** Milliseconds without a byte after which a server is given up. */
const PATIENCE = 20_000;

/** Its message is what the visitor is told, before what else they can do. */
export class LoadingError extends Error {}

/**
 * @param {Sources} sources
 * @param {string} runId of the network
 * @param {Tell} [tell]
 * @param {AbortSignal} [signal] ends it, by an error named `AbortError`
 * @returns {Promise<Loaded>}
 * @throws {LoadingError} something cannot be had
 */
export async function load(sources, runId, tell = () => {}, signal) {
  if (!sources.detector) throw new LoadingError(sources.noDetector);
  const parts = progressOf(tell);
  const [detector, network, {code, wasm, from}] = await together(signal, (line) => [
    own(sources.detector, 'The face detector', parts, line),
    own(sources.networks[runId], `The network ${runId}`, parts, line),
    runtimeOf(sources.runtime, parts, line),
  ]);
  const script = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
  return {runtime: {script, wasm}, detector, network, from};
}

/**
 * Loads another network, for one that plays.
 * @param {Sources} sources
 * @param {string} runId
 * @param {Tell} [tell]
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 * @throws {LoadingError} it cannot be had
 */
export function loadNetwork(sources, runId, tell = () => {}, signal) {
  return own(sources.networks[runId], `The network ${runId}`, progressOf(tell), signal);
}

/** The runtime, from the first place that has it. */
async function runtimeOf(places, parts, signal) {
  const reasons = [];
  for (const {from, script, wasm} of places) {
    try {
      const [code, binary] = await together(signal, (line) =>
          [script, wasm].map((file) => fetched(file, from, parts(file), line)));
      return {code, wasm: binary, from};
    } catch (error) {
      if (!(error instanceof LoadingError)) throw error;
      reasons.push(error.message);
    }
  }
  const copied = places.some(({from}) => from === 'this server');
  const toDo = [
    places.length ? 'Check the connection and any content blocker.' : '',
    copied ? '' : "The server's owner can keep a copy on it: python -m fer_core live fetch.",
  ];
  throw new LoadingError([
    'ONNX Runtime Web, which reads faces in the browser, could not be loaded',
    reasons.length ? `: ${reasons.join('; ')}.` : ': this server has no copy and names no other place.',
  ].join('') + ` ${toDo.filter(Boolean).join(' ')}`);
}

/** A file that only this server has. */
async function own(file, what, parts, signal) {
  try {
    if (!file) throw new LoadingError('this server does not have it');
    return await fetched(file, 'this server', parts(file), signal);
  } catch (error) {
    if (!(error instanceof LoadingError)) throw error;
    throw new LoadingError(`${what} could not be loaded: ${error.message}. Reload the page.`);
  }
}

/**
 * The content of a file whose checksum is right.
 * @param {File} file
 * @param {string} from what the place is called
 * @param {(loaded: number) => void} told
 * @param {AbortSignal} [signal]
 * @returns {Promise<ArrayBuffer>}
 */
async function fetched({url, integrity, size}, from, told, signal) {
  const line = endedBy(signal);
  let begun = false;
  let watch;
  const wait = () => {
    clearTimeout(watch);
    watch = setTimeout(() => line.abort(), PATIENCE);
  };
  try {
    wait();
    const answer = await fetch(new URL(url, document.baseURI), {signal: line.signal});
    if (!answer.ok) throw new LoadingError(`${from} answered with an error (${answer.status})`);
    begun = true;
    const content = new Uint8Array(size);
    let loaded = 0;
    const reader = answer.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      line.signal.throwIfAborted();
      wait();
      if (loaded + piece.value.length > size) throw wrong(from);
      content.set(piece.value, loaded);
      loaded += piece.value.length;
      told(loaded);
    }
    if (loaded < size) throw new LoadingError(`${from} broke off`);  // Firefox tells of no error
    if (await checksum(content) !== integrity) throw wrong(from);
    return content.buffer;
  } catch (error) {
    if (error instanceof LoadingError || signal?.aborted) throw error;
    if (line.signal.aborted) {
      throw new LoadingError(`${from} sent nothing for ${PATIENCE / 1000} seconds`);
    }
    throw new LoadingError(begun ? `${from} broke off` : `${from} cannot be reached`);
  } finally {
    clearTimeout(watch);
    line.abort();  // what is left of the answer
  }
}

/**
 * What all of these come to; where one fails, the others are ended.
 * @template T
 * @param {AbortSignal | undefined} signal ends all of them
 * @param {(line: AbortSignal) => Promise<T>[]} begin
 */
async function together(signal, begin) {
  const line = endedBy(signal);
  try {
    return await Promise.all(begin(line.signal));
  } finally {
    line.abort();
  }
}

/** A controller that `signal` aborts, too. */
function endedBy(signal) {
  signal?.throwIfAborted();
  const own = new AbortController();
  signal?.addEventListener('abort', () => own.abort(signal.reason), {signal: own.signal});
  return own;
}

/** @param {string} from */
function wrong(from) {
  return new LoadingError(`${from} sent another file than the expected one`);
}

/** The checksum as Subresource Integrity writes it. */
async function checksum(content) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}

/**
 * Sums up the files that are being loaded; of one that is tried at another place, the last counts.
 * @param {Tell} tell
 * @returns {(file: File) => (loaded: number) => void}
 */
function progressOf(tell) {
  const files = new Map();
  return file => {
    const told = loaded => {
      files.set(file.integrity, {loaded, total: file.size});
      const all = [...files.values()];
      const sum = name => all.reduce((before, one) => before + one[name], 0);
      tell({loaded: sum('loaded'), total: sum('total')});
    };
    told(0);
    return told;
  };
}
