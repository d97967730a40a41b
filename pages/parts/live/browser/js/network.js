/** The network in use: fetched, kept in a worker, and changed while the video plays. */
import {Engine} from './engine.js';
import {load, loadNetwork} from './loading.js';

export class Network {
  constructor() {
    this.engine = null;
    this.name = null; // the run in use
    this.runtime = ''; // where the runtime came from
    this.leaving = new AbortController();
    this.last = Promise.resolve();
  }

  /**
   * Has a run in use, once what was asked for before it is done.
   * @param {{sources: import('./loading.js').Sources, constants: import('./types.js').Constants}} data
   * @param {string} name of the run
   * @param {import('./types.js').Settings} settings
   * @param {import('./loading.js').Tell} tell
   */
  use(data, name, settings, tell) {
    const {signal} = this.leaving;
    this.last = this.last.catch(() => {}).then(() => this.get(data, name, settings, tell, signal));
    return this.last;
  }

  async get({sources, constants}, name, settings, tell, signal) {
    if (name === this.name) return;
    if (this.engine) {
      await this.engine.change(await loadNetwork(sources, name, tell, signal));
    } else {
      const {from, ...parts} = await load(sources, name, tell, signal);
      const engine = new Engine();
      try {
        await engine.create({...parts, constants, settings});
      } catch (error) {
        engine.close();
        throw error;
      }
      if (signal.aborted) return engine.close();
      this.engine = engine;
      this.runtime = from;
    }
    this.name = name;
  }

  /** @param {import('./types.js').Settings} settings */
  configure(settings) {
    this.engine?.configure(settings);
  }

  /** @param {import('./types.js').Frame} frame */
  read(frame, seconds) {
    return this.engine.read(frame, seconds);
  }

  reset() {
    this.engine.reset();
  }

  /** Ends what is being loaded, too. */
  close() {
    this.leaving.abort();
    this.leaving = new AbortController();
    this.engine?.close();
    this.engine = this.name = null;
  }
}
