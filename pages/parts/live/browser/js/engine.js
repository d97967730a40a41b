/** The worker that finds and reads faces, as promises. */

export class Engine {
  /** @param {() => Worker} makeWorker */
  constructor(makeWorker = () => new Worker(new URL('./worker.js', import.meta.url), {type: 'module'})) {
    this.worker = makeWorker();
    this.waiting = {};
    this.frames = 0;
    this.worker.onmessage = ({data}) => this.take(data);
    this.worker.onerror = (event) => this.fail(event.message || 'The worker could not start.');
  }

  /** @param {Omit<import('./types.js').Create, 'type'>} parts */
  create(parts) {
    return this.ask('ready', {type: 'create', ...parts}, [parts.detector, parts.network]);
  }

  /** @param {ArrayBuffer} network */
  change(network) {
    return this.ask('ready', {type: 'network', network}, [network]);
  }

  /** @param {ArrayBuffer | null} network */
  changeRecurrent(network) {
    return this.ask('ready', {type: 'recurrent', network}, network ? [network] : []);
  }

  /**
   * @param {import('./types.js').Frame} frame
   * @param {number} seconds
   * @returns {Promise<import('./types.js').Reading>}
   */
  read(frame, seconds) {
    this.frames += 1;
    const moved = frame instanceof ImageData ? [frame.data.buffer] : [frame];
    return this.ask('faces', {type: 'frame', id: this.frames, frame, seconds}, moved);
  }

  /** @param {import('./types.js').Settings} settings */
  configure(settings) {
    this.worker.postMessage({type: 'settings', settings});
  }

  /** The next frame is the first of a new video. */
  reset() {
    this.worker.postMessage({type: 'reset'});
  }

  close() {
    this.worker.terminate();
    this.fail('The page was left.');
  }

  ask(answer, message, moved) {
    return new Promise((done, failed) => {
      this.waiting[answer] = {done, failed};
      this.worker.postMessage(message, moved);
    });
  }

  /** @param {import('./types.js').Answer} answer */
  take(answer) {
    const kind = answer.type === 'error' ? (answer.where === 'frame' ? 'faces' : 'ready') : answer.type;
    const asked = this.waiting[kind];
    delete this.waiting[kind];
    if (answer.type === 'error') asked?.failed(new Error(answer.message));
    else asked?.done(answer);
  }

  fail(message) {
    for (const asked of Object.values(this.waiting)) asked.failed(new Error(message));
    this.waiting = {};
  }
}
