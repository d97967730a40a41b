/** The network in use: fetched, kept in a worker, and changed while the video plays. */
import {Engine} from './engine.js';
import {load, loadNetwork} from './loading.js';

export class Network {
  constructor() {
    this.engine = null;
    this.name = null; // the run in use
    this.recurrent = null; // the run that reads its features over time, if any
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
    return this.next(() => this.get(data, name, settings, tell, signal));
  }

  /**
   * Has a recurrent network read the features of the one in use over time, where it is wanted and
   * there is one for it.
   */
  useRecurrent(data, isWanted, tell) {
    const {signal} = this.leaving;
    return this.next(() => this.getRecurrent(data, isWanted, tell, signal));
  }

  next(act) {
    this.last = this.last.catch(() => {}).then(act);
    return this.last;
  }

  async get({sources, constants}, name, settings, tell, signal) {
    if (name === this.name) return;
    if (this.engine) {
      await this.engine.change(await loadNetwork(sources, name, tell, signal));
      this.recurrent = null;
    } else {
      const {from, ...parts} = await load(sources, name, tell, signal);
      const engine = new Engine();
      try {
        await engine.create({...parts, constants, settings});
      } catch (error) {
        engine.close();
        throw error;
      } finally {
        URL.revokeObjectURL(parts.runtime.script); // the worker has it by now
      }
      if (signal.aborted) return engine.close();
      this.engine = engine;
      this.runtime = from;
    }
    this.name = name;
  }

  async getRecurrent({sources, recurrent}, isWanted, tell, signal) {
    const name = isWanted ? recurrent[this.name] ?? null : null;
    if (name === this.recurrent || !this.engine) return;
    const network = name && await loadNetwork(sources, name, tell, signal);
    await this.engine.changeRecurrent(network);
    this.recurrent = name;
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
    this.engine = this.name = this.recurrent = null;
  }
}
